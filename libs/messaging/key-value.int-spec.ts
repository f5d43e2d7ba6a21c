import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { findNatsServer, freePort } from '#platform';
import { eventually } from '../../test/support/processes';
import { KeyValue } from './key-value';
import {
  BucketUnavailableError,
  InvalidKeyError,
  RevisionConflictError,
  ValueTooLargeError,
} from './key-value-errors';
import type { KeyValueListener, KeyValueWatch } from './key-value-watch';
import { BusConnection } from './nats-connection';

const STREAM = 'KV_CAUSEWAY_ROUTES_TEST';
const SPEC = { name: 'CAUSEWAY_ROUTES_TEST', writeWithinMs: 20_000 };

/** A nats-server with JetStream of this spec's own, on a port and in a directory that stay. */
class Broker {
  private child: ChildProcess | undefined;
  private port = 0;
  private directory = '';

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    if (this.directory === '') this.directory = await mkdtemp(join(tmpdir(), 'causeway-kv-'));
    const installation = findNatsServer();
    if (installation === undefined) throw new Error('this spec needs a nats-server');
    const args = ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.directory];
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

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async loseData(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
    this.directory = '';
  }
}

/** Keeps what it is told, as a reader of the bucket does. */
class Reader implements KeyValueListener {
  readonly values = new Map<string, string>();
  readonly story: string[] = [];
  resets = 0;
  caughtUp = 0;

  onReset(): void {
    this.resets += 1;
    this.values.clear();
  }
  onPut(key: string, value: Buffer): void {
    this.values.set(key, value.toString());
    this.story.push(`${key}=${value.toString()}`);
  }
  onDelete(key: string): void {
    this.values.delete(key);
    this.story.push(`${key} gone`);
  }
  onCaughtUp(): void {
    this.caughtUp += 1;
  }
}

const broker = new Broker();
let bus: BusConnection;
let bucket: KeyValue;
let watches: KeyValueWatch[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  await broker.start();
});

afterAll(async () => {
  await broker.stop();
  await broker.loseData();
});

beforeEach(async () => {
  bus = await BusConnection.connect({ url: broker.url, name: 'key-value' });
  bucket = new KeyValue(bus, SPEC);
  await bucket.ensure();
  watches = [];
});

afterEach(async () => {
  for (const watch of watches) await watch.stop();
  await deleteBucket();
  await bus.drain();
});

async function deleteBucket(): Promise<void> {
  const manager = await bus.nats.jetstreamManager();
  await manager.streams.delete(STREAM).catch(() => undefined);
}

function watched(prefix = '', reader = new Reader()): Reader & { readonly watch: KeyValueWatch } {
  const watch = bucket.watch(prefix, reader);
  watches.push(watch);
  return Object.assign(reader, { watch });
}

const put = (key: string, value: string): Promise<number> => bucket.put(key, Buffer.from(value));
const has = (reader: Reader, key: string, value: string): Promise<void> =>
  eventually(`${key} = ${value}`, () => reader.values.get(key) === value);

describe('a bucket', () => {
  it('is made once, in files, with the newest value of each key, and stays as an operator has it', async () => {
    await Promise.all([1, 2, 3].map(() => new KeyValue(bus, SPEC).ensure()));
    const manager = await bus.nats.jetstreamManager();
    const { config } = await manager.streams.info(STREAM);
    expect(config).toMatchObject({ storage: 'file', max_msgs_per_subject: 1, num_replicas: 1 });
    await manager.streams.update(STREAM, { description: 'mine' });
    await bucket.ensure();
    expect((await manager.streams.info(STREAM)).config.description).toBe('mine');
  });

  it('is one for the tools of JetStream as well', async () => {
    await put('alice.h', 'one');
    const theirs = await bus.nats.jetstream().views.kv('CAUSEWAY_ROUTES_TEST', { bindOnly: true });
    expect((await theirs.get('alice.h'))?.string()).toBe('one');
    await theirs.put('bob.h', 'two');
    const reader = watched();
    await has(reader, 'bob.h', 'two');
    await theirs.delete('bob.h');
    await theirs.purge('alice.h');
    await eventually('all gone', () => reader.values.size === 0);
  });

  it('counts its changes', async () => {
    const first = await put('alice.h', 'one');
    expect(await put('bob.h', 'one')).toBe(first + 1);
    expect(await bucket.delete('alice.h')).toBe(first + 2);
  });

  it('is written over what one knows only, where one says so', async () => {
    const first = await bucket.put('b.h', Buffer.from('1'), 0);
    await expect(bucket.put('b.h', Buffer.from('2'), 0)).rejects.toThrow(RevisionConflictError);
    await expect(bucket.delete('b.h', first + 1)).rejects.toThrow(RevisionConflictError);
    const second = await bucket.put('b.h', Buffer.from('2'), first);
    await put('b.000', 'elsewhere');
    await bucket.delete('b.h', second);
    await expect(bucket.put('b.h', Buffer.from('3'), second)).rejects.toMatchObject({
      key: 'b.h',
      expected: second,
    });
    const reader = watched();
    await eventually('all is told', () => reader.caughtUp > 0);
    expect([...reader.values]).toEqual([['b.000', 'elsewhere']]);
  });

  it('takes values up to its bound', async () => {
    const small = new KeyValue(bus, { ...SPEC, maxValueBytes: 10 });
    await small.put('a', Buffer.alloc(10));
    await expect(small.put('a', Buffer.alloc(11))).rejects.toThrow(
      new ValueTooLargeError('a', 11, 10),
    );
    await bucket.put('a', Buffer.alloc(bucket.maxValueBytes));
    expect(bucket.maxValueBytes).toBe(524_288);
    const huge = new KeyValue(bus, { name: 'X', maxValueBytes: 1_000_000_000 });
    expect(huge.maxValueBytes).toBeLessThan(bus.maxPayloadBytes);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a*', '>', 'ä'])('has no key %j', async (key) => {
    await expect(put(key, 'x')).rejects.toThrow(InvalidKeyError);
    await expect(bucket.delete(key)).rejects.toThrow(InvalidKeyError);
  });

  it('is made again by whoever writes to it after it was deleted', async () => {
    await deleteBucket();
    await put('alice.h', 'one');
    await has(watched(), 'alice.h', 'one');
  });

  it('that cannot be reached is said to be so', async () => {
    const hasty = new KeyValue(bus, { ...SPEC, writeWithinMs: 200 });
    await broker.stop();
    await expect(hasty.put('alice.h', Buffer.from('x'))).rejects.toThrow(BucketUnavailableError);
    await broker.start();
    await eventually('connected again', () => bus.connected);
    await put('alice.h', 'after');
  });
});

describe('a watch', () => {
  it('tells what is there, says that this was all, then every change in order', async () => {
    await put('alice.h', '1');
    await put('alice.00', '2');
    await put('bob.h', '3');
    await put('alice.h', '4');
    await bucket.delete('bob.h');
    const reader = watched();
    await reader.watch.caughtUp;
    expect(Object.fromEntries(reader.values)).toEqual({ 'alice.00': '2', 'alice.h': '4' });
    await put('bob.h', '5');
    await bucket.delete('alice.h');
    await put('alice.00', '6');
    await has(reader, 'alice.00', '6');
    expect(reader.story.slice(-3)).toEqual(['bob.h=5', 'alice.h gone', 'alice.00=6']);
    expect(reader.resets).toBe(0);
  });

  it('of an empty bucket has caught up at once', async () => {
    const reader = watched();
    await reader.watch.caughtUp;
    expect(reader.values.size).toBe(0);
  });

  it('tells the keys below a prefix only', async () => {
    await put('alice', 'no');
    await put('alicia.h', 'no');
    await put('alice.h', 'yes');
    const reader = watched('alice');
    await reader.watch.caughtUp;
    await put('alice.a.b', 'yes');
    await has(reader, 'alice.a.b', 'yes');
    expect([...reader.values.keys()]).toEqual(['alice.h', 'alice.a.b']);
    expect(() => bucket.watch('a..b', reader)).toThrow(InvalidKeyError);
  });

  it('tells more than one batch holds', async () => {
    const keys = Array.from({ length: 700 }, (_, n) => `alice.${n}`);
    await Promise.all(keys.map((key) => put(key, key)));
    const reader = watched();
    await reader.watch.caughtUp;
    expect(reader.values.size).toBe(700);
  });

  it('tells nothing after it was stopped', async () => {
    const reader = watched();
    await reader.watch.caughtUp;
    await reader.watch.stop();
    await put('alice.h', '1');
    const other = watched();
    await has(other, 'alice.h', '1');
    expect(reader.story).toEqual([]);
  });

  it('goes on though the listener fails', async () => {
    const reader = new Reader();
    const values: string[] = [];
    reader.onPut = (_key, value) => {
      values.push(value.toString());
      throw new Error('no');
    };
    watched('', reader);
    await put('alice.h', '1');
    await put('alice.h', '2');
    await eventually('both', () => values.includes('2'));
  });

  it('goes on after the server was restarted, and misses nothing that happened meanwhile', async () => {
    await put('alice.h', '1');
    await put('bob.h', '1');
    const reader = watched();
    await reader.watch.caughtUp;
    await broker.stop();
    await broker.start();
    const other = await BusConnection.connect({ url: broker.url, name: 'other' });
    const theirs = new KeyValue(other, SPEC);
    await theirs.put('alice.h', Buffer.from('2'));
    await theirs.delete('bob.h');
    await has(reader, 'alice.h', '2');
    await eventually('bob gone', () => !reader.values.has('bob.h'));
    await other.drain();
    expect(reader.resets).toBe(0);
    expect(reader.story.filter((line) => line === 'alice.h=1')).toHaveLength(1);
  });

  it('misses nothing though its connection is cut again and again', async () => {
    const reader = watched();
    await reader.watch.caughtUp;
    const other = await BusConnection.connect({ url: broker.url, name: 'other' });
    const theirs = new KeyValue(other, SPEC);
    for (let n = 0; n < 300; n += 1) {
      if (n % 60 === 30) await bus.nats.reconnect();
      await theirs.put(`alice.${n}`, Buffer.from(String(n)));
    }
    await other.drain();
    await eventually('all of them', () => reader.values.size === 300);
    expect(reader.story).toHaveLength(300);
    expect(reader.resets).toBe(0);
  });

  it('goes on when the server has forgotten its consumer', async () => {
    await put('alice.h', '1');
    const reader = watched();
    await reader.watch.caughtUp;
    const manager = await bus.nats.jetstreamManager();
    for await (const { name } of manager.consumers.list(STREAM)) {
      await manager.consumers.delete(STREAM, name);
    }
    await put('alice.h', '2');
    await has(reader, 'alice.h', '2');
    expect(reader.resets).toBe(0);
  });

  it('starts from empty when the bucket was deleted, and follows the next one', async () => {
    await put('alice.h', '1');
    await put('bob.h', '1');
    const reader = watched();
    await reader.watch.caughtUp;
    await deleteBucket();
    await eventually('a reset', () => reader.resets === 1);
    expect(reader.values.size).toBe(0);
    await put('alice.h', '2');
    await has(reader, 'alice.h', '2');
    expect(reader.values.size).toBe(1);
    expect(reader.caughtUp).toBeGreaterThan(1);
  });

  it('starts from empty when the server comes back without its data', async () => {
    await put('alice.h', '1');
    const reader = watched();
    await reader.watch.caughtUp;
    await broker.stop();
    await broker.loseData();
    await broker.start();
    await eventually('a reset', () => reader.resets === 1);
    await put('alice.h', '2');
    await has(reader, 'alice.h', '2');
  });

  it('waits for a server that is not there', async () => {
    await put('alice.h', '1');
    await broker.stop();
    await eventually('disconnected', () => !bus.connected);
    const reader = watched();
    await broker.start();
    await has(reader, 'alice.h', '1');
    await reader.watch.caughtUp;
  });
});
