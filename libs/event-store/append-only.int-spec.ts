import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';

const every = Array.from({ length: 64 }, (_, partition) => partition);
const rewriting = [
  `UPDATE ledger_events SET payload = '{}'`,
  `UPDATE ledger_events SET packet = NULL WHERE false`,
  'DELETE FROM ledger_events',
  'TRUNCATE ledger_events',
  `INSERT INTO ledger_events SELECT * FROM ledger_events
   ON CONFLICT (ledger_id, version) DO UPDATE SET payload = '{}'`,
];

let database: LogDatabase;
let before: unknown;
beforeAll(async () => {
  database = await logDatabase();
  const writer = await acquirePartitions(database.dataSource, {
    partitions: every,
    connector: 'test.causeway',
  });
  writer?.stage(anEvent('alice'));
  await writer?.commit();
  await writer?.release();
  before = await database.asSuperuser('SELECT * FROM ledger_events');
});
afterEach(async () => {
  expect(await database.asSuperuser('SELECT * FROM ledger_events')).toEqual(before);
});
afterAll(() => database.drop());

test.each(rewriting)('the program has no right to: %s', async (statement) => {
  await expect(database.dataSource.query(statement)).rejects.toMatchObject({
    code: '42501',
    message: 'permission denied for table ledger_events',
  });
});

test.each(rewriting)('even the owner is refused by the table itself: %s', async (statement) => {
  await expect(database.asSuperuser(statement)).rejects.toThrow(
    /^(UPDATE|DELETE|TRUNCATE) of public\.ledger_events refused: the log is append-only$/,
  );
});

test('a session that switches triggers off is refused all the same', async () => {
  const attempt = database.asSuperuser(
    'SET session_replication_role = replica',
    'DELETE FROM ledger_events',
  );
  await expect(attempt).rejects.toThrow(/append-only/);
});

test.each([
  'ALTER TABLE ledger_events DISABLE TRIGGER ALL',
  'DROP TABLE ledger_events',
  'DROP TRIGGER ledger_events_append_only ON ledger_events',
  `UPDATE schema_migrations SET name = 'x'`,
  'CREATE TABLE intruder ()',
])('the program has no right to change the schema: %s', async (statement) => {
  const outcome: unknown = await database.dataSource
    .query(statement)
    .catch((error: unknown) => error);
  // Before PostgreSQL 15 everybody may create tables in "public"; that is not ours to forbid.
  if (outcome instanceof Error) expect(outcome).toMatchObject({ code: '42501' });
  else expect(statement).toBe('CREATE TABLE intruder ()');
});

test('the program writes everything else', async () => {
  for (const table of ['ledger_snapshots', 'checkpoints', 'connector_settings']) {
    await database.dataSource.query(`DELETE FROM ${table}`);
  }
  await database.dataSource.query('TRUNCATE ledgers, balances, transfers');
});

test.each([
  ['a ledger id with a dot', `'a.b'`, '1', '1', `'\\x${'00'.repeat(32)}'`],
  ['version 0', `'bob'`, '0', '1', `'\\x${'00'.repeat(32)}'`],
  ['position 0', `'bob'`, '1', '0', `'\\x${'00'.repeat(32)}'`],
  ['a short hash', `'bob'`, '1', '1', `'\\x${'00'.repeat(31)}'`],
])('the table refuses %s, whoever writes it', async (_, ledgerId, version, position, hash) => {
  const insert = `
    INSERT INTO ledger_events VALUES (${ledgerId}, ${version}, 0, ${position}, 'X', 1, NULL, now(),
      '{}', NULL, NULL, ${hash}, '\\x${'00'.repeat(32)}')`;
  await expect(database.asSuperuser(insert)).rejects.toMatchObject({ code: '23514' });
});
