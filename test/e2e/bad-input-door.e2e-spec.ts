import {
  authMessage,
  btpError,
  encodeBtp,
  infoRequest,
  octetEntry,
  textEntry,
  type ProtocolData,
} from '#protocol';
import { BtpPeer } from '#testing';
import { BesiegedConnector, STARTED_WITHIN_MS } from '../support/bad-input/besieged-connector';
import { outcomeOf, PASSED_OVER, shown } from '../support/bad-input/observe';
import { aFulfill, aMessage, aPrepare, aReject } from '../support/bad-input/requests';
import { tokenOf } from '../support/dialling-peers';
import { RawPeer } from '../support/raw-peer';
import { until } from '../support/running-connector';

/** Longer than anybody stands still. */
const AUTH_WAIT_MS = 6_000;
const LARGEST_FRAME = 65_536;
const WITHIN_MS = 30_000;
const TOKEN = tokenOf('mallory');
const GUESS = 'a-token-that-is-but-a-guess';
const OURS = 'a-token-that-we-present';
const REFUSED = 'a-token-that-we-present-and-is-wrong';

const auth = octetEntry('auth', Buffer.alloc(0));
const username = textEntry('auth_username', '');
const token = textEntry('auth_token', TOKEN);
const HELLO = encodeBtp(authMessage(8, '', TOKEN));

const saying = (...entries: ProtocolData[]): Buffer => encodeBtp(aMessage(...entries));
const presenting = (name: string, secret: string): Buffer =>
  encodeBtp(authMessage(7, name, secret));

/** A peer that we dial. */
const weDial = (id: string, { uri }: BtpPeer, presented: string): object => ({
  id,
  socket: 'client',
  uri: uri.replace(OURS, presented),
  authority: 'shadow',
  ledger: { currencyCode: 'USD', currencyScale: 9 },
});

let connector: BesiegedConnector;
const listeners: BtpPeer[] = [];

beforeAll(async () => {
  listeners.push(await BtpPeer.listen({ token: OURS }), await BtpPeer.listen({ token: OURS }));
  const [dana, dirk] = listeners;
  if (dana === undefined || dirk === undefined) throw new Error('nobody listens');
  connector = await BesiegedConnector.start({
    limits: { authWaitMs: AUTH_WAIT_MS },
    log: { level: 'trace' },
    morePeers: [weDial('dana', dana, OURS), weDial('dirk', dirk, REFUSED)],
  });
}, STARTED_WITHIN_MS);

afterAll(async () => {
  await connector.stop();
  await Promise.all(listeners.map((peer) => peer.close()));
});

/** What a first frame comes to if credentials follow it at once; nothing may be recorded of it. */
async function atTheDoor(...frames: (Buffer | string)[]): Promise<readonly unknown[]> {
  const before = await connector.eventCount();
  const peer = await RawPeer.connect(connector.url);
  for (const frame of frames) peer.send(frame);
  const code = await peer.closed;
  expect(await connector.eventCount()).toBe(before);
  return [...peer.answers.map(shown), code];
}

describe('a socket is let in by a first Message with right credentials (SPEC §5.5)', () => {
  it.each<[string, Buffer]>([
    ['username first', saying(auth, username, token)],
    ['token first', saying(auth, token, username)],
    ['with further entries', saying(auth, token, textEntry('more', 'x'), username)],
    ['with no more than it takes, after frames that meant nothing', presenting('', TOKEN)],
  ])('%s', async (_, frame) => {
    const peer = await RawPeer.connect(connector.url);
    const input = (): void => {
      peer.send('text');
      peer.send(Buffer.from('ff', 'hex'));
      peer.send(frame);
    };
    const outcome = await outcomeOf(connector, { peer, of: 'mallory' }, input);
    expect(outcome).toEqual({ ...PASSED_OVER, wire: ['7 response'] });
    await peer.close();
  });
});

describe('a first packet is answered with one Error, and the socket closed with 1000 (SPEC §5.5)', () => {
  it.each<[string, () => Buffer, string]>([
    ['a Prepare', () => encodeBtp(aPrepare()), 'F01 InvalidFieldsError'],
    ['a Prepare on no day there is', misdated, 'F01 InvalidFieldsError'],
    [
      'a Fulfill',
      () => encodeBtp(aFulfill(aPrepare().transferId, Buffer.alloc(32))),
      'F01 InvalidFieldsError',
    ],
    ['a Reject', () => encodeBtp(aReject(aPrepare().transferId)), 'F01 InvalidFieldsError'],
    ['a question', () => saying(infoRequest('full')), 'F01 InvalidFieldsError'],
    ['a Message without entries', () => saying(), 'F01 InvalidFieldsError'],
    ['auth that is not primary', () => saying(username, auth, token), 'F01 InvalidFieldsError'],
    ['auth alone', () => saying(auth), 'F01 InvalidFieldsError'],
    ['auth without a token', () => saying(auth, username), 'F01 InvalidFieldsError'],
    ['auth without a username', () => saying(auth, token), 'F01 InvalidFieldsError'],
    ['auth twice', () => saying(auth, username, token, auth), 'F01 InvalidFieldsError'],
    ['a token twice', () => saying(auth, username, token, token), 'F01 InvalidFieldsError'],
    [
      'a further name twice',
      () => saying(auth, username, token, textEntry('x', ''), textEntry('x', '')),
      'F01 InvalidFieldsError',
    ],
    [
      'a token of octets',
      () => saying(auth, username, { ...token, contentType: 0 }),
      'F00 NotAcceptedError',
    ],
    [
      'a username of JSON',
      () => saying(auth, { ...username, contentType: 2 }, token),
      'F00 NotAcceptedError',
    ],
    ['a wrong token', () => presenting('', GUESS), 'F00 NotAcceptedError'],
    ['the beginning of a token', () => presenting('', TOKEN.slice(0, -1)), 'F00 NotAcceptedError'],
    ['a token and a zero byte', () => presenting('', `${TOKEN}\0`), 'F00 NotAcceptedError'],
    ['a token under a name', () => presenting('mallory', TOKEN), 'F00 NotAcceptedError'],
    ['a token for a name', () => presenting(TOKEN, ''), 'F00 NotAcceptedError'],
    ['no credentials', () => presenting('', ''), 'F00 NotAcceptedError'],
    ['a token of 60,000 bytes', () => presenting('', 'x'.repeat(60_000)), 'F00 NotAcceptedError'],
    ['what we ourselves present', () => presenting('', OURS), 'F00 NotAcceptedError'],
  ])('%s', async (_, frame, error) => {
    expect(await atTheDoor(frame(), HELLO)).toEqual([`7 ${error}`, 1000]);
  });

  it('auth without a username is named as BTP/2.0, with what we speak', async () => {
    const peer = await RawPeer.connect(connector.url);
    const answer = await peer.request(aMessage(auth, token));
    const { data } = answer.type === 'error' ? answer : { data: '' };
    expect(data.toString()).toMatch(/BTP\/2\.0.*BTP\/1\.0 and BTP\/alpha/);
    expect(await peer.closed).toBe(1000);
  });
});

describe('a first packet that cannot be answered is not, and the socket closed at the end of the wait (SPEC §5.5)', () => {
  const requestId = 7;
  const error = { requestId, name: 'NotAcceptedError', message: 'no', triggeredAtMs: 0 } as const;

  const silent: [string, (Buffer | string)[]][] = [
    ['none at all', []],
    ['text', ['{"auth":"me"}']],
    ['credentials as text', [HELLO.toString('latin1')]],
    ['half of the credentials', [HELLO.subarray(0, 30)]],
    ['credentials under the type byte of BTP/alpha', [withType(7)]],
    ['credentials under a type byte of 0', [withType(0)]],
    ['a Response', [encodeBtp({ type: 'response', requestId, protocolData: [] })]],
    ['an Error', [encodeBtp(btpError(error))]],
  ];
  const seen = new Map<string, { readonly came: readonly unknown[]; readonly tookMs: number }>();

  /** All at once, as each of them takes the whole wait. */
  beforeAll(async () => {
    const visits = silent.map(async ([what, frames]) => {
      const began = Date.now();
      const came = await atTheDoor(...frames);
      seen.set(what, { came, tookMs: Date.now() - began });
    });
    await Promise.all(visits);
  });

  it.each(silent)('%s', (what) => {
    expect(seen.get(what)?.came).toEqual([1000]);
    expect(seen.get(what)?.tookMs).toBeGreaterThan(AUTH_WAIT_MS / 2);
  });

  it('one larger than a frame may be closes it at once, with 1009', async () => {
    expect(await atTheDoor(Buffer.alloc(LARGEST_FRAME + 1), HELLO)).toEqual([1009]);
  });
});

describe('auth on an open session (SPEC §5.5)', () => {
  it.each<[string, Buffer[], string[]]>([
    ['is confirmed when it still holds', [HELLO], ['8 response']],
    ['is refused when it is wrong', [presenting('', GUESS)], ['7 F00 NotAcceptedError']],
    [
      'is refused with the credentials of another peer',
      [presenting('', tokenOf('rita'))],
      ['7 F00 NotAcceptedError'],
    ],
    ['is refused without a token', [saying(auth, username)], ['7 F01 InvalidFieldsError']],
    [
      'is judged each time anew',
      [HELLO, presenting('', GUESS), HELLO],
      ['8 response', '7 F00 NotAcceptedError', '8 response'],
    ],
  ])('%s, and the session stays', async (_, frames, wire) => {
    const peer = await connector.raw('mallory');
    const input = (): void => {
      for (const frame of frames) peer.send(frame);
    };
    const outcome = await outcomeOf(connector, { peer, of: 'mallory' }, input);
    expect(outcome).toEqual({ ...PASSED_OVER, wire });
    await peer.close();
  });

  it('of a second socket ends the first one with 1000, and only that', async () => {
    const [first, rita] = [await connector.raw('mallory'), await connector.raw('rita')];
    const second = await connector.raw('mallory');
    expect(await first.closed).toBe(1000);
    for (const [peer, of] of [
      [second, 'mallory'],
      [rita, 'rita'],
    ] as const) {
      expect(await outcomeOf(connector, { peer, of }, () => undefined)).toEqual(PASSED_OVER);
      await peer.close();
    }
  });
});

describe('the log that operators read, down to trace,', () => {
  it('holds no token, whoever presented it, and whether it was right', async () => {
    const peer = await connector.raw('mallory');
    peer.send(Buffer.from('ff', 'hex'));
    await until(WITHIN_MS, 'details are told', () => connector.said().includes('frame ignored'));
    await until(WITHIN_MS, 'dirk has refused us', () =>
      connector.said().includes('the peer refused our credentials'),
    );
    await peer.close();
    for (const secret of [TOKEN, GUESS, OURS, REFUSED, tokenOf('rita')]) {
      expect(connector.said()).not.toContain(secret);
    }
  });
});

/** A Prepare that is whole but for its date. */
function misdated(): Buffer {
  const frame = encodeBtp(aPrepare());
  const expiryAt = 63;
  frame.write('20170230', expiryAt, 'latin1');
  return frame;
}

function withType(byte: number): Buffer {
  const frame = Buffer.from(HELLO);
  frame[0] = byte;
  return frame;
}
