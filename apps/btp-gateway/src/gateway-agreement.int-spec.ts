import { infoRequest, type LedgerInfo, readLedgerInfo } from '#protocol';
import { administrator, BtpPeer, type Reaction } from '#testing';
import { PATIENT, waitFor, withAlice } from '../../../test/support/gateway/alice';
import {
  dialsUs,
  GatewayUnderTest,
  weDial,
} from '../../../test/support/gateway/gateway-under-test';

const INFO: LedgerInfo = {
  prefix: 'test.both.',
  currencyCode: 'USD',
  currencyScale: 9,
  connectors: ['test.both.client'],
};
const LEDGER = {
  prefix: 'test.both.',
  currencyCode: 'USD',
  currencyScale: 9,
  account: 'server',
  peerAccount: 'client',
  maxBalance: 1_000n,
  minBalance: null,
};
const symmetric = (change: Partial<typeof LEDGER> = {}) =>
  dialsUs('both', { authority: 'symmetric', ledger: { ...LEDGER, ...change } });

const tests: GatewayUnderTest[] = [];

async function gateway(...args: Parameters<typeof GatewayUnderTest.start>) {
  const test = await GatewayUnderTest.start(...args);
  tests.push(test);
  return test;
}

afterEach(async () => {
  await Promise.all(tests.splice(0).map((test) => test.stop()));
});

describe('a ledger that both sides keep', () => {
  const meet = async (info: Partial<LedgerInfo>, script?: Reaction) => {
    const test = await gateway([symmetric()], PATIENT);
    const administrated = administrator({ info: { ...INFO, ...info } });
    const scripts = script === undefined ? [administrated] : [() => script];
    const peer = await BtpPeer.dial({ url: test.url, token: 'both-secret', scripts });
    return { test, peer: test.keep(peer) };
  };

  it('is opened when the peer tells the same of it, as it is configured', async () => {
    const { test, peer } = await meet({});
    await test.becomes('both', 'open');
    await test.inside.hears('session-opened');
    expect(peer.requests.map(({ protocolData }) => protocolData[0]?.protocolName)).toEqual([
      'info',
    ]);
    expect(test.inside.opened).toEqual([]);
  });

  it.each<[string, Partial<LedgerInfo>]>([
    ['currencyCode', { currencyCode: 'EUR' }],
    ['currencyScale', { currencyScale: 2 }],
    ['prefix', { prefix: 'test.other.' }],
  ])('fails with another %s, said once and plainly', async (field, info) => {
    const { test, peer } = await meet(info);
    const standing = await test.becomes('both', 'failed');
    expect(standing.reason).toContain(`${field} is`);
    expect(test.log.messages('warn')).toEqual(['peering failed: it needs an operator']);
    expect(await peer.ended()).toMatchObject({ code: 1000 });
    expect(test.inside.all('session-opened')).toEqual([]);
  });

  it('stays closed when the peer says nothing of it', async () => {
    const { test, peer } = await meet({}, { error: 'NotAcceptedError' });
    await peer.ended();
    expect((await test.becomes('both', 'offline')).reason).toContain('info');
    expect(test.inside.all('session-opened')).toEqual([]);
  });

  it('is opened by two connectors that both ask first', async () => {
    const listening = await gateway([symmetric()]);
    const uri = listening.url.replace('ws://', 'btp+ws://:both-secret@');
    const accounts = { account: 'client', peerAccount: 'server' };
    const dialled = weDial('both', uri, { ...LEDGER, ...accounts });
    const dialling = await gateway([{ ...dialled, authority: 'symmetric' }]);
    await Promise.all([listening.becomes('both', 'open'), dialling.becomes('both', 'open')]);
    await Promise.all([listening, dialling].map((one) => one.inside.hears('session-opened')));
  });

  it('is failed on both sides by two connectors that mean different ledgers', async () => {
    const listening = await gateway([symmetric({ currencyScale: 2 })]);
    const uri = listening.url.replace('ws://', 'btp+ws://:both-secret@');
    const dialled = weDial('both', uri, LEDGER);
    const dialling = await gateway([{ ...dialled, authority: 'symmetric' }]);
    const standings = await Promise.all([
      listening.becomes('both', 'failed'),
      dialling.becomes('both', 'failed'),
    ]);
    for (const { reason } of standings) expect(reason).toContain('currencyScale');
  });
});

describe('a ledger that a validator runs', () => {
  it('is learnt from it, with the account names as configured', async () => {
    const scripts = [administrator({ info: INFO, limit: () => 70n })];
    const validator = await BtpPeer.listen({ token: 't', scripts });
    const names = { account: 'anna', peerAccount: 'otto' };
    const peer = weDial('otto', validator.uri, names);
    const test = await gateway([{ ...peer, authority: 'validated' }]);
    test.keep(validator);
    await test.becomes('otto', 'open');
    expect(test.inside.opened).toMatchObject([
      { ...names, authority: 'validated', prefix: 'test.both.', minBalance: '-70' },
    ]);
  });
});

describe('a symmetric or validated peer that asks us', () => {
  it.each(['symmetric', 'validated'] as const)('is told of a %s ledger as of any', async (kind) => {
    const test = await gateway([
      dialsUs('both', { authority: kind, ledger: { ...LEDGER, minBalance: -5n } }),
    ]);
    const scripts = [administrator({ info: INFO })];
    const peer = await BtpPeer.dial({ url: test.url, token: 'both-secret', scripts });
    test.keep(peer);
    await test.becomes('both', 'open');
    const answer = await peer.message(infoRequest('full'));
    expect(answer.protocolData.map(readLedgerInfo)).toMatchObject([
      { prefix: 'test.both.', currencyCode: 'USD', connectors: ['test.both.server'] },
    ]);
  });
});

describe("the peer's balance", () => {
  it('is asked when the owner wants it, and told with the reference of the question', async () => {
    const { test, peer } = await withAlice();
    tests.push(test);
    peer.script(administrator({ info: INFO, balance: () => -20_000n }));
    test.inside.deliver('alice', { kind: 'ask-peer-balance', ledgerId: 'alice', reference: 77 });
    expect(await test.inside.hears('peer-balance')).toEqual({
      kind: 'peer-balance',
      ledgerId: 'alice',
      reference: 77,
      balance: -20_000n,
    });
  });

  it.each<Reaction>([{ error: 'NotAcceptedError' }, { respond: [] }, 'silence'])(
    'is not told when the peer does not tell it, and that is said once: %j',
    async (reaction) => {
      const { test, peer } = await withAlice({ ...PATIENT, requestTimeoutMs: 4_000 });
      tests.push(test);
      peer.script(() => reaction);
      for (const reference of [1, 2]) {
        test.inside.deliver('alice', { kind: 'ask-peer-balance', ledgerId: 'alice', reference });
        await peer.next('message');
      }
      peer.script(administrator({ info: INFO, balance: () => 5n }));
      test.inside.deliver('alice', { kind: 'ask-peer-balance', ledgerId: 'alice', reference: 3 });
      expect(await test.inside.hears('peer-balance')).toMatchObject({ reference: 3, balance: 5n });
      await waitFor(() => test.log.messages('warn').length === 1);
    },
  );
});
