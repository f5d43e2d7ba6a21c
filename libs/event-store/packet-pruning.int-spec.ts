import { createHash, randomUUID } from 'node:crypto';
import { partitionOf } from '#contracts';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import { prunePackets } from './packet-pruning';
import type { PartitionWriter } from './partition-writer';
import { verifyLog } from './verify-log';

const DAY_MS = 86_400_000;
const PACKET = Buffer.from('an ILP packet of some length');
const every = Array.from({ length: 64 }, (_, partition) => partition);

let database: LogDatabase;
let writer: PartitionWriter;

beforeEach(async () => {
  database = await logDatabase();
  const options = { partitions: every, connector: 'test.causeway' };
  const acquired = await acquirePartitions(database.dataSource, options);
  if (acquired === undefined) throw new Error('no partition was free');
  writer = acquired;
});

afterEach(async () => {
  await writer.release();
  await database.drop();
});

/** A transfer that was prepared so long ago, and ended unless it is to stay open. */
async function transfer(ledgerId: string, daysAgo: number, isOpen = false): Promise<string> {
  const transferId = randomUUID();
  const occurredAtMs = Date.now() - daysAgo * DAY_MS;
  const packetDigest = createHash('sha256').update(PACKET).digest();
  writer.stage(anEvent(ledgerId, { transferId, occurredAtMs, packet: PACKET, packetDigest }));
  const end = { transferId, occurredAtMs, packet: null, packetDigest: null };
  if (!isOpen) writer.stage(anEvent(ledgerId, { ...end, type: 'TransferFulfilled' }));
  await writer.commit();
  return transferId;
}

const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

const keptPackets = async (): Promise<unknown[]> => {
  const rows = await database.asSuperuser(
    'SELECT transfer_id FROM ledger_events WHERE packet IS NOT NULL ORDER BY transfer_id',
  );
  return rows.map(({ transfer_id }) => transfer_id);
};

const prune = (days: number, batchEvents = 3) =>
  prunePackets(database.dataSource, {
    partitions: 64,
    endedBefore: daysAgo(days),
    by: 'carol',
    batchEvents,
  });

test('takes away the packets of transfers that ended long ago, and no others', async () => {
  for (let n = 0; n < 5; n += 1) await transfer('alice', 40);
  const stillOpen = await transfer('alice', 35, true);
  const recent = await transfer('alice', 2);
  const elsewhere = await transfer('bob', 1);
  expect(await prune(30)).toEqual({ examined: 11, packets: 5, bytes: 5 * PACKET.length });
  expect(await keptPackets()).toEqual([stillOpen, recent, elsewhere].sort());
});

test('leaves every link of the chain as it was', async () => {
  for (let n = 0; n < 4; n += 1) await transfer('alice', 40);
  await prune(30);
  const problems = [];
  for await (const problem of verifyLog(database.dataSource, { partitions: 64 })) {
    problems.push(problem);
  }
  expect(problems).toEqual([]);
});

test('goes on where it came to, and says what it did', async () => {
  await transfer('alice', 40);
  await transfer('alice', 20);
  expect((await prune(30)).packets).toBe(1);
  expect((await prune(30)).examined).toBe(0);
  expect((await prune(10)).packets).toBe(1);
  expect(
    await database.asSuperuser(
      `SELECT partition, from_position::int, to_position::int, packets::int, pruned_by
         FROM packet_prunings ORDER BY from_position`,
    ),
  ).toEqual([
    {
      partition: partitionOf('alice'),
      from_position: 1,
      to_position: 2,
      packets: 1,
      pruned_by: 'carol',
    },
    {
      partition: partitionOf('alice'),
      from_position: 3,
      to_position: 4,
      packets: 1,
      pruned_by: 'carol',
    },
  ]);
});

test('never touches what ended within the last hour, whatever is asked for', async () => {
  const fresh = await transfer('alice', 0);
  expect(await prune(-1)).toEqual({ examined: 0, packets: 0, bytes: 0 });
  expect(await keptPackets()).toEqual([fresh]);
});

test.each([
  'UPDATE ledger_events SET packet = NULL',
  `UPDATE ledger_events SET packet = 'x'`,
  `SELECT set_config('causeway.pruning', 'on', false)`,
])('nobody takes a packet away past the function, nor changes one: %s', async (statement) => {
  await transfer('alice', 40);
  const attempt = database.asSuperuser(statement, `UPDATE ledger_events SET packet = 'x'`);
  await expect(attempt).rejects.toThrow(/^UPDATE of public\.ledger_events refused/);
});

test('the program may prune by the function alone', async () => {
  await transfer('alice', 40);
  const attempt = database.dataSource.query('UPDATE ledger_events SET packet = NULL');
  await expect(attempt).rejects.toMatchObject({ code: '42501' });
  expect((await prune(30)).packets).toBe(1);
});
