import { CONNECTOR_STREAM } from '#contracts';
import { canonicalJson, verifyLink, type RecordedEvent } from '#eventsourcing';
import { MIGRATIONS } from '../../migrations';
import { AddConnectorStream1795306080000 } from '../../migrations/1795306080000-add-connector-stream';
import { logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import { ConnectorLog, type NewConnectorEvent } from './connector-log';
import { UnstorableEventError } from './event-store-errors';
import { revertLastMigration } from './migrate';
import { verifyLog } from './verify-log';

const identity = { connector: 'test.causeway', partitions: 64 };
const everyPartition = Array.from({ length: 64 }, (_, partition) => partition);

let database: LogDatabase;
let log: ConnectorLog;
beforeEach(async () => {
  database = await logDatabase();
  log = new ConnectorLog(database.dataSource, identity);
});
afterEach(() => database.drop());

const named = (name: string, type = 'PeerAdded'): NewConnectorEvent => ({
  type,
  schemaVersion: 1,
  occurredAtMs: 1_800_000_000_000,
  payload: canonicalJson({ name }),
});

const ordered = (name: string, by: string, type?: string): NewConnectorEvent => ({
  ...named(name, type),
  payload: canonicalJson({ name, by }),
});

const append = (...events: NewConnectorEvent[]) =>
  log.append(() => Promise.resolve({ events, result: 'done' }));

const nameOf = ({ payload }: RecordedEvent): unknown =>
  (JSON.parse(payload) as { name: unknown }).name;

test('what is appended is read as it was written, chained, its position its version', async () => {
  const first = await append(named('one'), named('two'));
  expect(first).toMatchObject({ result: 'done', version: 2 });
  const second = await append(named('three'));
  expect(second.version).toBe(3);

  const events = await log.read();
  expect(events).toEqual([...first.events, ...second.events]);
  expect(events.map(nameOf)).toEqual(['one', 'two', 'three']);
  for (const [index, event] of events.entries()) {
    const before = events[index - 1] ?? { version: 0, hash: Buffer.alloc(32) };
    expect(verifyLink(before, event)).toBeUndefined();
    expect(event).toMatchObject({
      ledgerId: CONNECTOR_STREAM,
      partition: 64,
      position: index + 1,
      version: index + 1,
    });
  }
});

test('a read begins after a version, and may be of some types and of so many', async () => {
  await append(named('a'), named('b', 'RatesChanged'), named('c'), named('d', 'PeerRemoved'));
  const names = async (range: Parameters<ConnectorLog['read']>[0]) =>
    (await log.read(range)).map(nameOf);
  expect(await names({ afterVersion: 1 })).toEqual(['b', 'c', 'd']);
  expect(await names({ types: ['PeerAdded', 'PeerRemoved'] })).toEqual(['a', 'c', 'd']);
  expect(await names({ types: ['PeerAdded'], afterVersion: 1, limit: 5 })).toEqual(['c']);
  expect(await names({ limit: 2 })).toEqual(['a', 'b']);
  expect(await names({ afterVersion: 4 })).toEqual([]);
});

test('a read may be of one who ordered, and of the newest first', async () => {
  await append(ordered('a', 'carol'), ordered('b', "o'hara"), ordered('c', 'carol', 'RatesSet'));
  await append(named('d'), ordered('e', 'carol'));
  const names = async (range: Parameters<ConnectorLog['read']>[0]) =>
    (await log.read(range)).map(nameOf);
  expect(await names({ by: 'carol' })).toEqual(['a', 'c', 'e']);
  expect(await names({ by: "o'hara" })).toEqual(['b']);
  expect(await names({ newestFirst: true, limit: 2 })).toEqual(['e', 'd']);
  expect(await names({ newestFirst: true, afterVersion: 3 })).toEqual(['e', 'd']);
  const last = { types: ['PeerAdded'], by: 'carol', newestFirst: true, limit: 1 };
  expect(await names(last)).toEqual(['e']);
  expect(await names({ ...last, types: ['RatesSet'] })).toEqual(['c']);
  expect(await names({ ...last, by: 'dave' })).toEqual([]);
});

test('decisions of several processes stand in one line, none on an old version', async () => {
  const others = await Promise.all(
    ['other-1', 'other-2'].map(
      async (name) => new ConnectorLog(await database.connect(name), identity),
    ),
  );
  const decideOnce = (by: ConnectorLog, name: string) =>
    by.append(async (transaction) => {
      const taken = (await transaction.read()).some((event) => nameOf(event) === name);
      return { events: taken ? [] : [named(name)], result: !taken };
    });
  const wishes = Array.from({ length: 30 }, (_, wish) =>
    decideOnce(others[wish % 2] ?? log, `peer-${wish % 10}`),
  );
  const outcomes = await Promise.all(wishes);
  expect(outcomes.filter(({ result }) => result)).toHaveLength(10);
  const events = await log.read();
  expect(new Set(events.map(nameOf)).size).toBe(10);
  expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('whoever decides is alone: another one waits for the commit', async () => {
  const other = new ConnectorLog(await database.connect('other'), identity);
  let waiting: Promise<unknown> | undefined;
  const order: string[] = [];
  await log.append(async () => {
    waiting = other.append(({ version }) => {
      order.push(`other sees ${version}`);
      return Promise.resolve({ events: [], result: undefined });
    });
    // The other one has asked for the lock and stands in line.
    for (;;) {
      const rows = await database.asSuperuser(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
      );
      if (rows.length > 0) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    order.push('first decides');
    return { events: [named('one')], result: undefined };
  });
  await waiting;
  expect(order).toEqual(['first decides', 'other sees 1']);
});

test('rows beside the events come with them or not at all', async () => {
  const keep = (fails: boolean) =>
    log.append(async (transaction) => {
      await transaction.execute({
        text: 'INSERT INTO peer_credentials (peer_id, token) VALUES ($1, $2)',
        values: [fails ? 'never' : 'kept', 'secret'],
      });
      if (fails) throw new Error('changed my mind');
      return { events: [named('kept')], result: undefined };
    });
  await expect(keep(true)).rejects.toThrow('changed my mind');
  await keep(false);
  expect(await log.read()).toHaveLength(1);
  const rows = await log.look(({ rows }) => rows({ text: 'SELECT peer_id FROM peer_credentials' }));
  expect(rows).toEqual([['kept']]);
});

test('a look shows stream and rows as of one moment, and writes nothing', async () => {
  await append(named('one'));
  const seen = await log.look(async (transaction) => {
    await append(named('two'));
    return (await transaction.read()).length === transaction.version;
  });
  expect(seen).toBe(true);
  const attempt = log.look(({ execute }) => execute({ text: 'DELETE FROM peer_credentials' }));
  await expect(attempt).rejects.toMatchObject({ code: '25006' });
});

test('what cannot be stored is refused, and nothing else of the decision is kept', async () => {
  const unstorable = { ...named('x'), payload: '{"name":"\\u0000"}' };
  await expect(append(named('first'), unstorable)).rejects.toBeInstanceOf(UnstorableEventError);
  expect(await log.read()).toEqual([]);
});

test('the stream stands beside ledgers whose owner knows nothing of it, and the log verifies', async () => {
  const writer = await acquirePartitions(database.dataSource, {
    partitions: everyPartition,
    connector: identity.connector,
  });
  await append(named('one'));
  await writer?.check();
  await writer?.release();
  await append(named('two'));
  const verified = verifyLog(database.dataSource, { partitions: 64 });
  expect(await verified.next()).toEqual({
    done: true,
    value: { events: 2, ledgers: 1, problems: 0 },
  });
});

test.each([
  `UPDATE ledger_events SET payload = '{}' WHERE ledger_id = '_connector'`,
  `DELETE FROM ledger_events WHERE ledger_id = '_connector'`,
])('nobody rewrites it: %s', async (statement) => {
  await append(named('one'));
  await expect(database.dataSource.query(statement)).rejects.toMatchObject({ code: '42501' });
  await expect(database.asSuperuser(statement)).rejects.toThrow(/append-only/);
  expect(await log.read()).toHaveLength(1);
});

test.each(['_ledger', '_connector2', 'a_b'])('the table refuses the stream %s', async (id) => {
  const insert = `
    INSERT INTO ledger_events VALUES ('${id}', 1, 64, 1, 'X', 1, NULL, now(), '{}', NULL, NULL,
      '\\x${'00'.repeat(32)}', '\\x${'00'.repeat(32)}')`;
  await expect(database.asSuperuser(insert)).rejects.toMatchObject({ code: '23514' });
});

test('its migration is not taken back once the stream holds events', async () => {
  const above = MIGRATIONS.length - 1 - MIGRATIONS.indexOf(AddConnectorStream1795306080000);
  for (let n = 0; n < above; n += 1) await revertLastMigration(database.url);
  await append(named('one'));
  await expect(revertLastMigration(database.url)).rejects.toThrow(/holds events of the connector/);
  expect(await log.read()).toHaveLength(1);
});
