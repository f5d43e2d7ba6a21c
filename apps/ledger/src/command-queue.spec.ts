import { CommandQueue } from './command-queue';

describe('CommandQueue', () => {
  it('gives what came in, in order, at most as much as asked for', async () => {
    const queue = new CommandQueue<number>(10);
    for (const item of [1, 2, 3]) queue.offer(item);
    expect(await queue.take(2)).toEqual([1, 2]);
    expect(await queue.take(2)).toEqual([3]);
  });

  it('waits for the first one', async () => {
    const queue = new CommandQueue<string>(10);
    const taken = queue.take(5);
    queue.offer('late');
    expect(await taken).toEqual(['late']);
  });

  it('refuses more than its capacity', () => {
    const queue = new CommandQueue<number>(2);
    expect([1, 2, 3].map((item) => queue.offer(item))).toEqual([true, true, false]);
  });

  it('takes what its owner insists on even when it is full, but not when it is closed', async () => {
    const queue = new CommandQueue<number>(1);
    expect([queue.offer(1), queue.offer(2), queue.insist(3)]).toEqual([true, false, true]);
    queue.close();
    expect(queue.insist(4)).toBe(false);
    expect(await queue.take(5)).toEqual([1, 3]);
  });

  it('ends after what is left when closed', async () => {
    const queue = new CommandQueue<number>(2);
    queue.offer(1);
    queue.close();
    expect(queue.offer(2)).toBe(false);
    expect(await queue.take(5)).toEqual([1]);
    expect(await queue.take(5)).toEqual([]);
  });
});
