import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { BucketUnavailableError } from '#messaging';
import type { AnnouncedRoute, ReceivedRoutingUpdate } from '#protocol';
import type { HeardLimits } from './heard-draft';
import type { HeardStore } from './heard-store';
import { MemoryBucket } from './test/memory-bucket';
import { described, OneProcess } from './test/one-process';

const LIMITS: HeardLimits = {
  routesPerPeer: 1_000,
  routeBytesPerPeer: 1_000_000,
  routeDetailsPerPeer: 100_000,
};

let nowMs: number;
let bucket: MemoryBucket;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  nowMs = 1_000_000;
  bucket = new MemoryBucket();
});

const processes: OneProcess[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map(({ routes }) => routes.stop()));
});

interface Made {
  readonly process: OneProcess;
  readonly store: HeardStore;
}

async function made(instanceId: string, limits = LIMITS): Promise<Made> {
  const process = new OneProcess(bucket, () => nowMs);
  processes.push(process);
  process.open(described('a'), described('b'), described('c'));
  await settled();
  return { process, store: process.routes.store(limits, instanceId) };
}

async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await turn();
}

const route = (destination: string, more: Partial<AnnouncedRoute> = {}): AnnouncedRoute => ({
  sourceLedger: 'test.b.',
  destinationLedger: destination,
  sourceAccount: 'test.b.peer',
  minMessageWindowS: 1,
  points: [
    [0n, 0n],
    [1_000_000n, 900_000n],
  ],
  paths: [[]],
  ...more,
});

const saying = (
  newRoutes: readonly AnnouncedRoute[],
  more: Partial<ReceivedRoutingUpdate> = {},
): ReceivedRoutingUpdate => ({
  holdDownMs: 45_000,
  newRoutes,
  unreachable: [],
  requestFullTable: false,
  skipped: [],
  showsV21: false,
  ...more,
});

const told = (update: ReceivedRoutingUpdate) => ({
  peerId: 'b',
  update,
  untilMs: nowMs + 2_000,
});

function reaches({ process }: Made, destination: string): bigint | undefined {
  const query = {
    sourceLedgerId: 'a',
    destination: `${destination}x`,
    nowMs,
    sourceAmount: 1_000n,
  };
  const found = process.routes.tables.routeFor(query);
  return found?.kind === 'learnt' ? found.tail.amountAt(1_000n) : undefined;
}

test('what one process keeps is in the tables of all, with all that is known of the route', async () => {
  const [one, other] = [await made('one'), await made('other')];
  const heard = await one.store.take(told(saying([route('test.x.', { paths: [['test.y.']] })])));
  expect(heard.used).toEqual(['test.x.']);
  expect(reaches(one, 'test.x.')).toBe(900n);
  await settled();
  expect(reaches(other, 'test.x.')).toBe(900n);
  const query = { sourceLedgerId: 'a', destination: 'test.x.x', nowMs, sourceAmount: 1n };
  expect(other.process.routes.tables.routeFor(query)).toMatchObject({ length: 4 });
});

test('a heartbeat writes no routes, and neither does what was told before', async () => {
  const one = await made('one');
  const routes = Array.from({ length: 50 }, (_, n) => route(`test.x${n}.`));
  await one.store.take(told(saying(routes)));
  const before = bucket.writes;
  await one.store.take(told(saying([])));
  expect(bucket.writes).toBe(before + 1);
  await one.store.take(told(saying(routes)));
  expect(bucket.writes).toBe(before + 3);
  nowMs += 44_999;
  expect(reaches(one, 'test.x7.')).toBe(900n);
  nowMs += 1;
  expect(reaches(one, 'test.x7.')).toBeUndefined();
});

test('what a peer told before its silence does not come back with its next word', async () => {
  const [one, other] = [await made('one'), await made('other')];
  await one.store.take(told(saying([route('test.x.'), route('test.y.')])));
  await settled();
  nowMs += 45_000;
  await other.store.take(told(saying([route('test.z.')])));
  await settled();
  for (const each of [one, other, await made('late')]) {
    expect(['test.x.', 'test.y.', 'test.z.'].map((key) => reaches(each, key))).toEqual([
      undefined,
      undefined,
      900n,
    ]);
  }
});

test('a hold-down that is over before it is seen ends what was to live longer', async () => {
  const one = await made('one');
  const late = new OneProcess(bucket, () => nowMs + 5);
  processes.push(late);
  late.open(described('a'), described('b'), described('c'));
  await one.store.take(told(saying([route('test.x.')])));
  await settled();
  expect(late.routes.tables.countLearntOn('b')).toBe(1);
  await one.store.take(told(saying([], { holdDownMs: 1 })));
  await settled();
  expect(late.routes.tables.countLearntOn('b')).toBe(0);
  nowMs += 10;
  await one.store.take(told(saying([route('test.y.')])));
  await settled();
  expect(late.routes.tables.countLearntOn('b')).toBe(1);
});

test('a clock that went too far and was set back costs no route for longer than a heartbeat', async () => {
  const one = await made('one');
  await one.store.take(told(saying([route('test.x.')])));
  nowMs += 3_600_000;
  one.process.routes.tables.expire(nowMs);
  nowMs -= 3_599_000;
  await one.store.take(told(saying([])));
  expect(reaches(one, 'test.x.')).toBe(900n);
});

test('two processes that take updates of one peer at once lose nothing of either', async () => {
  const [one, other] = [await made('one'), await made('other')];
  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      (n % 2 === 0 ? one : other).store.take(told(saying([route(`test.x${n}.`)]))),
    ),
  );
  await settled();
  for (const each of [one, other]) {
    for (let n = 0; n < 10; n += 1) expect(reaches(each, `test.x${n}.`)).toBe(900n);
    expect(each.process.routes.heard('b')).toMatchObject({ routes: 10, updates: 10 });
  }
});

test('what somebody was writing who died is taken over, counted, and written to its end', async () => {
  const [dying, heir] = [await made('dying'), await made('heir')];
  await heir.store.take(told(saying([route('test.old.')])));
  await settled();
  let left = 4;
  bucket.interfere = () => {
    left -= 1;
    if (left < 0) throw new BucketUnavailableError('BUCKET', 'it died');
  };
  const routes = Array.from({ length: 20 }, (_, n) => route(`test.x${n}.`));
  await expect(dying.store.take(told(saying(routes)))).rejects.toThrow(BucketUnavailableError);
  bucket.interfere = () => undefined;
  await settled();
  nowMs += 5_000;
  await heir.store.take(told(saying(routes)));
  await settled();
  for (const each of [heir, await made('late')]) {
    const counted = { routes: 21, details: 42, updates: 2 };
    expect(each.process.routes.heard('b')).toMatchObject(counted);
    for (let n = 0; n < 20; n += 1) expect(reaches(each, `test.x${n}.`)).toBe(900n);
    expect(reaches(each, 'test.old.')).toBe(900n);
  }
});

test('nothing of an update is written any more when its writer has given up', async () => {
  const one = await made('one');
  let left = 3;
  bucket.interfere = () => {
    left -= 1;
    if (left === 0) throw new BucketUnavailableError('BUCKET', 'for a moment');
  };
  const routes = Array.from({ length: 300 }, (_, n) => route(`test.x${n}.`));
  await expect(one.store.take(told(saying(routes)))).rejects.toThrow(BucketUnavailableError);
  const { writes } = bucket;
  await settled();
  expect(bucket.writes).toBe(writes);
  expect(writes).toBeLessThan(200);
});

test('nobody waits for another one’s writing longer than it may', async () => {
  const [slow, other] = [await made('slow'), await made('other')];
  bucket.interfere = (key) => {
    if (key !== 'b.h') throw new BucketUnavailableError('BUCKET', 'it died');
  };
  await expect(slow.store.take(told(saying([route('test.x.')])))).rejects.toThrow();
  await settled();
  const waiting = other.store.take({ ...told(saying([])), untilMs: nowMs + 20 });
  const failed = expect(waiting).rejects.toMatchObject({ rule: 'busy' });
  setTimeout(() => (nowMs += 20), 5);
  await failed;
});

test('withdrawals and changes take away exactly what they name', async () => {
  const [one, other] = [await made('one'), await made('other')];
  await one.store.take(told(saying([route('test.x.'), route('test.y.'), route('test.z.')])));
  const dearer: AnnouncedRoute = route('test.y.', {
    points: [
      [0n, 0n],
      [1_000_000n, 100_000n],
    ],
  });
  await settled();
  const heard = await other.store.take(
    told(saying([dearer], { unreachable: ['test.x.', 'test.never.'] })),
  );
  expect(heard.withdrawn).toBe(1);
  await settled();
  for (const each of [one, other]) {
    const found = ['test.x.', 'test.y.', 'test.z.'].map((key) => reaches(each, key));
    expect(found).toEqual([undefined, 100n, 900n]);
  }
});

test('no value is longer than the bucket takes, however many routes there are', async () => {
  const one = await made('one');
  const points = Array.from({ length: 100 }, (_, n) => [BigInt(n), BigInt(n)] as const);
  const long = Array.from({ length: 200 }, (_, n) => route(`test.x${n}.`, { points }));
  await one.store.take(told(saying(long)));
  expect(bucket.longest()).toBeLessThanOrEqual(bucket.maxValueBytes);
  const late = await made('late');
  for (let n = 0; n < 200; n += 1) expect(reaches(late, `test.x${n}.`)).toBe(99n);
  await one.store.take(
    told(saying([], { unreachable: long.map((each) => each.destinationLedger) })),
  );
  expect(bucket.keys()).toEqual(['b.h']);
  const tooLong = Array.from({ length: 400 }, (_, n) => [BigInt(n), BigInt(n)] as const);
  const heard = await one.store.take(told(saying([route('test.x.', { points: tooLong })])));
  expect(heard.unused).toEqual([{ destination: 'test.x.', reason: 'too-large' }]);
});

test('a peer has no more routes, and no longer ones, than it may', async () => {
  const few = await made('few', { ...LIMITS, routesPerPeer: 2 });
  const three = [route('test.x.'), route('test.y.'), route('test.z.')];
  const heard = await few.store.take(told(saying(three)));
  expect(heard.unused).toEqual([{ destination: 'test.z.', reason: 'too-many-routes' }]);
  const room = await few.store.take(told(saying([route('test.z.')], { unreachable: ['test.x.'] })));
  expect(room.used).toEqual(['test.z.']);
  bucket = new MemoryBucket();
  const short = await made('short', { ...LIMITS, routeBytesPerPeer: 150 });
  const unused = (await short.store.take(told(saying(three)))).unused;
  expect(unused.map(({ reason }) => reason)).toEqual(['too-much']);
});

test('of a destination that is told twice in one update what is in order counts, the last of it', async () => {
  const one = await made('one');
  const loops = route('test.x.', { paths: [['test.b.']] });
  const strange = route('test.y.', { sourceAccount: 'test.b.other' });
  const heard = await one.store.take(
    told(saying([loops, route('test.x.'), strange, route('test.y.'), route('test.z.'), strange])),
  );
  expect(heard.unused.map(({ reason }) => reason)).toEqual([
    'loop',
    'source-account-not-senders',
    'source-account-not-senders',
  ]);
  const keys = ['test.x.', 'test.y.', 'test.z.'];
  expect(keys.map((key) => reaches(one, key))).toEqual([900n, 900n, 900n]);
  await one.store.take(told(saying([route('test.x.'), loops])));
  expect(reaches(one, 'test.x.')).toBeUndefined();
});

test('what is of no use is named with its reason, until it is told otherwise or withdrawn', async () => {
  const [one, other] = [await made('one'), await made('other')];
  const strange = (key: string) => route(key, { sourceAccount: 'test.b.other' });
  const flawed = { destinationLedger: 'test.flawed.', rule: 'not-a-curve' } as const;
  await one.store.take(
    told(saying([strange('test.x.'), strange('test.y.')], { skipped: [flawed] })),
  );
  await settled();
  const unusedBy = ({ process }: Made) => process.routes.heard('b')?.unused;
  expect(unusedBy(other)).toEqual([
    ['test.flawed.', 'not-a-curve'],
    ['test.x.', 'source-account-not-senders'],
    ['test.y.', 'source-account-not-senders'],
  ]);
  await other.store.take(told(saying([])));
  const more = saying([route('test.x.'), route('test.z.')], { unreachable: ['test.y.'] });
  await other.store.take(told(more));
  await settled();
  expect(unusedBy(one)).toEqual([['test.flawed.', 'not-a-curve']]);
  const many = Array.from({ length: 60 }, (_, n) => strange(`test.n${n}.`));
  await one.store.take(told(saying(many)));
  expect(unusedBy(one)?.map(([key]) => key)).toEqual(
    many.slice(-50).map(({ destinationLedger }) => destinationLedger),
  );
  nowMs += 45_000;
  await one.store.take(told(saying([])));
  expect(one.process.routes.heard('b')).toMatchObject({ unused: [], skipped: {} });
});

test('a refusal is known to all, and changes nothing of what was told', async () => {
  const [one, other] = [await made('one'), await made('other')];
  await one.store.take(told(saying([route('test.x.')])));
  nowMs += 44_000;
  const refusal = { atMs: nowMs, member: 'new_routes[3].points', rule: 'too-few' };
  await one.store.noteRefusal({ peerId: 'b', untilMs: nowMs + 1_000 }, refusal);
  await settled();
  for (const each of [one, other]) {
    expect(reaches(each, 'test.x.')).toBe(900n);
    expect(each.process.routes.heard('b')).toMatchObject({ refusal, updates: 1, routes: 1 });
  }
  nowMs += 1_000;
  expect([one, other].map((each) => reaches(each, 'test.x.'))).toEqual([undefined, undefined]);
});

test('it is known when a peer spoke while nothing counted any more that it had told', async () => {
  const one = await made('one');
  const anew = (): number | undefined => one.process.routes.heard('b')?.anewAtMs;
  const firstMs = nowMs;
  await one.store.take(told(saying([route('test.x.')])));
  nowMs += 44_999;
  await one.store.take(told(saying([])));
  expect(anew()).toBe(firstMs);
  nowMs += 45_000;
  await one.store.take(told(saying([])));
  expect(anew()).toBe(nowMs);
});

test('a peer has no more points, paths and ledgers in them than it may, and room again for others', async () => {
  const one = await made('one', { ...LIMITS, routeDetailsPerPeer: 10 });
  const details = (): number | undefined => one.process.routes.heard('b')?.details;
  // Two points, one path of two ledgers; where there is nothing between, nothing counts.
  const far = (key: string): AnnouncedRoute => route(key, { paths: [['test.m.', 'test.n.']] });
  const near = [route('test.x.'), route('test.y.')];
  const heard = await one.store.take(told(saying([...near, far('test.p.'), far('test.q.')])));
  expect(heard.used).toEqual(['test.x.', 'test.y.', 'test.p.']);
  expect(heard.unused).toEqual([{ destination: 'test.q.', reason: 'too-detailed' }]);
  expect(details()).toBe(9);
  // What changes counts by what it is more, and what it would be more leaves it as it was.
  const bent = [0n, 1n, 2n, 3n].map((x) => [x, x] as const);
  const changed = await one.store.take(told(saying([route('test.y.', { points: bent })])));
  expect(changed.unused).toEqual([{ destination: 'test.y.', reason: 'too-detailed' }]);
  expect(reaches(one, 'test.y.')).toBe(900n);
  const { used } = await one.store.take(
    told(saying([far('test.q.')], { unreachable: ['test.p.'] })),
  );
  expect(used).toEqual(['test.q.']);
  expect(details()).toBe(9);
  nowMs += 45_000;
  await one.store.take(told(saying([route('test.y.', { points: bent })])));
  expect(details()).toBe(4);
});

test('what an earlier release kept, and did not count, counts', async () => {
  const one = await made('one', { ...LIMITS, routeDetailsPerPeer: 5 });
  await one.store.take(told(saying([route('test.x.'), route('test.y.')])));
  const { details, peerId, ...earlier } = one.process.routes.heard('b') ?? {};
  expect([details, peerId]).toEqual([4, 'b']);
  await bucket.put('b.h', Buffer.from(JSON.stringify(earlier)));
  await settled();
  const heard = await one.store.take(told(saying([route('test.z.')])));
  expect(heard.unused).toEqual([{ destination: 'test.z.', reason: 'too-detailed' }]);
  expect(one.process.routes.heard('b')).toMatchObject({ routes: 2, details: 4 });
});

test('a route that loops ends what was told of its destination before', async () => {
  const one = await made('one');
  await one.store.take(told(saying([route('test.x.')])));
  const loops = route('test.x.', { paths: [['test.b.']] });
  const heard = await one.store.take(told(saying([loops])));
  expect(heard.unused).toEqual([{ destination: 'test.x.', reason: 'loop' }]);
  expect(reaches(one, 'test.x.')).toBeUndefined();
});

test('when the bucket is another one, all that was told is forgotten, and kept anew', async () => {
  const [one, other] = [await made('one'), await made('other')];
  await one.store.take(told(saying([route('test.x.')])));
  await settled();
  bucket.recreate();
  await settled();
  expect([one, other].map((each) => reaches(each, 'test.x.'))).toEqual([undefined, undefined]);
  await other.store.take(told(saying([route('test.y.')])));
  await settled();
  expect([one, other].map((each) => reaches(each, 'test.y.'))).toEqual([900n, 900n]);
  expect(one.process.routes.heard('b')).toMatchObject({ routes: 1, updates: 1 });
});

test('what was told on a ledger that is not known yet, or is another one, waits for it', async () => {
  const one = await made('one');
  await one.store.take(told(saying([route('test.x.')])));
  const late = new OneProcess(bucket, () => nowMs);
  processes.push(late);
  await settled();
  late.open(described('a'));
  const store = late.routes.store(LIMITS, 'late');
  await expect(store.take(told(saying([])))).rejects.toMatchObject({ rule: 'ledger-unknown' });
  late.open(described('a'), described('b'));
  expect(reaches({ process: late, store }, 'test.x.')).toBe(900n);
  late.open(described('a'), described('b', { peerAccount: 'another' }));
  expect(reaches({ process: late, store }, 'test.x.')).toBeUndefined();
});
