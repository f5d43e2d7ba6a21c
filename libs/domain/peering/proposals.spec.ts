import fc from 'fast-check';
import { parseBtpUri } from '#protocol';
import {
  answerMembers,
  currencyIn,
  type Invitation,
  invitationMembers,
  peerIdOf,
  proposalLine,
  ProposalError,
  type ProposalRule,
  proposalMembers,
  readAnswer,
  readHostname,
  readInvitation,
  readProposal,
  type WebFingerProposal,
} from '.';

const proposed: WebFingerProposal = {
  hostname: 'wallet1.com',
  currencyCode: 'USD',
  currencyScale: 9,
};

const refuses = (read: () => unknown, field: string, rule: ProposalRule): void => {
  let refusal: unknown;
  try {
    read();
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(ProposalError);
  expect(refusal).toMatchObject({ field, rule });
};

describe('a proposal', () => {
  it('is in the machine form that both sides read', () => {
    expect(JSON.stringify(proposalMembers(proposed))).toBe(
      '{"intent":"peer","discovery":"webfinger","hostname":"wallet1.com",' +
        '"currencyCode":"USD","currencyScale":9}',
    );
  });

  it.each([JSON.stringify(proposalMembers(proposed)), proposalLine(proposalMembers(proposed))])(
    'is read from %s',
    (text) => {
      expect(readProposal(`  ${text}\n`, 'wallet2.com')).toEqual(proposed);
    },
  );

  it('is read from a line that a mail has broken', () => {
    const line = proposalLine(proposalMembers(proposed));
    for (const broken of [
      line.replace(/.{40}/g, '$&\r\n'),
      line.replace('c', 'C'),
      `\uFEFF${line}`,
    ]) {
      expect(readProposal(broken, 'wallet2.com')).toEqual(proposed);
    }
  });

  it('without a scale means 9, and codes are upper case', () => {
    const bare = { ...proposalMembers(proposed), currencyCode: 'usd', currencyScale: undefined };
    expect(readProposal(JSON.stringify(bare), 'wallet2.com')).toEqual(proposed);
  });

  it.each<[string, Record<string, unknown>, string, ProposalRule]>([
    ['no intent', { intent: undefined }, 'intent', 'missing'],
    ['another intent', { intent: 'pay' }, 'intent', 'unknown'],
    ['no discovery', { discovery: undefined }, 'discovery', 'missing'],
    ['another discovery', { discovery: 'btp' }, 'discovery', 'unknown'],
    ['no hostname', { hostname: undefined }, 'hostname', 'missing'],
    ['a hostname with a path', { hostname: 'wallet1.com/x' }, 'hostname', 'not-a-hostname'],
    ['a port beyond 65535', { hostname: 'wallet1.com:70000' }, 'hostname', 'not-a-hostname'],
    ['a hostname that is a number', { hostname: 7 }, 'hostname', 'not-a-hostname'],
    ['our own hostname', { hostname: 'https://Wallet2.com/' }, 'hostname', 'ourselves'],
    ['no currency', { currencyCode: undefined }, 'currencyCode', 'missing'],
    ['an odd currency', { currencyCode: 'US' }, 'currencyCode', 'not-three-letters'],
    ['a currency that is none', { currencyCode: 7 }, 'currencyCode', 'not-three-letters'],
    ['a scale in text', { currencyScale: '9' }, 'currencyScale', 'not-an-integer'],
    ['a scale with a fraction', { currencyScale: 1.5 }, 'currencyScale', 'not-an-integer'],
    ['a scale below -9', { currencyScale: -10 }, 'currencyScale', 'out-of-range'],
    ['a scale beyond 18', { currencyScale: 19 }, 'currencyScale', 'out-of-range'],
    ['a member that we do not know', { discount: 5 }, 'discount', 'unknown-member'],
    ['a member of an answer', { agree: true }, 'agree', 'unknown-member'],
    ['a member with an odd name', { '\u001b[2J': 5 }, 'a member', 'unknown-member'],
  ])('is refused with %s', (_, change, field, rule) => {
    const text = JSON.stringify({ ...proposalMembers(proposed), ...change });
    refuses(() => readProposal(text, 'wallet2.com'), field, rule);
  });

  it.each<[string, string, ProposalRule]>([
    ['nothing', '', 'not-json'],
    ['a sentence', 'let us peer', 'not-json'],
    ['a list', '[]', 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['a torn line', 'causeway-peer:e30x', 'not-json'],
    ['a book', JSON.stringify({ intent: 'x'.repeat(9_000) }), 'too-long'],
  ])('is not %s', (_, text, rule) => {
    refuses(() => readProposal(text, 'wallet2.com'), '', rule);
  });
});

describe('an answer', () => {
  const answer = { ...proposed, hostname: 'wallet2.com' };
  const read = (text: string, pending: readonly WebFingerProposal[] = [answer]) =>
    readAnswer(text, 'wallet1.com', pending);

  it('says whom it comes from and repeats the currency', () => {
    const text = JSON.stringify(answerMembers(answer));
    expect(text).toContain('"agree":true');
    expect(read(text)).toEqual(answer);
  });

  it('is to any one of several proposals', () => {
    const others = [
      { ...answer, currencyCode: 'EUR' },
      { ...answer, currencyScale: 2 },
    ];
    const text = proposalLine(answerMembers(answer));
    expect(read(text, [...others, answer])).toEqual(answer);
    refuses(() => read(text, others), 'currencyScale', 'differs');
    refuses(() => read(text, others.slice(0, 1)), 'currencyCode', 'differs');
    refuses(() => read(text, [{ ...answer, hostname: 'x.com' }]), 'hostname', 'not-proposed');
    refuses(() => read(text, []), 'hostname', 'not-proposed');
  });

  it.each<[string, Record<string, unknown>, string, ProposalRule]>([
    ['does not agree', { agree: false }, 'agree', 'unknown'],
    ['does not say so', { agree: undefined }, 'agree', 'missing'],
    ['is about another currency', { currencyCode: 'EUR' }, 'currencyCode', 'differs'],
    ['is about another scale', { currencyScale: 2 }, 'currencyScale', 'differs'],
    ['leaves the scale out', { currencyScale: undefined }, 'currencyScale', 'missing'],
    ['comes from ourselves', { hostname: 'wallet1.com' }, 'hostname', 'ourselves'],
    ['comes from somebody else', { hostname: 'wallet3.com' }, 'hostname', 'not-proposed'],
    ['says more', { intent: 'peer' }, 'intent', 'unknown-member'],
  ])('that %s is none', (_, change, field, rule) => {
    const text = JSON.stringify({ ...answerMembers(answer), ...change });
    refuses(() => read(text), field, rule);
  });
});

describe('an invitation', () => {
  const invitation: Invitation = {
    uri: parseBtpUri('btp+wss://:some-token@wallet1.com/btp'),
    btpVersion: 'BTP/1.0',
    currencyCode: 'USD',
    currencyScale: 9,
    mode: 'asymmetric',
  };

  it('is in the machine form, which names the mode only where it is symmetric', () => {
    expect(invitationMembers(invitation)).toEqual({
      intent: 'peer',
      discovery: 'btp',
      btpUri: 'btp+wss://:some-token@wallet1.com/btp',
      btpVersion: 'BTP/1.0',
      currencyCode: 'USD',
      currencyScale: 9,
    });
    expect(invitationMembers({ ...invitation, mode: 'symmetric' })).toMatchObject({
      mode: 'symmetric',
    });
  });

  it('is read as it was written, from JSON and from the line', () => {
    fc.assert(
      fc.property(
        fc.record({
          username: fc.string(),
          token: fc.string({ minLength: 1 }),
          btpVersion: fc.constantFrom('BTP/1.0' as const, 'BTP/alpha' as const),
          mode: fc.constantFrom('asymmetric' as const, 'symmetric' as const),
          currencyScale: fc.integer({ min: -9, max: 18 }),
        }),
        ({ username, token, ...rest }) => {
          const given = { ...invitation, ...rest, uri: { ...invitation.uri, username, token } };
          const members = invitationMembers(given);
          expect(readInvitation(JSON.stringify(members))).toEqual(given);
          expect(readInvitation(proposalLine(members))).toEqual(given);
        },
      ),
    );
  });

  it.each<[string, Record<string, unknown>, string, ProposalRule]>([
    ['no intent', { intent: undefined }, 'intent', 'missing'],
    ['no address', { btpUri: undefined }, 'btpUri', 'missing'],
    ['an address of another scheme', { btpUri: 'https://wallet1.com' }, 'btpUri', 'not-a-btp-uri'],
    ['an address that is none', { btpUri: 7 }, 'btpUri', 'not-a-btp-uri'],
    ['no version', { btpVersion: undefined }, 'btpVersion', 'missing'],
    ['a later version', { btpVersion: 'BTP/2.0' }, 'btpVersion', 'unknown-version'],
    ['an odd mode', { mode: 'anarchy' }, 'mode', 'unknown'],
    ['an odd currency', { currencyCode: '$' }, 'currencyCode', 'not-three-letters'],
    ['a member that we do not know', { password: 'x' }, 'password', 'unknown-member'],
  ])('is refused with %s', (_, change, field, rule) => {
    const text = JSON.stringify({ ...invitationMembers(invitation), ...change });
    refuses(() => readInvitation(text), field, rule);
  });

  it('is refused without a word of its token', () => {
    const text = JSON.stringify({ ...invitationMembers(invitation), btpUri: 'some-token' });
    expect(() => readInvitation(text)).toThrow(/^(?!.*some-token)/);
  });
});

it.each([
  ['wallet1.com', 'wallet1.com'],
  ['https://Wallet1.com/', 'wallet1.com'],
  ['http://localhost:3000', 'localhost:3000'],
  ['[::1]:7768', '[::1]:7768'],
  [' wallet1.com:0443 ', 'wallet1.com:443'],
])('the hostname %j is %s', (text, hostname) => {
  expect(readHostname(text)).toBe(hostname);
});

it('every text tells its currency', () => {
  const uri = parseBtpUri('btp+wss://wallet1.com');
  const invitation: Invitation = { ...proposed, uri, btpVersion: 'BTP/1.0', mode: 'symmetric' };
  const texts = [proposalMembers(proposed), answerMembers(proposed), invitationMembers(invitation)];
  for (const members of texts) {
    expect(currencyIn(proposalLine(members))).toEqual({ currencyCode: 'USD', currencyScale: 9 });
  }
});

it.each([
  ['wallet2.com', 'USD', 'wallet2-com-usd'],
  ['localhost:3000', 'EUR', 'localhost-3000-eur'],
  ['[::1]:7768', 'USD', '1-7768-usd'],
  [`${'x'.repeat(70)}.com`, 'USD', `${'x'.repeat(55)}-com-usd`],
])('the peer at %s in %s is called %s, unless it is named', (host, currencyCode, id) => {
  expect(peerIdOf(host, currencyCode)).toBe(id);
});
