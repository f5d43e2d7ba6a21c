import { ElectedTask, ElectionSilenceError } from './elected-task';

const TIMING = { everyMs: 1_000, answerWithinMs: 2_000 };
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

class ScriptedLock {
  answer: () => Promise<boolean> = () => Promise.resolve(true);
  asked = 0;
  released = 0;
  lose: () => void = () => undefined;

  hold(): Promise<boolean> {
    this.asked += 1;
    return this.answer();
  }
  release(): void {
    this.released += 1;
  }
  onLoss(listener: () => void): void {
    this.lose = listener;
  }
}

let lock: ScriptedLock;
let story: string[];
let start: () => void | Promise<void>;
let stop: () => void | Promise<void>;
let troubles: unknown[];
let task: ElectedTask;

beforeEach(() => {
  jest.useFakeTimers();
  lock = new ScriptedLock();
  story = [];
  troubles = [];
  start = () => void story.push('start');
  stop = () => void story.push('stop');
  task = new ElectedTask({
    lock,
    start: () => start(),
    stop: () => stop(),
    onTrouble: (error) => troubles.push(error),
    timing: TIMING,
  });
});

afterEach(async () => {
  lock.answer = () => Promise.resolve(false);
  const ended = task.end();
  await pass(0);
  await ended;
  jest.useRealTimers();
});

test('starts once when elected, however often the lock is made sure of', async () => {
  lock.answer = () => Promise.resolve(false);
  task.begin();
  task.begin();
  await pass(3_000);
  expect(task.isElected).toBe(false);
  lock.answer = () => Promise.resolve(true);
  await pass(5_000);
  expect(story).toEqual(['start']);
  expect(task.isElected).toBe(true);
  expect(lock.asked).toBe(9);
});

test('stops at once when the connection breaks, and starts again when elected again', async () => {
  task.begin();
  await pass(0);
  lock.lose();
  expect(story).toEqual(['start', 'stop']);
  expect(task.isElected).toBe(false);
  await pass(1_000);
  expect(story).toEqual(['start', 'stop', 'start']);
});

test('stops when the lock is somebody else’s, or the database fails', async () => {
  task.begin();
  await pass(0);
  lock.answer = () => Promise.resolve(false);
  await pass(1_000);
  expect(story).toEqual(['start', 'stop']);
  lock.answer = () => Promise.resolve(true);
  await pass(1_000);
  lock.answer = () => Promise.reject(new Error('gone'));
  await pass(1_000);
  expect(story).toEqual(['start', 'stop', 'start', 'stop']);
  expect(troubles).toEqual([new Error('gone')]);
});

test('stops when the database says nothing, and does not ask twice at a time', async () => {
  task.begin();
  await pass(0);
  let answerLate: (held: boolean) => void = () => undefined;
  lock.answer = () => new Promise((resolve) => (answerLate = resolve));
  await pass(2_999);
  expect(story).toEqual(['start']);
  await pass(1);
  expect(story).toEqual(['start', 'stop']);
  expect(troubles).toEqual([new ElectionSilenceError(2_000)]);
  expect(lock.released).toBe(1);
  await pass(10_000);
  expect(lock.asked).toBe(2);
  lock.answer = () => Promise.resolve(true);
  answerLate(true);
  await pass(1_000);
  expect(story).toEqual(['start', 'stop', 'start']);
});

test('whose start fails is stopped, gives the lock back and tries again', async () => {
  start = () => {
    story.push('start');
    return Promise.reject(new Error('not now'));
  };
  task.begin();
  await pass(1_500);
  expect(story).toEqual(['start', 'stop', 'start', 'stop']);
  expect(lock.released).toBe(2);
  expect(troubles).toHaveLength(2);
});

test('is stopped also while it starts, and not started before it has stopped', async () => {
  let stopped: () => void = () => undefined;
  start = () => {
    story.push('start');
    return story.length > 1 ? undefined : new Promise((resolve) => setTimeout(resolve, 5_000));
  };
  stop = () => {
    story.push('stop');
    return new Promise((resolve) => (stopped = resolve));
  };
  task.begin();
  await pass(100);
  lock.lose();
  expect(story).toEqual(['start', 'stop']);
  await pass(10_000);
  expect(story).toEqual(['start', 'stop']);
  stop = () => void story.push('stop');
  stopped();
  await pass(2_000);
  expect(story).toEqual(['start', 'stop', 'start']);
});

test('ends with a stop, and lets the lock go only when that is done', async () => {
  let stopped: () => void = () => undefined;
  stop = () => {
    story.push('stop');
    return new Promise((resolve) => (stopped = resolve));
  };
  task.begin();
  await pass(0);
  const ended = task.end();
  await pass(100);
  expect(story).toEqual(['start', 'stop']);
  expect(lock.released).toBe(0);
  stopped();
  await ended;
  expect(lock.released).toBe(1);
  await pass(10_000);
  expect(lock.asked).toBe(1);
});
