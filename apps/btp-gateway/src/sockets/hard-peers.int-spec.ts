import { once } from 'node:events';
import { WebSocket } from 'ws';
import { authMessage, type BtpPacket, decodeBtp, encodeBtp, infoRequest } from '#protocol';
import { BtpPeer } from '#testing';
import { dialsUs, GatewayUnderTest } from '../../../../test/support/gateway/gateway-under-test';

const WITHIN_MS = 30_000;
const POLL_MS = 5;
const PATIENCE_MS = 10_000;

let test: GatewayUnderTest | undefined;
let socket: WebSocket | undefined;

afterEach(async () => {
  socket?.terminate();
  await test?.stop();
  test = undefined;
  socket = undefined;
});

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A socket of alice's on which anything can be sent, and what was answered. */
async function aliceIn(url: string): Promise<{ socket: WebSocket; heard: BtpPacket[] }> {
  const heard: BtpPacket[] = [];
  const raw = new WebSocket(url, { perMessageDeflate: false });
  socket = raw;
  raw.on('error', () => undefined);
  await once(raw, 'open');
  raw.send(encodeBtp(authMessage(1, '', 'alice-secret')));
  await once(raw, 'message');
  raw.on('message', (data: Buffer) => heard.push(decodeBtp(data)));
  return { socket: raw, heard };
}

function question(requestId: number): Buffer {
  return encodeBtp({ type: 'message', requestId, protocolData: [infoRequest('full')] });
}

const peers = [dialsUs('alice'), dialsUs('bob')];

describe('a peer that asks without reading the answers', () => {
  const limits = {
    requestsPerPeerPerSecond: 1_000_000,
    sendHighWaterBytes: 200_000,
    sendLowWaterBytes: 50_000,
    sendQueueBytes: 64 * 1_048_576,
  };

  /** @returns how much it has asked */
  async function askDeaf(gateway: GatewayUnderTest, raw: WebSocket): Promise<number> {
    let asked = 0;
    raw.pause();
    await until(() => {
      for (let ask = 0; ask < 500 && raw.bufferedAmount < 1_048_576; ask += 1) {
        raw.send(question((asked += 1)));
      }
      return gateway.gateway.metrics.pauses['slow-reader'] > 0;
    });
    return asked;
  }

  it('is not read any more, while others are; then it reads, and every answer comes, in order', async () => {
    test = await GatewayUnderTest.start(peers, limits);
    const { socket: raw, heard } = await aliceIn(test.url);
    const bob = test.keep(await BtpPeer.dial({ url: test.url, token: 'bob-secret' }));
    const asked = await askDeaf(test, raw);
    expect((await bob.message(infoRequest('full'))).type).toBe('response');
    raw.resume();
    await until(() => heard.length === asked);
    expect(heard.map(({ requestId }) => requestId)).toEqual(heard.map((_, index) => index + 1));
    expect(test.standing('alice')?.state).toBe('open');
  });

  it('is cut when it takes nothing for too long', async () => {
    test = await GatewayUnderTest.start(peers, { ...limits, sendStallMs: 4_000 });
    const { socket: raw } = await aliceIn(test.url);
    await askDeaf(test, raw);
    const standing = await test.becomes('alice', 'offline');
    expect(standing.reason).toBe('it takes nothing of what it is sent');
    expect(test.gateway.metrics.cuts['send-stall']).toBe(1);
  });
});

describe('a peer that floods us', () => {
  it.each<[string, (requestId: number) => Buffer | string, number]>([
    ['requests beyond its rate', question, 1],
    ['frames that cannot be read', () => Buffer.from('0600', 'hex'), 0],
    ['text', () => 'x', 0],
  ])(
    'with %s is read no faster than it may be refused, and starves nobody',
    async (_, frame, answers) => {
      const FRAMES = 3_000;
      const limits = { requestsPerPeerPerSecond: 100, refusalsPerPeerPerSecond: 500 };
      test = await GatewayUnderTest.start(peers, limits);
      const { metrics } = test.gateway;
      const { socket: raw, heard } = await aliceIn(test.url);
      const bob = test.keep(await BtpPeer.dial({ url: test.url, token: 'bob-secret' }));
      for (let requestId = 1; requestId <= FRAMES; requestId += 1) raw.send(frame(requestId));
      raw.send(question(FRAMES + 1));
      for (let ask = 0; ask < 20; ask += 1) {
        const askedAtMs = Date.now();
        expect((await bob.message(infoRequest('full'))).type).toBe('response');
        expect(Date.now() - askedAtMs).toBeLessThan(PATIENCE_MS);
      }
      await until(() => heard.at(-1)?.requestId === FRAMES + 1);
      expect(heard).toHaveLength(answers * FRAMES + 1);
      expect(metrics.pauses.flood).toBeGreaterThan(0);
      expect(test.standing('alice')?.state).toBe('open');
    },
  );
});
