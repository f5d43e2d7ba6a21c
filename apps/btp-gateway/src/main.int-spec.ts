import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { subjectsOf } from '#contracts';
import { BusConnection, ControlClient, gatherPeerStates } from '#messaging';
import { slugOfAddress } from '#platform';
import { BtpPeer } from '#testing';
import { waitFor } from '../../../test/support/gateway/alice';
import { testNatsUrl } from '../../../test/support/test-nats';

const RUNNER = join(__dirname, '../../../test/support/run-typescript.cjs');
const slug = `gateway-${randomBytes(6).toString('hex')}`;
const document = {
  connector: { address: `test.${slug}` },
  gateway: { listen: '127.0.0.1:0' },
  console: { token: 'change-me' },
  health: { basePort: 0 },
  peers: [
    {
      id: 'alice',
      socket: 'server',
      token: 'alice-secret',
      authority: 'admin',
      ledger: { prefix: 'test.alice.', currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' },
    },
  ],
};

interface Ready {
  readonly type: string;
  readonly message?: string;
  readonly ports: { readonly btp: string; readonly health: string };
}

let child: ChildProcess | undefined;

function start(settings: object, more: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = {
    ...more,
    NATS_URL: testNatsUrl(),
    CAUSEWAY_CONFIG_JSON: JSON.stringify(settings),
  };
  child = fork(RUNNER, [join(__dirname, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return child;
}

async function word(from: ChildProcess): Promise<Ready> {
  const [message] = (await once(from, 'message')) as [Ready];
  return message;
}

afterEach(() => child?.kill('SIGKILL'));

describe('the gateway as a process', () => {
  it('tells where it listens, is ready, answers for its peers, and leaves with 0 on SIGTERM', async () => {
    const gateway = start(document);
    const { type, ports } = await word(gateway);
    expect(type).toBe('ready');
    const peer = await BtpPeer.dial({ url: ports.btp, token: 'alice-secret' });
    const readiness = await fetch(`${ports.health}/readyz`);
    expect(await readiness.json()).toMatchObject({
      ready: true,
      checks: { nats: { ok: true }, btp: { ok: true } },
    });
    const metrics = await (await fetch(`${ports.health}/metrics`)).text();
    expect(metrics).toContain('causeway_gateway_sessions{service="btp-gateway"} 1');
    expect(await peersTold()).toMatchObject([
      { peerId: 'alice', state: 'open', gatewayId: expect.stringContaining('gateway') as string },
    ]);
    const exited = once(gateway, 'exit');
    gateway.kill('SIGTERM');
    expect(await peer.ended()).toMatchObject({ code: 1001 });
    const [code] = (await exited) as [number];
    expect(code).toBe(0);
  });

  it('takes connections that it is handed, without a port of its own, until it leaves', async () => {
    const gateway = start(document, { CAUSEWAY_HANDED_SOCKETS: '1' });
    const { ports } = await word(gateway);
    expect(Object.keys(ports)).toEqual(['health']);
    const readiness = await fetch(`${ports.health}/readyz`);
    expect(await readiness.json()).toMatchObject({ ready: true, checks: { btp: { ok: true } } });
    const accepted: Socket[] = [];
    const door = createServer({ pauseOnConnect: true }, (socket) => accepted.push(socket));
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    const said: unknown[] = [];
    gateway.on('message', (message) => said.push(message));
    try {
      const url = `ws://127.0.0.1:${portOf(door)}`;
      door.once('connection', (socket) => {
        handTo(gateway, socket);
      });
      const peer = await BtpPeer.dial({ url, token: 'alice-secret' });
      const another = connect(portOf(door), '127.0.0.1');
      await once(door, 'connection');
      const exited = once(gateway, 'exit');
      gateway.send({ type: 'drain' });
      handTo(gateway, accepted.at(-1));
      expect(await peer.ended()).toMatchObject({ code: 1001 });
      await exited;
      // What it said at last may be read after its end.
      await waitFor(() => said.length >= 3);
      expect(said).toEqual([
        { type: 'connection', taken: true },
        { type: 'draining' },
        { type: 'connection', taken: false },
      ]);
      expect(another.destroyed).toBe(false);
      another.destroy();
    } finally {
      for (const socket of accepted) socket.destroy();
      door.close();
    }
  });

  it('does not start on a port that is taken, and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = portOf(taken);
    const gateway = start({ ...document, gateway: { listen: `127.0.0.1:${port}` } });
    expect(await word(gateway)).toMatchObject({
      type: 'fatal',
      message: expect.stringContaining('EADDRINUSE') as string,
    });
    taken.close();
  });

  it.each([
    [{ tls: { certFile: '/nowhere.pem', keyFile: '/nowhere.pem' } }, 'gateway.tls.certFile'],
    [{ trustedCaFile: '/nowhere.pem' }, 'gateway.trustedCaFile'],
  ])('does not start with %j, and names the setting', async (settings, key) => {
    const gateway = start({ ...document, gateway: { listen: '127.0.0.1:0', ...settings } });
    expect(await word(gateway)).toMatchObject({
      type: 'fatal',
      message: expect.stringContaining(`/nowhere.pem: ${key}: cannot be read: ENOENT`) as string,
    });
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** As the supervisor does, which keeps its copy until it has the answer. */
function handTo(gateway: ChildProcess, socket: Socket | undefined): void {
  gateway.send({ type: 'connection' }, socket, { keepOpen: true });
  gateway.once('message', (message: { readonly taken?: boolean }) => {
    if (message.taken === true) socket?.destroy();
  });
}

/** What the gateway answers, as soon as it answers in time. */
async function peersTold(): Promise<readonly unknown[]> {
  const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'asks-for-peers' });
  const subjects = subjectsOf(slugOfAddress(`test.${slug}`));
  const ask = () => gatherPeerStates(new ControlClient(bus), subjects, 1_000);
  try {
    let told = await ask();
    for (let again = 0; told.length === 0 && again < 20; again += 1) told = await ask();
    return told;
  } finally {
    await bus.drain();
  }
}
