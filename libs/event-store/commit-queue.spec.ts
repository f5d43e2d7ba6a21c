import { CommitQueue } from './commit-queue';

/** A log whose appends end when the test says so. */
function manualLog(itemsMax = 100) {
  const appends: { items: readonly number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const queue = new CommitQueue<number>({
    append: (items) =>
      new Promise((end, fail) => {
        appends.push({ items, end, fail });
      }),
    onFailure: (error) => new Error(`dead: ${String(error)}`),
    itemsMax,
  });
  return { queue, appends };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one append is under way at most; what is asked for meanwhile goes together', async () => {
  const { queue, appends } = manualLog();
  const commits = [queue.push([1]), queue.push([2, 3]), queue.push([4])];
  await turn();
  expect(appends.map(({ items }) => items)).toEqual([[1]]);
  appends[0]?.end();
  await turn();
  expect(appends.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
  appends[1]?.end();
  expect(await Promise.all(commits)).toEqual([[1], [2, 3], [4]]);
});

test('a group ends before the limit; one commit beyond it goes alone and whole', async () => {
  const { queue, appends } = manualLog(3);
  const commits = [[1], [2, 3], [4], [5, 6, 7, 8], [9]].map((items) => queue.push(items));
  for (let n = 0; n < 4; n += 1) {
    await turn();
    appends[n]?.end();
  }
  await Promise.all(commits);
  expect(appends.map(({ items }) => items)).toEqual([[1], [2, 3, 4], [5, 6, 7, 8], [9]]);
});

test('the next append is on its way before anybody hears of the last one', async () => {
  const { queue, appends } = manualLog();
  const heard = queue.push([1]).then(() => appends.length);
  void queue.push([2]);
  appends[0]?.end();
  expect(await heard).toBe(2);
});

test('a commit of nothing resolves after those before it and appends nothing', async () => {
  const { queue, appends } = manualLog();
  const order: string[] = [];
  const first = queue.push([1]).then(() => order.push('first'));
  const barrier = queue.push([]).then(() => order.push('barrier'));
  appends[0]?.end();
  await Promise.all([first, barrier]);
  expect(order).toEqual(['first', 'barrier']);
  expect(appends).toHaveLength(1);
  await expect(queue.push([])).resolves.toEqual([]);
});

test('after a failure everybody who waits hears of it, and nothing is tried again', async () => {
  const { queue, appends } = manualLog();
  const commits = [queue.push([1]), queue.push([2]), queue.push([])];
  appends[0]?.fail(new Error('disk'));
  for (const commit of commits) await expect(commit).rejects.toThrow('dead: Error: disk');
  await expect(queue.push([3])).rejects.toThrow('dead');
  expect(appends).toHaveLength(1);
});

test('closing refuses what is under way, and a late success changes nothing', async () => {
  const { queue, appends } = manualLog();
  const commits = [queue.push([1]), queue.push([2])];
  queue.close(new Error('lost'));
  queue.close(new Error('lost again'));
  for (const commit of commits) await expect(commit).rejects.toThrow(/^lost$/);
  appends[0]?.end();
  await turn();
  expect(appends).toHaveLength(1);
});

test('is drained when nothing waits, be it durable or refused', async () => {
  const { queue, appends } = manualLog();
  await expect(queue.whenDrained()).resolves.toBeUndefined();
  const commits = [queue.push([1]), queue.push([2])];
  let drained = false;
  const whenDrained = queue.whenDrained().then(() => (drained = true));
  appends[0]?.end();
  await turn();
  expect(drained).toBe(false);
  appends[1]?.end();
  await whenDrained;
  await Promise.all(commits);

  const refused = queue.push([3]);
  const afterwards = queue.whenDrained();
  queue.close(new Error('lost'));
  await expect(refused).rejects.toThrow('lost');
  await expect(afterwards).resolves.toBeUndefined();
});
