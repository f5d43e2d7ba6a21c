import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { authMessage, decodeBtp, encodeBtp } from '#protocol';
import { WebSocket } from 'ws';
import type { GatewayLimits } from '../gateway-limits';
import { dialsUs, GatewayUnderTest } from '../../../../test/support/gateway/gateway-under-test';

const WITHIN_MS = 20_000;
const POLL_MS = 5;
/** Longer than any test here takes. */
const NEVER_MS = 600_000;

let test: GatewayUnderTest;
let sockets: WebSocket[] = [];
let streams: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  for (const stream of streams) stream.destroy();
  sockets = [];
  streams = [];
  await test.stop();
});

async function start(limits: Partial<GatewayLimits>): Promise<void> {
  const patient = { authWaitMs: NEVER_MS, httpRequestMs: NEVER_MS };
  test = await GatewayUnderTest.start([dialsUs('alice')], { ...patient, ...limits });
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Whoever is dropped while he still writes sees an error first, which `once` would throw. */
function closed(ending: WebSocket | Socket): Promise<void> {
  return new Promise((resolve) => {
    ending.once('close', () => {
      resolve();
    });
  });
}

/** An open WebSocket that says nothing. */
async function silent(): Promise<WebSocket> {
  const socket = new WebSocket(test.url);
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'open');
  return socket;
}

/** A connection that has sent `text` and no more. */
async function speaking(text: string): Promise<Socket> {
  const { hostname, port } = new URL(test.url);
  const stream = connect(Number(port), hostname);
  stream.on('error', () => undefined);
  streams.push(stream);
  await once(stream, 'connect');
  stream.write(text);
  stream.resume();
  return stream;
}

async function authenticate(socket: WebSocket): Promise<void> {
  socket.send(encodeBtp(authMessage(7, '', 'alice-secret')));
  const [data] = (await once(socket, 'message')) as [Buffer];
  expect(decodeBtp(data).type).toBe('response');
}

describe('the places for those who have not said who they are', () => {
  it.each([
    ['in all', { unauthenticatedSockets: 5 }, 'too-many'],
    ['for one address', { unauthenticatedSocketsPerAddress: 5 }, 'too-many-from-address'],
  ] as const)('are never all taken %s: who has waited longest goes', async (_, limits, cause) => {
    await start(limits);
    const first = await silent();
    const others: WebSocket[] = [];
    for (let place = 0; place < 4; place += 1) others.push(await silent());
    expect(test.gateway.unauthenticatedSockets()).toBe(5);
    const gone = closed(first);
    const newcomer = await silent();
    await gone;
    await authenticate(newcomer);
    expect(test.gateway.metrics.admissions[cause]).toBe(1);
    expect(test.gateway.unauthenticatedSockets()).toBe(4);
    expect(others.map(({ readyState }) => readyState)).toEqual([1, 1, 1, 1]);
  });

  it('let an honest peer in while somebody takes them over and over', async () => {
    await start({ unauthenticatedSockets: 200 });
    const storm = setInterval(() => {
      void speaking('GET / HTTP/1.1\r\n').catch(() => undefined);
    }, 1);
    try {
      await until(() => test.gateway.metrics.admissions['too-many'] > 100);
      for (let peer = 0; peer < 5; peer += 1) await authenticate(await silent());
    } finally {
      clearInterval(storm);
    }
    expect(test.gateway.unauthenticatedSockets()).toBeLessThanOrEqual(200);
    expect(test.gateway.metrics.admissions.accepted).toBe(5);
  });
});

describe('a connection that takes its time', () => {
  it.each([
    ['says nothing at all', ''],
    ['asks by drops', 'GET / HTTP/1.1\r\nhost: a\r\nx: '],
  ])('is dropped when it %s', async (_, text) => {
    await start({ httpRequestMs: 300 });
    const stream = await speaking(text);
    const drops = setInterval(() => stream.write(text === '' ? '' : 'y'), 20);
    await closed(stream).finally(() => {
      clearInterval(drops);
    });
    expect(test.gateway.metrics.admissions['no-upgrade']).toBe(1);
    expect(test.gateway.unauthenticatedSockets()).toBe(0);
  });

  it('is closed when its WebSocket says nothing, also if it does not close in turn', async () => {
    await start({ authWaitMs: 200 });
    await silent();
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const upgrade = `upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: ${key}`;
    const stream = await speaking(
      `GET / HTTP/1.1\r\nhost: a\r\n${upgrade}\r\nsec-websocket-version: 13\r\n\r\n`,
    );
    await closed(stream);
    await until(() => test.gateway.unauthenticatedSockets() === 0);
    expect(test.gateway.metrics.admissions['too-late']).toBe(2);
  });
});

describe('a connection that means nothing', () => {
  it.each([
    ['does not speak HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['has too large a header', `GET / HTTP/1.1\r\nx: ${'y'.repeat(8_192)}\r\n\r\n`],
  ])('is dropped when it %s', async (_, text) => {
    await start({});
    await closed(await speaking(text));
    expect(test.gateway.metrics.admissions['not-http']).toBe(1);
    expect(test.gateway.unauthenticatedSockets()).toBe(0);
  });

  it.each<[string, (socket: WebSocket) => void]>([
    [
      'text',
      (socket) => {
        socket.send('x');
      },
    ],
    [
      'frames without meaning',
      (socket) => {
        socket.send(Buffer.from('ff', 'hex'));
      },
    ],
    [
      'pings',
      (socket) => {
        socket.ping();
      },
    ],
  ])('is dropped after some %s before auth, which a few do not hinder', async (_, act) => {
    await start({});
    const peer = await silent();
    for (let frame = 0; frame < 16; frame += 1) act(peer);
    await authenticate(peer);
    const stranger = await silent();
    for (let frame = 0; frame < 17; frame += 1) act(stranger);
    await closed(stranger);
    expect(test.gateway.metrics.admissions.malformed).toBe(1);
  });
});
