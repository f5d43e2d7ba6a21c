import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { partitionOf } from '#contracts';
import type { RecordedEvent } from '#eventsourcing';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions, openWriter, type AcquireOptions } from './acquire-partitions';
import { EventReader } from './event-reader';
import { UnstorableEventError, WriterLostError, WriterReleasedError } from './event-store-errors';
import type { PartitionWriter } from './partition-writer';

const every = Array.from({ length: 64 }, (_, partition) => partition);

let database: LogDatabase;
let writers: PartitionWriter[];
beforeAll(async () => {
  database = await logDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  writers = [];
});
afterEach(async () => {
  await Promise.all(writers.map((writer) => writer.release()));
  await database.asSuperuser(
    'ALTER TABLE ledger_events DISABLE TRIGGER USER',
    'TRUNCATE ledger_events',
    'ALTER TABLE ledger_events ENABLE ALWAYS TRIGGER ledger_events_append_only',
  );
});

async function acquire(more: Partial<AcquireOptions> = {}): Promise<PartitionWriter> {
  const options = { partitions: every, connector: 'test.causeway', ...more };
  const writer = await acquirePartitions(database.dataSource, options);
  if (writer === undefined) throw new Error('no partition was free');
  writers.push(writer);
  return writer;
}

async function open(dataSource: DataSource): Promise<PartitionWriter> {
  const writer = await openWriter(dataSource, { connector: 'test.causeway' });
  writers.push(writer);
  return writer;
}

/** Asks until it has them all: a holder's locks need not become free at once. */
async function takeAll(writer: PartitionWriter, partitions: readonly number[]): Promise<void> {
  const holdsAll = (): boolean => partitions.every((one) => writer.partitions.includes(one));
  for (let attempt = 0; attempt < 1_000 && !holdsAll(); attempt += 1) {
    await writer.take(partitions);
    await sleep(10);
  }
  expect(holdsAll()).toBe(true);
}

async function wholeLog(): Promise<RecordedEvent[]> {
  const reader = new EventReader(database.dataSource, 7);
  const events: RecordedEvent[] = [];
  for (const partition of await reader.partitionsInUse()) {
    for await (const event of reader.readPartition({ partition })) events.push(event);
  }
  return events;
}

function ledgerOf(partition: number): string {
  for (let n = 0; ; n += 1) if (partitionOf(`peer-${n}`) === partition) return `peer-${n}`;
}

/** Two ids of one partition, so that the order between ledgers can be seen. */
function neighbours(): [string, string] {
  return ['alice', ledgerOf(partitionOf('alice'))];
}

function backendOfLocks(): Promise<Record<string, unknown>[]> {
  return database.asSuperuser(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1`,
  );
}

describe('appending', () => {
  test('what is read back is exactly what was staged, byte for byte', async () => {
    const writer = await acquire();
    const staged = [
      writer.stage(anEvent('alice', { packet: Buffer.from([0, 1, 255, 92, 34]) })),
      writer.stage(anEvent('alice', { packet: Buffer.alloc(0), transferId: null })),
      writer.stage(anEvent('alice', { packet: null, occurredAtMs: 0, type: 'LedgerOpened' })),
      writer.stage(anEvent('bob', { occurredAtMs: 253_402_300_799_999, schemaVersion: 32_767 })),
    ];
    expect(await writer.commit()).toEqual(staged);
    const byPlace = (a: RecordedEvent, b: RecordedEvent): number =>
      a.partition - b.partition || a.position - b.position;
    expect(await wholeLog()).toEqual([...staged].sort(byPlace));
  });

  test('versions are gapless per ledger and positions per partition, across writers', async () => {
    const [alice, neighbour] = neighbours();
    for (let round = 0; round < 3; round += 1) {
      const writer = await acquire();
      for (const ledgerId of [alice, neighbour, alice]) writer.stage(anEvent(ledgerId));
      await writer.commit();
      await writer.release();
    }
    const events = await wholeLog();
    expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const versionsOf = (id: string): number[] =>
      events.filter(({ ledgerId }) => ledgerId === id).map(({ version }) => version);
    expect(versionsOf(alice)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(versionsOf(neighbour)).toEqual([1, 2, 3]);
  });

  test('commits asked for while one runs are durable in order, each with its own', async () => {
    const writer = await acquire();
    const finished: number[] = [];
    const commits = Array.from({ length: 50 }, async (_, round) => {
      const staged = Array.from({ length: round % 4 }, () => writer.stage(anEvent('alice')));
      expect(await writer.commit()).toEqual(staged);
      finished.push(round);
    });
    await Promise.all(commits);
    expect(finished).toEqual(Array.from({ length: 50 }, (_, round) => round));
    const versions = (await wholeLog()).map(({ version }) => version);
    expect(versions).toEqual(Array.from({ length: 73 }, (_, index) => index + 1));
  });

  test('a commit of nothing waits for the commits before it', async () => {
    const writer = await acquire();
    let isDurable = false;
    writer.stage(anEvent('alice'));
    void writer.commit().then(() => (isDurable = true));
    expect(await writer.commit()).toEqual([]);
    expect(isDurable).toBe(true);
  });

  test('a batch of several thousand events is one append', async () => {
    const writer = await acquire();
    for (let n = 0; n < 5_000; n += 1) writer.stage(anEvent(`ledger-${n % 97}`));
    expect(await writer.commit()).toHaveLength(5_000);
    const [count] = await database.asSuperuser(
      `SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS transactions
       FROM ledger_events`,
    );
    expect(count).toEqual({ rows: 5_000, transactions: 1 });
  });

  test('a refused event changes nothing: the next one takes its place', async () => {
    const writer = await acquire();
    const poison = anEvent('alice', { payload: { text: 'a\u0000b' } });
    expect(() => writer.stage(poison)).toThrow(UnstorableEventError);
    expect(writer.stage(anEvent('alice'))).toMatchObject({ version: 1, position: 1 });
    await expect(writer.commit()).resolves.toHaveLength(1);
  });

  test('a partition that the writer does not hold is refused', async () => {
    const writer = await acquire({ partitions: [partitionOf('alice')] });
    const foreign = ['bob', 'carol'].find((id) => partitionOf(id) !== partitionOf('alice')) ?? '';
    expect(() => writer.stage(anEvent(foreign))).toThrow(/partition \d+ is not held/);
    expect(() => writer.stage(anEvent('alice'))).not.toThrow();
  });

  test('every connection commits synchronously, whatever the database says', async () => {
    const [name] = await database.asSuperuser('SELECT current_database() AS name');
    await database.asSuperuser(`ALTER DATABASE ${String(name?.name)} SET synchronous_commit = off`);
    const other = await database.connect('after-the-change');
    expect(await other.query('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  });
});

describe('one writer per partition', () => {
  test('two data sources never hold the same partition', async () => {
    const first = await acquire({ partitions: [0, 1, 2, 3], atMost: 2 });
    const other = await database.connect('rival');
    const second = await acquirePartitions(other, {
      partitions: [0, 1, 2, 3],
      connector: 'test.causeway',
    });
    expect(first.partitions).toEqual([0, 1]);
    expect(second?.partitions).toEqual([2, 3]);
    await second?.release();
  });

  test('nothing is acquired where everything is held, and the connection goes back', async () => {
    await acquire();
    const rival = await database.connect('rival');
    const options = { partitions: every, connector: 'test.causeway' };
    for (let n = 0; n < 10; n += 1) {
      expect(await acquirePartitions(rival, options)).toBeUndefined();
    }
  });

  test('a released partition can be taken at once, also by who holds others already', async () => {
    const first = await acquire({ partitions: [0, 1] });
    const second = await acquire({ partitions: [2] });
    expect(await second.take([0, 1])).toEqual([]);
    await first.release();
    expect(await second.take([0, 1, 2], 1)).toEqual([0]);
    expect(second.partitions).toEqual([0, 2]);
  });

  test('asked twice at once for the same partitions it takes each of them once', async () => {
    const writer = await acquire({ partitions: [0] });
    const first = writer.take([1, 2]).then((taken) => {
      writer.stage(anEvent(ledgerOf(1)));
      return taken;
    });
    expect(await Promise.all([first, writer.take([1, 2, 3])])).toEqual([[1, 2], [3]]);
    expect(writer.stage(anEvent(ledgerOf(1)))).toMatchObject({ version: 2, position: 2 });
  });

  test('who waits takes over when the holder goes, after the holder’s last event', async () => {
    const holder = await acquire();
    const heir = await open(await database.connect('heir'));
    const waiting = takeAll(heir, every);
    holder.stage(anEvent('alice'));
    await holder.commit();
    await holder.release();
    await waiting;
    const last = (await wholeLog()).at(-1);
    expect(heir.ledgers.get('alice')).toMatchObject({ version: 1, hash: last?.hash });
    expect(heir.stage(anEvent('alice'))).toMatchObject({ version: 2, position: 2 });
  });
});

describe('a writer dies', () => {
  test('when another has written: fenced, the log untouched, later calls refused', async () => {
    const stale = await acquire({ connector: 'test.causeway' });
    // Another name locks other locks: this is what a gravely wrong set-up would look like.
    const usurper = await acquire({ connector: 'test.elsewhere' });
    usurper.stage(anEvent('alice'));
    await usurper.commit();
    const before = await wholeLog();

    stale.stage(anEvent('bob'));
    stale.stage(anEvent('alice'));
    const doomed = stale.commit();
    stale.stage(anEvent('alice'));
    const queued = stale.commit();
    await expect(doomed).rejects.toMatchObject({ name: 'WriterLostError', reason: 'fenced' });
    await expect(queued).rejects.toMatchObject({ reason: 'fenced' });
    expect(await stale.failed).toMatchObject({ reason: 'fenced' });
    expect(await wholeLog()).toEqual(before);

    expect(() => stale.stage(anEvent('alice'))).toThrow(WriterLostError);
    await expect(stale.commit()).rejects.toThrow(WriterLostError);
    await expect(stale.check()).rejects.toThrow(WriterLostError);
    expect(stale.partitions).toEqual([]);
  });

  test('and gives its locks away, for the next one to replay and go on', async () => {
    const stale = await acquire();
    const usurper = await acquire({ connector: 'test.elsewhere' });
    usurper.stage(anEvent('alice'));
    await usurper.commit();
    stale.stage(anEvent('alice'));
    await expect(stale.commit()).rejects.toThrow(WriterLostError);

    const heir = await open(database.dataSource);
    await takeAll(heir, [partitionOf('alice')]);
    heir.stage(anEvent('alice'));
    expect(await heir.commit()).toMatchObject([{ version: 2 }]);
  });

  test('when the server ends its idle connection, without anybody asking', async () => {
    const writer = await acquire({ lockCheckMs: 60_000 });
    const [row] = await backendOfLocks();
    await database.asSuperuser(`SELECT pg_terminate_backend(${String(row?.pid)})`);
    expect(await writer.failed).toMatchObject({ reason: 'connection-lost' });
    expect(() => writer.stage(anEvent('alice'))).toThrow(WriterLostError);
  });

  test('when its connection ends under an append: nothing of it is in the log', async () => {
    const writer = await acquire();
    const [row] = await backendOfLocks();
    const pid = String(row?.pid);
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    try {
      // Lets nobody write, so that the append is certainly under way when its backend ends.
      await blocker.query('BEGIN; LOCK TABLE ledger_events IN EXCLUSIVE MODE');
      writer.stage(anEvent('alice'));
      const doomed = writer.commit();
      writer.stage(anEvent('alice'));
      const queued = writer.commit();
      await blocker.query(`SELECT pg_terminate_backend(${pid})`);
      await expect(doomed).rejects.toMatchObject({ reason: 'connection-lost' });
      await expect(queued).rejects.toMatchObject({ reason: 'connection-lost' });
    } finally {
      await blocker.end();
    }
    expect(await writer.failed).toMatchObject({ reason: 'connection-lost' });
    expect(await wholeLog()).toEqual([]);
  });

  test('when the server no longer holds its locks although the connection lives', async () => {
    const writer = await acquire({ lockCheckMs: 20 });
    // Only the session itself can unlock: borrow its connection, as a careless pooler would.
    const session = Reflect.get(writer, 'client') as { query(text: string): Promise<unknown> };
    await session.query('SELECT pg_advisory_unlock_all()');
    expect(await writer.failed).toMatchObject({ reason: 'lock-lost' });
  });

  test('when the server keeps silent for too long', async () => {
    const writer = await acquire({ lockCheckMs: 20, answerTimeoutMs: 5_000 });
    const [row] = await backendOfLocks();
    const pid = Number(row?.pid);
    process.kill(pid, 'SIGSTOP');
    try {
      writer.stage(anEvent('alice'));
      await expect(writer.commit()).rejects.toMatchObject({ reason: 'timeout' });
      expect(await writer.failed).toMatchObject({ reason: 'timeout' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  test('not by being released: then it refuses politely and `failed` stays silent', async () => {
    const writer = await acquire();
    writer.stage(anEvent('alice'));
    const last = writer.commit();
    await writer.release();
    await expect(last).resolves.toHaveLength(1);
    expect(() => writer.stage(anEvent('alice'))).toThrow(WriterReleasedError);
    await expect(writer.commit()).rejects.toThrow(WriterReleasedError);
    const silent = await Promise.race([
      writer.failed,
      new Promise((ok) => setTimeout(ok, 50, 'silent')),
    ]);
    expect(silent).toBe('silent');
  });
});
