import { authMessage, decodeBtp, encodeBtp, infoRequest, ilpEntry } from '#protocol';
import type { BtpPeer } from '#testing';
import { BesiegedConnector, STARTED_WITHIN_MS } from '../support/bad-input/besieged-connector';
import { hearsEnd, hearsPrepare } from '../support/bad-input/heard';
import { outcomeOf, PASSED_OVER } from '../support/bad-input/observe';
import { aMessage, aPrepare, aSecret, payment } from '../support/bad-input/requests';
import { type HandmadeFrame, WebSocketByHand } from '../support/bad-input/web-socket-by-hand';
import { tokenOf } from '../support/dialling-peers';
import { RawPeer } from '../support/raw-peer';
import { until } from '../support/running-connector';

/** Longer than a crowd takes to come, or anybody stands still. */
const AUTH_WAIT_MS = 6_000;
/** How many sockets may be unauthenticated, and how many try to be. */
const ROOM = 100;
const CROWD = 300;
const WITHIN_MS = 40_000;
const TEST_MS = 120_000;
const LARGEST_FRAME = 65_536;

const INFO = encodeBtp(aMessage(infoRequest('account')));
const HELLO = encodeBtp(authMessage(8, '', tokenOf('mallory')));
/** First bytes of frames (RFC 6455 §5.2). */
const WHOLE = 0x82;
const FIRST = 0x02;
const MIDDLE = 0x00;
const LAST = 0x80;
const PING = 0x89;
const COMPRESSED = 0x40;
const TEXT = 0x81;

let connector: BesiegedConnector;

beforeAll(async () => {
  connector = await BesiegedConnector.start({
    limits: { authWaitMs: AUTH_WAIT_MS, unauthenticatedSockets: ROOM },
  });
}, STARTED_WITHIN_MS);

afterAll(() => connector.stop());

async function authenticated(): Promise<WebSocketByHand> {
  const socket = await WebSocketByHand.connect(connector.url);
  socket.send({ head: WHOLE, payload: HELLO });
  expect(decodeBtp(await socket.hears(0)).type).toBe('response');
  return socket;
}

describe('a packet in several fragments is one packet (SPEC §5.1)', () => {
  it.each<[string, HandmadeFrame[]]>([
    ['in two', [fragment(FIRST, 0, 7), fragment(LAST, 7)]],
    ['byte by byte', [...INFO].map((_, at) => fragment(headOf(at), at, at + 1))],
    [
      'with fragments of nothing',
      [fragment(FIRST, 0, 0), fragment(MIDDLE, 0), fragment(LAST, 0, 0)],
    ],
    [
      'with pings between',
      [fragment(FIRST, 0, 7), { head: PING, payload: Buffer.from('?') }, fragment(LAST, 7)],
    ],
  ])('%s', async (_, frames) => {
    const socket = await authenticated();
    for (const frame of frames) socket.send(frame);
    expect(decodeBtp(await socket.hears(1))).toMatchObject({ type: 'response', requestId: 7 });
    await socket.hangUp();
  });
});

describe('what breaks the rules of WebSocket closes the socket, and nothing is recorded (SPEC §5.1, §5.10)', () => {
  const half = Buffer.alloc(LARGEST_FRAME / 2 + 1);

  it.each<[string, HandmadeFrame[], number]>([
    ['a compressed packet', [{ head: WHOLE | COMPRESSED, payload: INFO }], 1002],
    ['a packet that is not masked', [{ head: WHOLE, payload: INFO, isMasked: false }], 1002],
    ['an opcode that there is not', [{ head: 0x83, payload: INFO }], 1002],
    ['a fragment without a beginning', [fragment(LAST, 0)], 1002],
    ['a beginning within a packet', [fragment(FIRST, 0, 7), fragment(FIRST, 7)], 1002],
    ['a ping in fragments', [{ head: 0x09, payload: Buffer.from('?') }], 1002],
    ['text that is no UTF-8', [{ head: TEXT, payload: Buffer.from('ff', 'hex') }], 1007],
    ['too large a packet', [{ head: WHOLE, payload: Buffer.alloc(LARGEST_FRAME + 1) }], 1009],
    [
      'too large a packet in small fragments',
      [
        { head: FIRST, payload: half },
        { head: LAST, payload: half },
      ],
      1009,
    ],
  ])('%s', async (_, frames, code) => {
    const before = await connector.eventCount();
    for (const open of [authenticated, () => WebSocketByHand.connect(connector.url)]) {
      const socket = await open();
      const heard = socket.heard.length;
      for (const frame of frames) socket.send(frame);
      expect(await socket.closed).toBe(code);
      expect(socket.heard).toHaveLength(heard);
    }
    expect(await connector.eventCount()).toBe(before);
  });
});

describe('credentials that come after the wait for them (SPEC §5.5)', () => {
  it('let nobody in, also where the socket does not close when it is told to', async () => {
    const socket = await WebSocketByHand.connect(connector.url, { isPolite: false });
    expect((await socket.told).readUInt16BE(0)).toBe(1000);
    socket.send({ head: WHOLE, payload: HELLO });
    await socket.closed;
    expect(socket.heard).toEqual([]);
  });
});

describe('a crowd that never authenticates (SPEC §5.5)', () => {
  it(
    'is let in as far as there is room, disturbs no payment, and is gone after the wait',
    async () => {
      const sam = await connector.dial('sam');
      const rita = await connector.dial('rita');
      const before = await connector.eventsOf('mallory');
      const crowd = Array.from({ length: CROWD }, () => RawPeer.connect(connector.url));
      const settled = Promise.allSettled(crowd);
      for (let times = 0; times < 5; times += 1) await pays(rita, sam);
      const outcomes = await settled;
      const inside = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(inside.length).toBeGreaterThanOrEqual(ROOM / 2);
      const codes = await Promise.all(inside.map((peer) => peer.closed));
      const waited = codes.filter((code) => code === 1000).length;
      const gaveWay = codes.filter((code) => code === 1006).length;
      expect(waited).toBeGreaterThan(0);
      expect(waited + gaveWay).toBe(inside.length);
      // Some give way before they have become a socket, others when they have waited for a while.
      expect(CROWD - waited).toBeGreaterThan(0);
      for (const peer of inside) expect(peer.answers).toEqual([]);
      await until(WITHIN_MS, 'there is room again', mayEnter);
      expect(await connector.eventsOf('mallory')).toEqual(before);
      await Promise.all([sam.close(), rita.close()]);
    },
    TEST_MS,
  );

  async function mayEnter(): Promise<boolean> {
    const peer = await connector.raw('mallory').catch(() => undefined);
    if (peer === undefined) return false;
    const outcome = await outcomeOf(connector, { peer, of: 'mallory' }, () => undefined);
    expect(outcome).toEqual(PASSED_OVER);
    await peer.close();
    return true;
  }
});

/** From the first Prepare to the Fulfill. */
async function pays(payer: BtpPeer, payee: BtpPeer): Promise<void> {
  const { fulfillment, condition } = aSecret();
  const protocolData = [ilpEntry(payment('test.sam.client.x'))];
  const prepare = aPrepare({ executionCondition: condition, protocolData });
  expect((await payer.prepare(prepare)).type).toBe('response');
  const { transferId } = await hearsPrepare(payee, prepare);
  await payee.fulfill({ transferId, fulfillment, protocolData: [] });
  expect((await hearsEnd(payer, prepare)).type).toBe('fulfill');
}

/** Some bytes of INFO. */
function fragment(head: number, from: number, to?: number): HandmadeFrame {
  return { head, payload: INFO.subarray(from, to) };
}

function headOf(at: number): number {
  if (at === 0) return FIRST;
  return at === INFO.length - 1 ? LAST : MIDDLE;
}
