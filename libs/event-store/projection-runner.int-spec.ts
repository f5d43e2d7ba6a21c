import { Client } from 'pg';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import type { PartitionWriter } from './partition-writer';
import { ProjectionRunner, type Advance, type Projection } from './projection-runner';

const every = Array.from({ length: 64 }, (_, partition) => partition);

// Counting and adding up is the hardest test for "exactly once": any event that is applied twice
// or not at all shows in the sums.
const tally: Projection = {
  name: 'tally',
  tables: ['tally'],
  apply: [
    `INSERT INTO tally AS t (ledger_id, events, amount)
     SELECT ledger_id, count(*), sum((payload ->> 'amount')::numeric) FROM ledger_events
     WHERE partition = $1 AND position > $2 AND position <= $3
     GROUP BY ledger_id
     ON CONFLICT (ledger_id) DO UPDATE
     SET events = t.events + excluded.events, amount = t.amount + excluded.amount`,
  ],
};

let database: LogDatabase;
let writer: PartitionWriter;
beforeAll(async () => {
  database = await logDatabase();
  await database.asSuperuser(
    `CREATE TABLE tally (ledger_id text PRIMARY KEY, events bigint, amount numeric(39,0))`,
    'GRANT ALL ON tally TO causeway_runtime',
  );
  const options = { partitions: every, connector: 'test.causeway' };
  const acquired = await acquirePartitions(database.dataSource, options);
  if (acquired === undefined) throw new Error('no partition was free');
  writer = acquired;
});
afterAll(async () => {
  await writer.release();
  await database.drop();
});
beforeEach(() => database.asSuperuser('TRUNCATE tally, checkpoints'));

async function append(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1)
    writer.stage(anEvent(`ledger-${n % 10}`, { payload: { amount: '3' } }));
  await writer.commit();
}

async function expectTallyOfWholeLog(): Promise<void> {
  const [sums] = await database.asSuperuser(
    `SELECT (SELECT count(*) FROM ledger_events) = (SELECT sum(events) FROM tally) AS counted,
            (SELECT 3 * count(*) FROM ledger_events) = (SELECT sum(amount) FROM tally) AS added`,
  );
  expect(sums).toEqual({ counted: true, added: true });
}

test('follows the log in batches and reports how far behind it is', async () => {
  await append(100);
  const runner = new ProjectionRunner(database.dataSource, {
    projection: tally,
    partitions: 64,
    batchEvents: 4,
  });
  const total = await runner.lag();
  expect(total).toBeGreaterThanOrEqual(100);
  const first = await runner.advance();
  expect(first.applied).toBeGreaterThan(0);
  expect(first.lag).toBe(total - first.applied);
  await runner.catchUp();
  expect(await runner.lag()).toBe(0);
  expect(await runner.advance()).toEqual({ applied: 0, lag: 0 });
  await expectTallyOfWholeLog();
});

test('a crash in the middle of a step leaves neither rows nor checkpoint behind', async () => {
  await append(40);
  const crashing: Projection = {
    ...tally,
    apply: [...tally.apply, 'SELECT 1 / (0 * ($1::int + $2::int + $3::int))'],
  };
  const options = { partitions: 64, batchEvents: 3 };
  const broken = new ProjectionRunner(database.dataSource, { ...options, projection: crashing });
  await expect(broken.advance()).rejects.toThrow(/division by zero/);
  expect(await database.asSuperuser('SELECT * FROM tally')).toEqual([]);
  expect(await database.asSuperuser('SELECT * FROM checkpoints WHERE position > 0')).toEqual([]);

  await new ProjectionRunner(database.dataSource, { ...options, projection: tally }).catchUp();
  await expectTallyOfWholeLog();
});

test('two runners at the same time apply every event once between them', async () => {
  await append(500);
  const rival = await database.connect('rival');
  const runners = [database.dataSource, rival].map(
    (dataSource) =>
      new ProjectionRunner(dataSource, { projection: tally, partitions: 64, batchEvents: 5 }),
  );
  await Promise.all(runners.map((runner) => runner.catchUp()));
  await expectTallyOfWholeLog();
});

test('rebuilding while others run ends with the same rows', async () => {
  await append(200);
  const rival = await database.connect('rival');
  const options = { projection: tally, partitions: 64, batchEvents: 5 };
  const runners = [database.dataSource, rival].map((one) => new ProjectionRunner(one, options));
  await runners[0]?.catchUp();
  await database.asSuperuser('UPDATE tally SET events = events + 1');
  await Promise.all([runners[0]?.rebuild(), runners[1]?.rebuild(), runners[1]?.catchUp()]);
  await runners[0]?.catchUp();
  await expectTallyOfWholeLog();
});

test('rebuilding waits for a step that is under way instead of locking horns with it', async () => {
  const gate = 4_711;
  const gated: Projection = {
    ...tally,
    apply: [
      `SELECT pg_advisory_xact_lock(${gate} + 0 * ($1::int + $2::int + $3::int))`,
      ...tally.apply,
    ],
  };
  await append(10);
  const runner = new ProjectionRunner(database.dataSource, { projection: gated, partitions: 64 });
  await runner.catchUp();
  await append(10);
  const keeper = new Client({ connectionString: database.url });
  await keeper.connect();
  await keeper.query(`SELECT pg_advisory_lock(${gate})`);
  const waitingFor = async (count: number): Promise<void> => {
    const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    while ((await database.asSuperuser(waiting)).length < count) {
      await new Promise((ok) => setTimeout(ok, 10));
    }
  };
  const step = runner.advance();
  await waitingFor(1);
  const rebuilding = runner.rebuild();
  await waitingFor(2);
  await keeper.end();
  await Promise.all([step, rebuilding]);
  await expectTallyOfWholeLog();
});

test('following goes on after trouble and ends with the signal', async () => {
  const abort = new AbortController();
  const advances: Advance[] = [];
  const trouble: unknown[] = [];
  const runner = new ProjectionRunner(database.dataSource, { projection: tally, partitions: 64 });
  await database.asSuperuser('ALTER TABLE tally RENAME TO hidden');
  const following = runner.follow({
    signal: abort.signal,
    intervalMs: 10,
    onAdvance: (advance) => advances.push(advance),
    onTrouble: (error) => trouble.push(error),
  });
  await append(10);
  while (trouble.length === 0) await new Promise((ok) => setTimeout(ok, 5));
  await database.asSuperuser('ALTER TABLE hidden RENAME TO tally');
  while (advances.at(-1)?.lag !== 0) await new Promise((ok) => setTimeout(ok, 5));
  abort.abort();
  await following;
  await expectTallyOfWholeLog();
});
