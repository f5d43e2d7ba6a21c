import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { partitionOf } from '#contracts';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { openWriter } from './acquire-partitions';
import { WriterReleasedError } from './event-store-errors';
import type { PartitionWriter, WriterLimits } from './partition-writer';

const every = Array.from({ length: 64 }, (_, partition) => partition);

let database: LogDatabase;
let writers: PartitionWriter[];
beforeEach(async () => {
  database = await logDatabase();
  writers = [];
});
afterEach(async () => {
  await Promise.all(writers.map((writer) => writer.release()));
  await database.drop();
});

async function open(dataSource: DataSource, limits: WriterLimits = {}): Promise<PartitionWriter> {
  const writer = await openWriter(dataSource, { connector: 'test.causeway', ...limits });
  writers.push(writer);
  return writer;
}

async function acquire(limits: WriterLimits = {}): Promise<PartitionWriter> {
  const writer = await open(database.dataSource, limits);
  expect(await writer.take(every)).toEqual(every);
  return writer;
}

/** Asks until it has them all. */
async function takeAll(writer: PartitionWriter, partitions: readonly number[]): Promise<void> {
  const holdsAll = (): boolean => partitions.every((one) => writer.partitions.includes(one));
  for (let attempt = 0; attempt < 1_000 && !holdsAll(); attempt += 1) {
    await writer.take(partitions);
    await sleep(10);
  }
  expect(holdsAll()).toBe(true);
}

function ledgerOf(partition: number): string {
  for (let n = 0; ; n += 1) if (partitionOf(`peer-${n}`) === partition) return `peer-${n}`;
}

describe('giving some partitions back', () => {
  const alice = 'alice';
  const partition = partitionOf(alice);
  const neighbour = ledgerOf(partition);
  const other = ledgerOf((partition + 1) % 64);

  test('waits for the commits under way, and the heir goes on after them', async () => {
    const giver = await acquire();
    const heir = await open(await database.connect('heir'));
    giver.stage(anEvent(alice));
    const committed = giver.commit();
    const giving = giver.giveBack([partition]);
    await takeAll(heir, [partition]);
    await expect(committed).resolves.toHaveLength(1);
    await giving;
    expect(heir.stage(anEvent(alice))).toMatchObject({ version: 2, position: 2 });
    expect(heir.stage(anEvent(neighbour))).toMatchObject({ version: 1, position: 3 });
    await expect(heir.commit()).resolves.toHaveLength(2);
  });

  test('refuses events for them from that moment, and takes events for the others', async () => {
    const giver = await acquire();
    giver.stage(anEvent(other));
    const giving = giver.giveBack([partition]);
    await giving;
    expect(() => giver.stage(anEvent(alice))).toThrow(/is not held by this writer/);
    giver.stage(anEvent(other));
    await expect(giver.commit()).resolves.toMatchObject([{ version: 1 }, { version: 2 }]);
    expect(giver.partitions).toEqual(every.filter((one) => one !== partition));
    expect(giver.ledgers.has(alice)).toBe(false);
    await expect(giver.check()).resolves.toBeUndefined();
  });

  test('drops what was staged for them and not committed, and nothing else', async () => {
    const giver = await acquire();
    giver.stage(anEvent(alice));
    giver.stage(anEvent(other));
    await giver.giveBack([partition]);
    await expect(giver.commit()).resolves.toMatchObject([{ ledgerId: other }]);
    expect(await giver.take([partition])).toEqual([partition]);
    expect(giver.stage(anEvent(alice))).toMatchObject({ version: 1, position: 1 });
  });

  test('can be asked for what is not held, and for everything', async () => {
    const giver = await open(database.dataSource);
    await giver.take([1, 2]);
    await giver.giveBack([3]);
    expect(giver.partitions).toEqual([1, 2]);
    await giver.giveBack([1, 2, 3]);
    expect(giver.partitions).toEqual([]);
    expect(await giver.take([2])).toEqual([2]);
  });

  test('keeps its check of the locks content all the while', async () => {
    const giver = await acquire({ lockCheckMs: 5 });
    for (let round = 0; round < 20; round += 1) {
      const checks = [giver.check(), giver.giveBack(every.slice(0, 32)), giver.check()];
      await expect(Promise.all(checks)).resolves.toHaveLength(3);
      await giver.take(every);
    }
    expect(giver.partitions).toEqual(every);
  });

  test('is a loss when the server knows nothing of the lock', async () => {
    const giver = await acquire({ lockCheckMs: 60_000 });
    const session = Reflect.get(giver, 'client') as { query(text: string): Promise<unknown> };
    await session.query('SELECT pg_advisory_unlock_all()');
    await expect(giver.giveBack([1])).rejects.toMatchObject({ reason: 'lock-lost' });
    expect(await giver.failed).toMatchObject({ reason: 'lock-lost' });
  });

  test('is refused after the end', async () => {
    const giver = await acquire();
    await giver.release();
    await expect(giver.giveBack([1])).rejects.toThrow(WriterReleasedError);
  });
});
