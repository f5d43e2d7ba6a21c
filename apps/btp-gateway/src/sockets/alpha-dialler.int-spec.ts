import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PeerSettings } from '#platform';
import { decodeBtpAlpha, type LedgerInfo } from '#protocol';
import { alphaAdministrator, BtpPeer } from '#testing';
import { type WebSocket, WebSocketServer } from 'ws';
import type { GatewayLimits } from '../gateway-limits';
import { PATIENT } from '../../../../test/support/gateway/alice';
import { GatewayUnderTest, weDial } from '../../../../test/support/gateway/gateway-under-test';

interface Vectors {
  readonly alpha_url: readonly { readonly uri: string; readonly websocket_url: string }[];
}

const { alpha_url } = JSON.parse(
  readFileSync(join(__dirname, '../../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

const INFO: LedgerInfo = {
  prefix: 'peer.ab.',
  currencyCode: 'USD',
  currencyScale: 9,
  connectors: ['peer.ab.server'],
};
/** For a peer that answers nothing. */
const SOON = { requestTimeoutMs: 300 };

function weDialAlpha(uri: string): PeerSettings {
  return { ...weDial('bob', uri), btpVersion: 'BTP/alpha' };
}

/** What to stop, the latest first. */
const running: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const party of running.splice(0).reverse()) await party.stop();
});

async function gatewayTo(
  peer: PeerSettings,
  limits: Partial<GatewayLimits> = {},
): Promise<GatewayUnderTest> {
  const test = await GatewayUnderTest.start([peer], { ...PATIENT, ...limits });
  running.push(test);
  return test;
}

/** A server that takes every WebSocket and does as it is told with it. */
async function server(onSocket: (socket: WebSocket) => void): Promise<{
  port: number;
  paths: (string | undefined)[];
}> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const paths: (string | undefined)[] = [];
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => undefined);
    paths.push(request.url);
    onSocket(socket);
  });
  await once(sockets, 'listening');
  running.push({
    stop: () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  });
  return { port: (sockets.address() as AddressInfo).port, paths };
}

async function alphaBob(token = 'b/b'): Promise<BtpPeer> {
  const bob = await BtpPeer.listen({
    btpVersion: 'BTP/alpha',
    username: 'bob',
    token,
    scripts: [alphaAdministrator({ info: INFO, limit: () => 1_000_000n })],
  });
  running.push({ stop: () => bob.close() });
  return bob;
}

async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error(`never came true: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a peer of BTP/alpha that we dial', () => {
  it.each(alpha_url)('at $uri is opened where the vector says', async (vector) => {
    const { port, paths } = await server(() => undefined);
    const uri = vector.uri.replace(/wss?:\/\/([^@/]*@)?[^/]*/, `ws://$1127.0.0.1:${port}`);
    await gatewayTo(weDialAlpha(uri));
    await until(() => paths.length > 0);
    const { pathname } = new URL(vector.websocket_url);
    expect(paths[0]).toBe(pathname);
  });

  it.each([
    ['alice@HOST/api', '/api/alice/'],
    ['a%40b:c%3Ad@HOST/', '/a%40b/c%3Ad'],
    [':tok@HOST/api?q=1', '/api//tok?q=1'],
  ])('at %s is opened as %s (D-5)', async (uri, path) => {
    const { port, paths } = await server(() => undefined);
    await gatewayTo(weDialAlpha(`btp+ws://${uri.replace('HOST', `127.0.0.1:${port}`)}`));
    await until(() => paths.length > 0);
    expect(paths[0]).toBe(path);
  });

  it('is asked for info and limit without any auth, and its ledger opened as it says', async () => {
    const bob = await alphaBob();
    const test = await gatewayTo(weDialAlpha(bob.uri));
    await test.becomes('bob', 'open');
    expect(bob.frames.map((frame) => decodeBtpAlpha(frame))).toMatchObject([
      { type: 'message', protocolData: [{ protocolName: 'info', data: Buffer.from([2]) }] },
      { type: 'message', protocolData: [{ protocolName: 'limit' }] },
    ]);
    expect(test.inside.opened).toMatchObject([{ prefix: 'peer.ab.', minBalance: '-1000000' }]);
  });

  it('signs what we refuse with our account on its ledger', async () => {
    const bob = await alphaBob();
    const test = await gatewayTo(weDialAlpha(bob.uri));
    await test.becomes('bob', 'open');
    await bob.message({ protocolName: 'vouch', contentType: 1, data: Buffer.from('x') });
    const last = decodeBtpAlpha(bob.frames.at(-1) ?? Buffer.alloc(0));
    expect(last).toMatchObject({ rejectionReason: { triggeredBy: 'peer.ab.client' } });
  });

  it('that closes with 1008 has refused us, and is tried again, but seldom', async () => {
    const bob = await alphaBob();
    const uri = bob.uri.replace('b%2Fb', 'wrong');
    expect(uri).not.toBe(bob.uri);
    const test = await gatewayTo(weDialAlpha(uri), { refusedRetryMs: 60_000 });
    const standing = await test.becomes('bob', 'failed');
    expect(standing.reason).toBe('auth refused: closed by the peer with 1008');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(test.standing('bob')).toEqual(standing);
    expect(test.log.messages('warn')).toContain('the peer refused our credentials');
    expect(JSON.stringify(test.log.lines)).not.toContain('wrong');
  });

  it('that refused us is let try again after that time', async () => {
    const refusedAt: number[] = [];
    const { port, paths } = await server((socket) => {
      refusedAt.push(Date.now());
      socket.close(1008);
    });
    const refusedRetryMs = 400;
    const test = await gatewayTo(weDialAlpha(`btp+ws://u:t@127.0.0.1:${port}`), { refusedRetryMs });
    await test.becomes('bob', 'failed');
    await until(() => refusedAt.length >= 2);
    const [first = 0, second = 0] = refusedAt;
    expect(second - first).toBeGreaterThanOrEqual(refusedRetryMs / 2);
    expect(paths.slice(0, 2)).toEqual(['/u/t', '/u/t']);
  });

  it('that closes for another reason is only away', async () => {
    const { port, paths } = await server((socket) => {
      socket.close(1001);
    });
    const test = await gatewayTo(weDialAlpha(`btp+ws://u:t@127.0.0.1:${port}`));
    await until(() => paths.length >= 3);
    await test.becomes('bob', 'offline', 'closed by the peer with 1001');
  });

  it.each([404, 401, 503])('whose path answers HTTP %i is not there yet', async (status) => {
    let asked = 0;
    const http = createServer();
    http.on('upgrade', (_request, stream) => {
      asked += 1;
      // Whoever is refused may hang up before he has read all of it.
      stream.on('error', () => undefined);
      stream.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\n\r\n`);
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    running.push({ stop: () => http.close() });
    const { port } = http.address() as AddressInfo;
    const test = await gatewayTo(weDialAlpha(`btp+ws://u:secret@127.0.0.1:${port}/api`));
    await test.becomes('bob', 'offline', `Unexpected server response: ${status}`);
    await until(() => asked >= 2);
    expect(JSON.stringify(test.log.lines)).not.toContain('secret');
  });

  it('is dialled again when the connection is lost', async () => {
    const bob = await alphaBob();
    const test = await gatewayTo(weDialAlpha(bob.uri));
    await test.becomes('bob', 'open');
    bob.drop();
    await test.becomes('bob', 'offline');
    await test.becomes('bob', 'open');
  });

  it('but speaks BTP/1.0 is left again, as it answers nothing', async () => {
    // A listener of BTP/1.0 waits for auth, and closes when none has come in time.
    const { port } = await server((socket) => {
      setTimeout(() => {
        socket.close(1000, 'no auth in time');
      }, 2_000);
    });
    const test = await gatewayTo(weDialAlpha(`btp+ws://u:t@127.0.0.1:${port}`), SOON);
    await test.becomes('bob', 'offline', 'info: no answer');
    expect(test.inside.opened).toEqual([]);
  });
});

describe('a peer that we dial by BTP/1.0 and that speaks BTP/alpha', () => {
  it('finds no credentials in the path, closes with 1008, and is away', async () => {
    const bob = await alphaBob();
    const test = await gatewayTo(weDial('bob', bob.uri));
    const closed = 'before auth was answered: closed by the peer with 1008';
    await test.becomes('bob', 'offline', closed);
    expect(bob.frames).toEqual([]);
  });
});
