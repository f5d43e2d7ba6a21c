import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { MemoryBucket } from './test/memory-bucket';
import { described, OneProcess } from './test/one-process';

const GRACE_MS = 3_000;
const LIMITS = {
  routesPerPeer: 1_000,
  routeBytesPerPeer: 1_000_000,
  routeDetailsPerPeer: 10_000,
};

let nowMs: number;
let bucket: MemoryBucket;
let made: OneProcess;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  nowMs = 1_000_000;
  bucket = new MemoryBucket();
  made = new OneProcess(bucket, () => nowMs, { sessionGraceMs: GRACE_MS });
  made.open(described('a'), described('b'));
  await settled();
  await tell('test.x.');
});

afterEach(async () => {
  await made.routes.stop();
  jest.useRealTimers();
});

async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await turn();
}

async function pass(ms: number): Promise<void> {
  nowMs += ms;
  jest.advanceTimersByTime(ms);
  await settled();
}

async function tell(destinationLedger: string, by = made): Promise<void> {
  const names = { sourceLedger: 'test.b.', sourceAccount: 'test.b.peer' };
  const newRoutes = [{ ...names, destinationLedger, minMessageWindowS: 1, paths: [[]] }];
  const empty = { unreachable: [], skipped: [], requestFullTable: false, showsV21: false };
  const update = { holdDownMs: 45_000, newRoutes, ...empty };
  const store = by.routes.store(LIMITS, by === made ? 'one' : 'other');
  const taken = store.take({ peerId: 'b', update, untilMs: nowMs + 1 });
  await settled();
  await taken;
}

const isLearnt = (): boolean => made.routes.tables.countLearntOn('b') > 0;

describe('the routes of a peer that could not be told ours', () => {
  it('are forgotten when it does not come back at once', async () => {
    made.disconnect('b');
    await made.routes.forgetUnlessBack('b');
    await pass(GRACE_MS - 1);
    expect(isLearnt()).toBe(true);
    await pass(1);
    expect(isLearnt()).toBe(false);
  });

  it('are forgotten also when the end of its session is heard later', async () => {
    await made.routes.forgetUnlessBack('b');
    made.disconnect('b');
    await pass(GRACE_MS);
    expect(isLearnt()).toBe(false);
  });

  it('stay when it has another session before', async () => {
    made.disconnect('b');
    await made.routes.forgetUnlessBack('b');
    await pass(GRACE_MS - 1);
    made.connect('b');
    await pass(GRACE_MS);
    made.disconnect('b');
    await pass(GRACE_MS);
    expect(isLearnt()).toBe(true);
  });

  it('are forgotten at once when it has been away for longer', async () => {
    made.disconnect('b');
    await pass(GRACE_MS);
    await made.routes.forgetUnlessBack('b');
    await settled();
    expect(isLearnt()).toBe(false);
  });
});

describe('what is kept of a peer', () => {
  it('can be taken away, in all processes', async () => {
    const other = new OneProcess(bucket, () => nowMs);
    other.open(described('a'), described('b'));
    await settled();
    expect(made.routes.kept().map(({ peerId }) => peerId)).toEqual(['b']);
    for (const kept of made.routes.kept()) expect(await made.routes.drop(kept)).toBe(true);
    await settled();
    expect(bucket.keys()).toEqual([]);
    expect(made.routes.kept()).toEqual([]);
    expect([made, other].map(({ routes }) => routes.tables.countLearntOn('b'))).toEqual([0, 0]);
    await other.routes.stop();
  });

  it('is taken away also where only its routes are left', async () => {
    await made.routes.forget('b');
    await settled();
    expect(bucket.keys()).not.toEqual([]);
    for (const kept of made.routes.kept()) await made.routes.drop(kept);
    expect(bucket.keys()).toEqual([]);
  });

  it('stays where the peer has told anything since', async () => {
    const kept = made.routes.kept();
    await tell('test.y.');
    for (const each of kept) expect(await made.routes.drop(each)).toBe(false);
    await settled();
    expect(made.routes.tables.countLearntOn('b')).toBe(2);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20])(
    'is all there that the peer tells while it is taken away, %s moments later',
    async (moments) => {
      for (const destination of ['test.1.', 'test.2.', 'test.3.']) await tell(destination);
      const other = new OneProcess(bucket, () => nowMs);
      other.open(described('a'), described('b'));
      await settled();
      const dropping = Promise.all(made.routes.kept().map((kept) => made.routes.drop(kept)));
      for (let n = 0; n < moments; n += 1) await Promise.resolve();
      nowMs += 1;
      await tell('test.1.', other).catch(() => tell('test.1.', other));
      await dropping;
      await settled();
      const late = new OneProcess(bucket, () => nowMs);
      late.open(described('a'), described('b'));
      await settled();
      for (const { routes } of [made, other, late]) {
        const known = routes.tables.list({ prefix: 'test.1.', learntOn: 'b', limit: 9 });
        expect(known.map(({ destination }) => destination)).toEqual(['test.1.']);
      }
      const counts = [made, other, late].map(({ routes }) => routes.tables.countLearntOn('b'));
      expect(new Set(counts).size).toBe(1);
      await Promise.all([other.routes.stop(), late.routes.stop()]);
    },
  );
});
