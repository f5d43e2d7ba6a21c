import { CommandLoop, type CommandLoopParts } from './command-loop';
import { CommandQueue } from './command-queue';
import type { LoopCommand } from './loop-command';

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

function deferred(): Deferred {
  let settle: Omit<Deferred, 'promise'> = { resolve: () => undefined, reject: () => undefined };
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const command: LoopCommand = { kind: 'expire-due' };

function scene(over: Partial<CommandLoopParts> = {}) {
  const queue = new CommandQueue<LoopCommand>(100);
  const commits: Deferred[] = [];
  const batches: number[] = [];
  const released: number[] = [];
  let decided = 0;
  const loop = new CommandLoop({
    queue,
    commit: () => {
      const commit = deferred();
      commits.push(commit);
      return commit.promise;
    },
    recall: () => Promise.resolve(),
    decide: (_command, _nowMs, effects) => {
      const number = ++decided;
      effects.afterwards(() => released.push(number));
    },
    decided: () => undefined,
    send: () => undefined,
    clock: () => 0,
    batchCommands: 2,
    committed: (commands) => batches.push(commands),
    ...over,
  });
  return { queue, commits, released, batches, loop, decidedCount: () => decided };
}

describe('CommandLoop', () => {
  it('lets no answer leave before its commit', async () => {
    const { queue, commits, released, loop } = scene();
    const done = loop.run();
    queue.offer(command);
    await turn();
    expect(released).toEqual([]);
    commits[0]?.resolve();
    await turn();
    expect(released).toEqual([1]);
    queue.close();
    await done;
  });

  it('decides the next batch while the last one commits, and no further', async () => {
    const { queue, commits, loop, decidedCount } = scene();
    const done = loop.run();
    for (let i = 0; i < 6; i++) queue.offer(command);
    await turn();
    expect(decidedCount()).toBe(4);
    commits[0]?.resolve();
    await turn();
    expect(decidedCount()).toBe(6);
    for (const commit of commits) commit.resolve();
    queue.close();
    await turn();
    for (const commit of commits) commit.resolve();
    await done;
  });

  it('releases batches in order, even when a later commit ends first', async () => {
    const { queue, commits, released, loop } = scene();
    const done = loop.run();
    for (let i = 0; i < 4; i++) queue.offer(command);
    await turn();
    commits[1]?.resolve();
    await turn();
    expect(released).toEqual([]);
    commits[0]?.resolve();
    await turn();
    expect(released).toEqual([1, 2, 3, 4]);
    queue.close();
    await done;
  });

  it('drops every answer of a failed append and of what was decided upon it', async () => {
    const { queue, commits, released, loop } = scene();
    const done = loop.run();
    const failed = expect(done).rejects.toThrow('fenced');
    for (let i = 0; i < 4; i++) queue.offer(command);
    await turn();
    commits[0]?.reject(new Error('fenced'));
    commits[1]?.resolve();
    await failed;
    expect(released).toEqual([]);
  });

  it('ends after what is in the queue', async () => {
    const { queue, batches, loop } = scene({ commit: () => Promise.resolve() });
    for (let i = 0; i < 5; i++) queue.offer(command);
    queue.close();
    await loop.run();
    expect(batches).toEqual([2, 2, 1]);
  });
});
