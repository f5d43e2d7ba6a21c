import { randomUUID } from 'node:crypto';
import { partitionOf } from '#contracts';
import { GENESIS_HASH, verifyLink, type RecordedEvent } from '#eventsourcing';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import { EventReader } from './event-reader';

const every = Array.from({ length: 64 }, (_, partition) => partition);
const T0 = 1_800_000_000_000;

let database: LogDatabase;
let reader: EventReader;
let log: RecordedEvent[];
beforeAll(async () => {
  database = await logDatabase();
  // Batches of three, so that every longer read crosses several borders between batches.
  reader = new EventReader(database.dataSource, 3);
  const options = { partitions: every, connector: 'test.causeway' };
  const writer = await acquirePartitions(database.dataSource, options);
  log = [];
  for (let n = 0; n < 30; n += 1) {
    const event = anEvent(['alice', 'bob', 'carol'][n % 3] ?? '', { occurredAtMs: T0 + n });
    const staged = writer?.stage(event);
    if (staged !== undefined) log.push(staged);
  }
  await writer?.commit();
  await writer?.release();
});
afterAll(() => database.drop());

const of = (id: string): RecordedEvent[] => log.filter(({ ledgerId }) => ledgerId === id);
async function collect(stream: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe('by ledger', () => {
  test('the whole stream in the order of versions, ready to be verified', async () => {
    const events = await collect(reader.readLedger({ ledgerId: 'bob' }));
    expect(events).toEqual(of('bob'));
    let head = { version: 0, hash: GENESIS_HASH };
    for (const event of events) {
      expect(verifyLink(head, event)).toBeUndefined();
      head = event;
    }
  });

  test.each([
    [{ afterVersion: 4 }, [5, 6, 7, 8, 9, 10]],
    [{ afterVersion: 4, limit: 4 }, [5, 6, 7, 8]],
    [{ untilVersion: 3 }, [1, 2, 3]],
    [{ afterVersion: 2, untilVersion: 7 }, [3, 4, 5, 6, 7]],
    [{ untilMs: T0 + 3 * 4 + 1 }, [1, 2, 3, 4, 5]],
    [{ untilMs: T0 + 3 * 4 }, [1, 2, 3, 4]],
    [{ limit: 0 }, []],
    [{ afterVersion: 10 }, []],
  ])('%j', async (range, versions) => {
    const events = await collect(reader.readLedger({ ledgerId: 'bob', ...range }));
    expect(events.map(({ version }) => version)).toEqual(versions);
  });

  test('an unknown ledger has no events and no head', async () => {
    expect(await collect(reader.readLedger({ ledgerId: 'nobody' }))).toEqual([]);
    expect(await reader.ledgerHead('nobody')).toBeUndefined();
  });
});

describe('by partition', () => {
  const partition = partitionOf('alice');

  test('after a position, up to a position, at most so many', async () => {
    const read = async (range: object): Promise<number[]> =>
      (await collect(reader.readPartition({ partition, ...range }))).map(
        ({ position }) => position,
      );
    expect(await read({})).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await read({ afterPosition: 3 })).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(await read({ afterPosition: 3, untilPosition: 5 })).toEqual([4, 5]);
    expect(await read({ afterPosition: 1, limit: 5 })).toEqual([2, 3, 4, 5, 6]);
    expect(await read({ afterPosition: 10 })).toEqual([]);
  });

  test('no connection is held between two batches', async () => {
    const streams = Array.from({ length: 12 }, () => reader.readPartition({ partition }));
    // More streams than the pool has connections, all of them in the middle.
    for (const stream of streams)
      expect((await stream.next()).value).toMatchObject({ position: 1 });
    for (const stream of streams) await stream.return();
  });
});

test('ledgers, heads and partitions in use', async () => {
  expect(await reader.ledgerIds()).toEqual(['alice', 'bob', 'carol']);
  const last = of('carol').at(-1);
  expect(await reader.ledgerHead('carol')).toEqual({ version: 10, hash: last?.hash });
  const partitions = ['alice', 'bob', 'carol'].map((id) => partitionOf(id)).sort((a, b) => a - b);
  expect(await reader.partitionsInUse()).toEqual(partitions);
  const empty = every.find((partition) => !partitions.includes(partition)) ?? -1;
  const heads = await reader.partitionHeads([partitionOf('bob'), empty]);
  expect([...heads]).toEqual([
    [partitionOf('bob'), 10],
    [empty, 0],
  ]);
});

describe('recalling transfers', () => {
  const key = (event: RecordedEvent | undefined) => ({
    ledgerId: event?.ledgerId ?? '',
    transferId: event?.transferId ?? '',
  });

  test('gives all events of the asked transfers and no others, by ledger and version', async () => {
    const wanted = [of('bob')[7], of('alice')[2], of('bob')[1]];
    const recalled = await reader.recallTransfers(wanted.map(key));
    expect(recalled).toEqual([of('alice')[2], of('bob')[1], of('bob')[7]]);
  });

  test('is silent about transfers that the ledger does not know, and repeats nothing', async () => {
    const known = key(of('alice')[0]);
    const onOtherLedger = { ...known, ledgerId: 'bob' };
    const unknown = { ledgerId: 'alice', transferId: randomUUID() };
    expect(await reader.recallTransfers([unknown, known, onOtherLedger, known])).toEqual([
      of('alice')[0],
    ]);
    expect(await reader.recallTransfers([unknown])).toEqual([]);
    expect(await reader.recallTransfers([])).toEqual([]);
  });

  test('looks every key up by the index', async () => {
    const [row] = await database.asSuperuser(
      'SET enable_seqscan = off',
      `EXPLAIN (FORMAT JSON) SELECT e.* FROM
         unnest(array['alice'], array['${randomUUID()}'::uuid]) AS k (ledger_id, transfer_id)
       CROSS JOIN LATERAL (SELECT * FROM ledger_events e WHERE e.ledger_id = k.ledger_id
         AND e.transfer_id = k.transfer_id OFFSET 0) e`,
    );
    expect(JSON.stringify(row)).toContain('ledger_events_transfer_idx');
  });
});
