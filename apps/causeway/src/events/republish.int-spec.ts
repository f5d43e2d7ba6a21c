import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStream, partitionOf } from '#contracts';
import { encodeEvent } from '#domain/ledger';
import { acquirePartitions, CheckpointStore, EventReader, SettingsStore } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { BusConnection, EventPublisher, PublishFailedError } from '#messaging';
import { ledgerOpened, logDatabase, type LogDatabase } from '#testing';
import { testNatsUrl } from '../../../../test/support/test-nats';
import { republish, RepublishFailedError, type RepublishReport } from './republish';
import { republishEvents } from './republish-command';
import type { RepublishFrom } from './republish-from';

const HOUR_MS = 3_600_000;
const BEGAN_MS = Date.UTC(2026, 0, 1);
const ALICE = partitionOf('alice');
const BOB = partitionOf('bob');

describe('republishing', () => {
  let database: LogDatabase;
  let reader: EventReader;
  let bus: BusConnection;
  let events: EventPublisher;
  let connector: string;

  beforeAll(async () => {
    database = await logDatabase();
    reader = new EventReader(database.dataSource);
    bus = await BusConnection.connect({ url: testNatsUrl(), name: 'republish' });
    events = new EventPublisher(bus);
    connector = `spec-${randomBytes(4).toString('hex')}`;
    await new SettingsStore(database.dataSource).settle('connector.address', `test.${connector}`);
    connector = `test-${connector}`;
    await write();
  });

  afterAll(async () => {
    events.close();
    await bus.drain();
    await database.drop();
  });

  afterEach(async () => {
    await events.streams.drop(eventStream(connector).name);
  });

  /** Alice's ledger has an event every hour, Bob's one every two. */
  async function write(): Promise<void> {
    const partitions = [ALICE, BOB];
    const writer = await acquirePartitions(database.dataSource, { partitions, connector: 'spec' });
    if (writer === undefined) throw new Error('no partitions');
    for (let hour = 0; hour < 40; hour += 1) {
      const occurredAtMs = BEGAN_MS + hour * HOUR_MS;
      for (const ledgerId of hour % 2 === 0 ? ['alice', 'bob'] : ['alice']) {
        const { payload, ...rest } = encodeEvent(ledgerOpened());
        const stored = { ...rest, payload: canonicalJson(payload), packetDigest: null };
        writer.stage({ ...stored, ledgerId, partition: partitionOf(ledgerId), occurredAtMs });
      }
    }
    await writer.commit();
    await writer.release();
  }

  const partsOf = (publish = events.publishBatch.bind(events)) => {
    const told: RepublishReport[] = [];
    return {
      told,
      connector,
      reader,
      ensureStream: () => events.streams.ensure(eventStream(connector)),
      publish,
      progress: (so: RepublishReport) => told.push(so),
    };
  };

  /** `<ledger>:<version>` of all that the stream holds, in its order. */
  async function stored(): Promise<string[]> {
    const manager = await bus.nats.jetstreamManager();
    const { name } = eventStream(connector);
    const { state } = await manager.streams.info(name);
    const ids: string[] = [];
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
      ids.push((await manager.streams.getMessage(name, { seq })).header.get('Nats-Msg-Id'));
    }
    return ids;
  }

  const of = (ledger: string, from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => `${ledger}:${from + index}`);

  const only = (ledger: string, ids: readonly string[]) =>
    ids.filter((id) => id.startsWith(`${ledger}:`));

  it('makes the stream and fills it, each partition in order', async () => {
    const report = await republish(partsOf(), { from: { kind: 'all' } });
    expect(report).toEqual({ stored: 60, duplicates: 0, attempts: 1 });
    const ids = await stored();
    expect(only('alice', ids)).toEqual(of('alice', 1, 40));
    expect(only('bob', ids)).toEqual(of('bob', 1, 20));
  });

  it('may be repeated: what the stream has had lately is not stored again', async () => {
    await republish(partsOf(), { from: { kind: 'all' } });
    const again = await republish(partsOf(), { from: { kind: 'all' } });
    expect(again).toMatchObject({ stored: 0, duplicates: 60 });
    expect(await stored()).toHaveLength(60);
  });

  const hour = (hours: number): RepublishFrom => ({
    kind: 'time',
    sinceMs: BEGAN_MS + hours * HOUR_MS,
  });

  it.each<[RepublishFrom, number, number]>([
    [{ kind: 'position', position: 1 }, 1, 1],
    [{ kind: 'position', position: 15 }, 15, 15],
    [{ kind: 'position', position: 30 }, 30, 21],
    [{ kind: 'position', position: 99 }, 41, 21],
    [hour(-1), 1, 1],
    [hour(0), 1, 1],
    [hour(13), 14, 8],
    [hour(13.5), 15, 8],
    [hour(39), 40, 21],
    [hour(40), 41, 21],
  ])('begins where it is told to: %j', async (from, alice, bob) => {
    await republish(partsOf(), { from });
    const ids = await stored();
    expect(only('alice', ids)).toEqual(of('alice', alice, 40));
    expect(only('bob', ids)).toEqual(of('bob', bob, 20));
  });

  it('takes one ledger alone, if that is wanted', async () => {
    await republish(partsOf(), { from: hour(30), ledger: 'bob' });
    expect(await stored()).toEqual(of('bob', 16, 20));
  });

  it('leaves the checkpoint of the publisher where it is', async () => {
    const checkpoints = new CheckpointStore(database.dataSource);
    await checkpoints.advance('jetstream', new Map([[ALICE, 25]]));
    await republish(partsOf(), { from: { kind: 'all' } });
    const progress = await checkpoints.progress('jetstream', [ALICE, BOB]);
    expect(progress.map(({ position }) => position)).toEqual([25, 0]);
  });

  it('begins again when the stream is deleted under it', async () => {
    let deletions = 2;
    const parts = partsOf(async (batch) => {
      const published = await events.publishBatch(batch);
      if (deletions > 0) {
        deletions -= 1;
        await events.streams.drop(eventStream(connector).name);
      }
      return published;
    });
    const report = await republish(parts, { from: { kind: 'all' } });
    expect(report).toEqual({ stored: 60, duplicates: 0, attempts: 3 });
    expect(await stored()).toHaveLength(60);
    expect(new Set(parts.told.map(({ attempts }) => attempts))).toEqual(new Set([1, 2, 3]));
  });

  it('cannot fill what was purged a moment ago, only what was deleted', async () => {
    await republish(partsOf(), { from: { kind: 'all' } });
    const manager = await bus.nats.jetstreamManager();
    await manager.streams.purge(eventStream(connector).name);
    const purged = await republish(partsOf(), { from: { kind: 'all' } });
    expect(purged).toMatchObject({ stored: 0, duplicates: 60 });
    await events.streams.drop(eventStream(connector).name);
    const deleted = await republish(partsOf(), { from: { kind: 'all' } });
    expect(deleted).toMatchObject({ stored: 60, duplicates: 0 });
  });

  it('gives up when nothing can be published', async () => {
    const failure = new PublishFailedError({ events: 1, acknowledged: 0, reason: 'full' });
    const parts = partsOf(() => Promise.reject(failure));
    const gaveUp = republish(parts, { from: { kind: 'all' } });
    await expect(gaveUp).rejects.toBeInstanceOf(RepublishFailedError);
    await expect(gaveUp).rejects.toMatchObject({ cause: failure });
  });

  describe('as a command', () => {
    const data = mkdtempSync(join(tmpdir(), 'causeway-spec-'));
    afterAll(() => {
      rmSync(data, { recursive: true });
    });

    const run = async (more: { from: string; ledger?: string }): Promise<string[]> => {
      const lines: string[] = [];
      const env = { DATABASE_URL: database.url, NATS_URL: testNatsUrl() };
      const shell = { env, print: (line: string) => lines.push(line), note: () => undefined };
      await republishEvents({ data, ...more }, shell);
      return lines;
    };

    it('finds log, bus and connector, and says what it did', async () => {
      expect(await run({ from: 'all' })).toEqual(['60 events stored, 0 there already']);
      expect(await run({ from: '39', ledger: 'alice' })).toEqual([
        '0 events stored, 2 there already',
      ]);
    });

    it.each([
      [{ from: 'yesterday' }, 'RepublishFromError'],
      [{ from: 'all', ledger: 'nobody' }, 'NothingToRepublishError'],
    ])('refuses %j', async (options, name) => {
      await expect(run(options)).rejects.toMatchObject({ name });
    });
  });
});
