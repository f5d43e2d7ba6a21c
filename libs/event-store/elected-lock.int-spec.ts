import { logDatabase, type LogDatabase } from '../testing/log-database';
import { eventually } from '../../test/support/processes';
import { ElectedLock } from './elected-lock';

const election = { connector: 'test.causeway', name: 'rates' };

let database: LogDatabase;
let first: ElectedLock;
let second: ElectedLock;

beforeEach(async () => {
  database = await logDatabase();
  first = new ElectedLock(await database.connect('first'), election);
  second = new ElectedLock(await database.connect('second'), election);
});
afterEach(async () => {
  first.release();
  second.release();
  await database.drop();
});

async function eventuallyHeld(lock: ElectedLock): Promise<void> {
  let isHeld = false;
  void (async () => {
    while (!isHeld) isHeld = await lock.hold();
  })();
  await eventually('the lock is free', () => isHeld);
}

test('one holds it at a time, for as long as it wants', async () => {
  expect(await first.hold()).toBe(true);
  expect(await second.hold()).toBe(false);
  expect(await first.hold()).toBe(true);
  expect(await second.hold()).toBe(false);
  first.release();
  await eventuallyHeld(second);
  expect(await first.hold()).toBe(false);
});

test('whoever dies holds it no longer, and notices', async () => {
  expect(await first.hold()).toBe(true);
  await database.asSuperuser(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'first'`,
  );
  await eventuallyHeld(second);
  await expect(first.hold()).rejects.toThrow();
  expect(await first.hold()).toBe(false);
});

test('other connectors and other elections are none of its business', async () => {
  const dataSource = await database.connect('third');
  expect(await first.hold()).toBe(true);
  const others = [
    { ...election, name: 'other' },
    { ...election, connector: 'test.other' },
  ].map((other) => new ElectedLock(dataSource, other));
  for (const other of others) expect(await other.hold()).toBe(true);
  for (const other of others) other.release();
});
