import { logDatabase, type LogDatabase } from '../testing/log-database';
import { eventually } from '../../test/support/processes';
import { ElectedLock } from './elected-lock';
import { ElectedTask } from './elected-task';

const TIMING = { everyMs: 50, answerWithinMs: 30_000 };

let database: LogDatabase;
let tasks: ElectedTask[];
let story: string[];
let probe: ElectedLock | undefined;

beforeEach(async () => {
  database = await logDatabase();
  tasks = [];
  story = [];
});
afterEach(async () => {
  probe?.release();
  probe = undefined;
  for (const task of tasks) await task.end();
  await database.drop();
});

async function candidate(name: string): Promise<ElectedTask> {
  const dataSource = await database.connect(name);
  const task = new ElectedTask({
    lock: new ElectedLock(dataSource, { connector: 'test.causeway', name: 'broadcasts' }),
    start: () => void story.push(`${name} starts`),
    stop: () => void story.push(`${name} stops`),
    timing: TIMING,
  });
  tasks.push(task);
  task.begin();
  return task;
}

const cut = (name: string): Promise<unknown> =>
  database.asSuperuser(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}'`,
  );

test('one at a time is at work, and the next one follows when it ends', async () => {
  const first = await candidate('first');
  await eventually('the first is elected', () => first.isElected);
  const second = await candidate('second');
  await first.end();
  await eventually('the second is elected', () => second.isElected);
  expect(story).toEqual(['first starts', 'first stops', 'second starts']);
});

test('whoever loses its connection stops, and somebody is at work again', async () => {
  const first = await candidate('first');
  await eventually('the first is elected', () => first.isElected);
  await candidate('second');
  await cut('first');
  await eventually('the first has stopped', () => story.includes('first stops'));
  await eventually('somebody is elected', () => tasks.some(({ isElected }) => isElected));
  expect(tasks.filter(({ isElected }) => isElected)).toHaveLength(1);
});

test('the loss is noticed at once, not when the lock is made sure of', async () => {
  const lock = new ElectedLock(await database.connect('idle'), {
    connector: 'test.causeway',
    name: 'broadcasts',
  });
  probe = lock;
  let losses = 0;
  lock.onLoss(() => (losses += 1));
  expect(await lock.hold()).toBe(true);
  await cut('idle');
  await eventually('the loss', () => losses === 1);
  await expect(lock.hold()).rejects.toThrow();
  expect(await lock.hold()).toBe(true);
  expect(losses).toBe(1);
});
