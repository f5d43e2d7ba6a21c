import type { BroadcastMemory } from '#domain/routing';
import { type KeyValueListener, RevisionConflictError } from '#messaging';
import { ClosedMemoriesError, ToldMemories } from './told-memories';

/** A bucket of which every write can be made to fail. */
class Bucket {
  readonly values = new Map<string, Buffer>();
  readonly written: string[] = [];
  failsFrom = Infinity;
  isSilent = false;
  private revision = 0;
  private readonly revisions = new Map<string, number>();
  private listener: KeyValueListener | undefined;

  put(key: string, value: Buffer, expected?: number): Promise<number> {
    if (this.written.length >= this.failsFrom) return Promise.reject(new Error('no bucket'));
    if (this.isOther(key, expected))
      return Promise.reject(new RevisionConflictError(key, expected));
    this.written.push(key);
    this.values.set(key, value);
    this.revisions.set(key, (this.revision += 1));
    this.listener?.onPut(key, value, this.revision);
    return Promise.resolve(this.revision);
  }

  delete(key: string, expected?: number): Promise<number> {
    if (this.written.length >= this.failsFrom) return Promise.reject(new Error('no bucket'));
    if (this.isOther(key, expected))
      return Promise.reject(new RevisionConflictError(key, expected));
    this.written.push(key);
    this.values.delete(key);
    this.revisions.set(key, (this.revision += 1));
    this.listener?.onDelete(key, this.revision);
    return Promise.resolve(this.revision);
  }

  private isOther(key: string, expected: number | undefined): expected is number {
    return expected !== undefined && expected !== (this.revisions.get(key) ?? 0);
  }

  lose(): void {
    this.values.clear();
    this.revisions.clear();
    this.listener?.onReset();
  }

  watch(_prefix: string, listener: KeyValueListener): never {
    this.listener = listener;
    for (const [key, value] of this.values) {
      listener.onPut(key, value, this.revisions.get(key) ?? 0);
    }
    const caughtUp = this.isSilent ? new Promise<void>(() => undefined) : Promise.resolve();
    // Of a watch nothing else is used.
    return { caughtUp, stop: () => Promise.resolve() } as never;
  }
}

const memory = (told: BroadcastMemory['told'], more: Partial<BroadcastMemory> = {}) => ({
  version: 1 as const,
  dialect: { inUse: 'v21' as const, isSettled: true, isTrial: false },
  isFullOwed: false,
  isOwedAtOnce: false,
  isRequestOwed: false,
  sessionId: 'one',
  lastSentAtMs: 5,
  told,
  ...more,
});

const TOLD: [string, string][] = Array.from({ length: 600 }, (_, n) => [`g.${n}.`, `d${n}`]);
const sorted = (told: BroadcastMemory['told'] = []) => [...told].sort();

let bucket: Bucket;

beforeEach(() => {
  bucket = new Bucket();
});

async function kept(): Promise<ReadonlyMap<string, BroadcastMemory>> {
  return new ToldMemories(bucket).open();
}

test('what was kept is there for whoever comes next, peer by peer', async () => {
  const memories = new ToldMemories(bucket);
  expect(await memories.open()).toEqual(new Map());
  await memories.keep('alice', memory(TOLD), 'everything');
  await memories.keep('bob', memory([['g.x.', '']]), 'everything');
  const read = await kept();
  expect(sorted(read.get('alice')?.told)).toEqual(sorted(TOLD));
  expect({ ...read.get('alice'), told: [] }).toEqual(memory([]));
  expect(read.get('bob')).toEqual(memory([['g.x.', '']]));
});

test('only what has changed is written', async () => {
  const memories = new ToldMemories(bucket);
  await memories.open();
  await memories.keep('alice', memory(TOLD), 'everything');
  bucket.written.length = 0;
  const changed = TOLD.map(([key, digest], n): [string, string] => [key, n === 0 ? 'x' : digest]);
  await memories.keep('alice', memory(changed.reverse()), 'everything');
  expect(bucket.written).toHaveLength(1);
  await memories.keep('alice', memory([], { lastSentAtMs: 6 }), 'all-but-routes');
  expect(bucket.written.slice(1)).toEqual(['alice.head']);
  expect(sorted((await kept()).get('alice')?.told)).toEqual(sorted(changed));
});

test.each([0, 1, 50, 100])(
  'after %s of its writes, a memory lacks nothing told',
  async (writes) => {
    const memories = new ToldMemories(bucket);
    await memories.open();
    await memories.keep('alice', memory(TOLD.slice(0, 300)), 'everything');
    bucket.failsFrom = bucket.written.length + writes;
    const next = memory(TOLD, { isFullOwed: true });
    await expect(memories.keep('alice', next, 'everything')).rejects.toThrow('no bucket');
    bucket.failsFrom = Infinity;
    const known = new Set((await kept()).get('alice')?.told.map(([key]) => key));
    expect(TOLD.slice(0, 300).filter(([key]) => !known.has(key))).toEqual([]);
    await memories.keep('alice', next, 'everything');
    expect(sorted((await kept()).get('alice')?.told)).toEqual(sorted(TOLD));
  },
);

test('when the bucket is lost, all is kept again with the next word, also where that is short', async () => {
  const memories = new ToldMemories(bucket);
  await memories.open();
  await memories.keep('alice', memory(TOLD), 'everything');
  bucket.lose();
  await memories.keep('alice', memory(TOLD), 'all-but-routes');
  expect(sorted((await kept()).get('alice')?.told)).toEqual(sorted(TOLD));
});

test('of a peer that is forgotten nothing is left', async () => {
  const memories = new ToldMemories(bucket);
  await memories.open();
  await memories.keep('alice', memory(TOLD), 'everything');
  await memories.forget('alice');
  expect(bucket.values.size).toBe(0);
});

test('a peer that is there again before it is forgotten altogether is remembered', async () => {
  const memories = new ToldMemories(bucket);
  await memories.open();
  await memories.keep('alice', memory(TOLD), 'everything');
  const again = memory(TOLD.slice(0, 200), { sessionId: 'again' });
  await Promise.all([memories.forget('alice'), memories.keep('alice', again, 'everything')]);
  const read = await kept();
  expect(sorted(read.get('alice')?.told)).toEqual(sorted(again.told));
  expect(read.get('alice')?.sessionId).toBe('again');
});

test('what another process has kept of a peer since is not forgotten', async () => {
  const [one, other] = [new ToldMemories(bucket), new ToldMemories(bucket)];
  await one.open();
  await one.keep('alice', memory(TOLD), 'everything');
  // From here on only the other one hears of changes.
  await other.open();
  const again = memory(TOLD.map(([key]) => [key, 'again']));
  await other.keep('alice', again, 'everything');
  await one.forget('alice');
  expect(sorted((await kept()).get('alice')?.told)).toEqual(sorted(again.told));
});

test('what another process has kept of a peer since is not overwritten', async () => {
  const [paused, successor] = [new ToldMemories(bucket), new ToldMemories(bucket)];
  await paused.open();
  await paused.keep('alice', memory(TOLD.slice(0, 300)), 'everything');
  // From here on only the successor hears of changes.
  await successor.open();
  await successor.keep('alice', memory(TOLD, { sessionId: 'successor' }), 'everything');
  const late = memory(TOLD.slice(0, 200), { sessionId: 'late' });
  await expect(paused.keep('alice', late, 'everything')).rejects.toThrow(RevisionConflictError);
  await expect(paused.keep('alice', late, 'all-but-routes')).rejects.toThrow(RevisionConflictError);
  const read = (await kept()).get('alice');
  const known = new Set(read?.told.map(([key]) => key));
  expect(TOLD.slice(300).filter(([key]) => !known.has(key))).toEqual([]);
  expect(read?.sessionId).toBe('successor');
});

test('whoever has seen what another process kept meanwhile writes over it', async () => {
  const [paused, successor] = [new ToldMemories(bucket), new ToldMemories(bucket)];
  await paused.open();
  await paused.keep('alice', memory(TOLD), 'everything');
  await successor.open();
  await paused.keep('alice', memory(TOLD.slice(0, 300)), 'everything');
  const next = memory(TOLD, { sessionId: 'next' });
  await successor.keep('alice', next, 'everything');
  const read = (await kept()).get('alice');
  expect(sorted(read?.told)).toEqual(sorted(TOLD));
  expect(read?.sessionId).toBe('next');
});

test('a bucket that was lost is filled again by what is known', async () => {
  const memories = new ToldMemories(bucket);
  await memories.open();
  await memories.keep('alice', memory(TOLD), 'everything');
  bucket.lose();
  await memories.keep('alice', memory(TOLD), 'everything');
  expect(sorted((await kept()).get('alice')?.told)).toEqual(sorted(TOLD));
});

test('where the head is lost or cannot be read, everything is owed and nothing forgotten', async () => {
  const memories = new ToldMemories(bucket);
  await memories.open();
  await memories.keep('alice', memory(TOLD), 'everything');
  for (const head of [undefined, Buffer.from('{'), Buffer.from('{"version":2}')]) {
    if (head === undefined) bucket.values.delete('alice.head');
    else bucket.values.set('alice.head', head);
    const read = (await kept()).get('alice');
    expect(read).toMatchObject({ isFullOwed: true });
    expect(read?.told).toHaveLength(600);
  }
});

test('nobody waits for a bucket that says nothing', async () => {
  bucket.isSilent = true;
  const memories = new ToldMemories(bucket);
  const opening = memories.open();
  // Heard of later than it happens.
  opening.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  await memories.close();
  await expect(opening).rejects.toThrow(ClosedMemoriesError);
});
