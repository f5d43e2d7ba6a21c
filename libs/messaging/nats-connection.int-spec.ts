import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { findNatsServer, freePort } from '#platform';
import { testNatsUrl } from '../../test/support/test-nats';
import { BatchedLink } from './batched-link';
import { BusRoundTripError, BusUnreachableError } from './bus-errors';
import { ControlClient } from './control-client';
import { BusConnection, type BusStatus } from './nats-connection';

/** For everything that no test is about: a process may be away for some seconds. */
const WITHIN_MS = 20_000;

/** A nats-server of this spec's own, on a port that stays, so that it can be taken away. */
class Broker {
  private child: ChildProcess | undefined;

  constructor(
    private readonly port: number,
    private readonly login: readonly string[] = [],
  ) {}

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const installation = findNatsServer();
    if (installation === undefined) throw new Error('this spec needs a nats-server');
    const args = ['-a', '127.0.0.1', '-p', String(this.port), ...this.login];
    const child = spawn(installation.command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    let told = '';
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        told += String(chunk);
        if (told.includes('Server is ready')) resolve();
      });
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Alive, but deaf and dumb. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }
}

async function eventually(holds: () => boolean, withinMs = WITHIN_MS): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('it did not become true in time');
    await delay(10);
  }
}

const connect = (url: string, more: Partial<Parameters<typeof BusConnection.connect>[0]> = {}) =>
  BusConnection.connect({ url, name: 'spec', ...more });

/** A process that was told to stop may still answer for a moment. */
async function untilSilent(bus: BusConnection): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const isSilent = await bus.roundTrip(100).then(
      () => false,
      () => true,
    );
    if (isSilent) return;
    await delay(10);
  }
}

describe('BusConnection.connect', () => {
  it('uses the credentials of the URL', async () => {
    const bus = await connect(testNatsUrl());
    expect(await bus.roundTrip(WITHIN_MS)).toBeGreaterThan(0);
    await bus.drain();
  });

  it('gives up at its deadline when nobody is there', async () => {
    const url = `nats://me:secret@127.0.0.1:${await freePort()}`;
    const started = Date.now();
    const failure = await connect(url, { connectWithinMs: 700 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BusUnreachableError);
    expect(failure).toMatchObject({ reason: 'the connection was refused' });
    expect(String(failure)).not.toContain('secret');
    expect(Date.now() - started).toBeLessThan(WITHIN_MS);
  });

  it('gives up at its deadline when whoever is there says nothing', async () => {
    const callers: Socket[] = [];
    const mute = createServer((caller) => callers.push(caller));
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const started = Date.now();
    await expect(connect(`nats://127.0.0.1:${port}`, { connectWithinMs: 500 })).rejects.toThrow(
      BusUnreachableError,
    );
    expect(Date.now() - started).toBeLessThan(WITHIN_MS);
    /* The client leaves the socket of a failed attempt to the server to close. */
    for (const caller of callers) caller.destroy();
    mute.close();
  });

  it('waits for a server that comes up late', async () => {
    const broker = new Broker(await freePort());
    const pending = connect(broker.url);
    await delay(500);
    await broker.start();
    const bus = await pending;
    expect(bus.connected).toBe(true);
    await bus.drain();
    await broker.stop();
  });

  it('does not wait when the server refuses the credentials', async () => {
    const broker = new Broker(await freePort(), ['--user', 'u', '--pass', 'right']);
    await broker.start();
    const started = Date.now();
    const url = broker.url.replace('://', '://u:wrong@');
    await expect(connect(url)).rejects.toMatchObject({ reason: 'it refused the credentials' });
    expect(Date.now() - started).toBeLessThan(WITHIN_MS);
    await broker.stop();
  });

  it('takes a token from the URL', async () => {
    const broker = new Broker(await freePort(), ['--auth', 'to-ken']);
    await broker.start();
    const bus = await connect(broker.url.replace('://', '://to-ken@'));
    await bus.roundTrip(WITHIN_MS);
    await bus.drain();
    await broker.stop();
  });
});

describe('a broker that restarts', () => {
  let broker: Broker;
  let bus: BusConnection;
  let statuses: BusStatus[];

  beforeEach(async () => {
    broker = new Broker(await freePort());
    await broker.start();
    statuses = [];
    bus = await connect(broker.url, { onStatus: (status) => statuses.push(status) });
  });

  afterEach(async () => {
    await bus.drain(500);
    await broker.stop();
  });

  const kinds = (): string[] => statuses.map(({ kind }) => kind);

  it('is noticed, and the link goes on with the same listeners', async () => {
    const link = new BatchedLink(bus);
    const heard: string[] = [];
    link.listen('test.restart', {}, (entry) => heard.push(entry.toString()));
    link.send('test.restart', Buffer.from('before'));
    await eventually(() => heard.length === 1);
    await broker.stop();
    await eventually(() => !bus.connected);
    link.send('test.restart', Buffer.from('meanwhile'));
    await eventually(() => link.counters.droppedEntries === 1);
    await expect(bus.roundTrip(100)).rejects.toThrow(BusRoundTripError);
    await broker.start();
    await eventually(() => bus.connected);
    link.send('test.restart', Buffer.from('after'));
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['before', 'after']);
    expect(await bus.roundTrip(WITHIN_MS)).toBeGreaterThan(0);
    expect(kinds()).toEqual(['disconnected', 'reconnected']);
  });

  it('is come back to however often it goes', async () => {
    for (let round = 1; round <= 3; round += 1) {
      await broker.stop('SIGTERM');
      await eventually(() => !bus.connected);
      await delay(300);
      await broker.start();
      await eventually(() => bus.connected);
    }
    expect(kinds().filter((kind) => kind === 'reconnected')).toHaveLength(3);
    expect(kinds()).not.toContain('closed');
  });

  it('leaves a question without answer until its deadline, not for ever', async () => {
    await broker.stop();
    await eventually(() => !bus.connected);
    const asked = new ControlClient(bus).ask('test.q', 1, { deadlineMs: 300, parse: (x) => x });
    await expect(asked).rejects.toMatchObject({ name: 'DeadlineExceededError', deadlineMs: 300 });
  });

  it('does not keep the process from leaving', async () => {
    await broker.stop();
    await eventually(() => !bus.connected);
    const started = Date.now();
    await bus.drain(1_000);
    expect(Date.now() - started).toBeLessThan(WITHIN_MS);
    expect(bus.nats.isClosed()).toBe(true);
    expect(kinds()).not.toContain('closed');
  });

  it('cannot hold up a drain when it hangs', async () => {
    broker.freeze();
    await untilSilent(bus);
    const started = Date.now();
    await expect(bus.roundTrip(200)).rejects.toThrow(BusRoundTripError);
    await bus.drain(300);
    expect(Date.now() - started).toBeLessThan(WITHIN_MS);
    broker.thaw();
  });

  it('is reported when the connection ends for good', async () => {
    await bus.nats.close();
    await eventually(() => kinds().includes('closed'));
    expect(bus.connected).toBe(false);
  });
});
