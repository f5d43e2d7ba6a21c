import { Logger } from '@nestjs/common';
import { BucketUnavailableError } from '#messaging';
import type { AnnouncedRoute } from '#protocol';
import { HeardStory, LIMITS, type Made, route, saying, settled } from './test/heard-story';
import { described } from './test/one-process';

let story: HeardStory;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  story = new HeardStory();
});

afterEach(() => story.end());

test('what one process keeps is in the tables of all, with all that is known of the route', async () => {
  const [one, other] = [await story.made('one'), await story.made('other')];
  const heard = await one.store.take(
    story.told(saying([route('test.x.', { paths: [['test.y.']] })])),
  );
  expect(heard.used).toEqual(['test.x.']);
  expect(story.reaches(one, 'test.x.')).toBe(900n);
  await settled();
  expect(story.reaches(other, 'test.x.')).toBe(900n);
  const query = {
    sourceLedgerId: 'a',
    destination: 'test.x.x',
    nowMs: story.nowMs,
    sourceAmount: 1n,
  };
  expect(other.process.routes.tables.routeFor(query)).toMatchObject({ length: 4 });
});

test('a heartbeat writes no routes, and neither does what was told before', async () => {
  const one = await story.made('one');
  const routes = Array.from({ length: 50 }, (_, n) => route(`test.x${n}.`));
  await one.store.take(story.told(saying(routes)));
  const before = story.bucket.writes;
  await one.store.take(story.told(saying([])));
  expect(story.bucket.writes).toBe(before + 1);
  await one.store.take(story.told(saying(routes)));
  expect(story.bucket.writes).toBe(before + 3);
  story.nowMs += 44_999;
  expect(story.reaches(one, 'test.x7.')).toBe(900n);
  story.nowMs += 1;
  expect(story.reaches(one, 'test.x7.')).toBeUndefined();
});

test('what a peer told before its silence does not come back with its next word', async () => {
  const [one, other] = [await story.made('one'), await story.made('other')];
  await one.store.take(story.told(saying([route('test.x.'), route('test.y.')])));
  await settled();
  story.nowMs += 45_000;
  await other.store.take(story.told(saying([route('test.z.')])));
  await settled();
  for (const each of [one, other, await story.made('late')]) {
    expect(['test.x.', 'test.y.', 'test.z.'].map((key) => story.reaches(each, key))).toEqual([
      undefined,
      undefined,
      900n,
    ]);
  }
});

test('a hold-down that is over before it is seen ends what was to live longer', async () => {
  const one = await story.made('one');
  const late = story.process(() => story.nowMs + 5);
  late.open(described('a'), described('b'), described('c'));
  await one.store.take(story.told(saying([route('test.x.')])));
  await settled();
  expect(late.routes.tables.countLearntOn('b')).toBe(1);
  await one.store.take(story.told(saying([], { holdDownMs: 1 })));
  await settled();
  expect(late.routes.tables.countLearntOn('b')).toBe(0);
  story.nowMs += 10;
  await one.store.take(story.told(saying([route('test.y.')])));
  await settled();
  expect(late.routes.tables.countLearntOn('b')).toBe(1);
});

test('a clock that went too far and was set back costs no route for longer than a heartbeat', async () => {
  const one = await story.made('one');
  await one.store.take(story.told(saying([route('test.x.')])));
  story.nowMs += 3_600_000;
  one.process.routes.tables.expire(story.nowMs);
  story.nowMs -= 3_599_000;
  await one.store.take(story.told(saying([])));
  expect(story.reaches(one, 'test.x.')).toBe(900n);
});

test('two processes that take updates of one peer at once lose nothing of either', async () => {
  const [one, other] = [await story.made('one'), await story.made('other')];
  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      (n % 2 === 0 ? one : other).store.take(story.told(saying([route(`test.x${n}.`)]))),
    ),
  );
  await settled();
  for (const each of [one, other]) {
    for (let n = 0; n < 10; n += 1) expect(story.reaches(each, `test.x${n}.`)).toBe(900n);
    expect(each.process.routes.heard('b')).toMatchObject({ routes: 10, updates: 10 });
  }
});

test('what somebody was writing who died is taken over, counted, and written to its end', async () => {
  const [dying, heir] = [await story.made('dying'), await story.made('heir')];
  await heir.store.take(story.told(saying([route('test.old.')])));
  await settled();
  let left = 4;
  story.bucket.interfere = () => {
    left -= 1;
    if (left < 0) throw new BucketUnavailableError('BUCKET', 'it died');
  };
  const routes = Array.from({ length: 20 }, (_, n) => route(`test.x${n}.`));
  await expect(dying.store.take(story.told(saying(routes)))).rejects.toThrow(
    BucketUnavailableError,
  );
  story.bucket.interfere = () => undefined;
  await settled();
  story.nowMs += 5_000;
  await heir.store.take(story.told(saying(routes)));
  await settled();
  for (const each of [heir, await story.made('late')]) {
    const counted = { routes: 21, details: 42, updates: 2 };
    expect(each.process.routes.heard('b')).toMatchObject(counted);
    for (let n = 0; n < 20; n += 1) expect(story.reaches(each, `test.x${n}.`)).toBe(900n);
    expect(story.reaches(each, 'test.old.')).toBe(900n);
  }
});

test('nothing of an update is written any more when its writer has given up', async () => {
  const one = await story.made('one');
  let left = 3;
  story.bucket.interfere = () => {
    left -= 1;
    if (left === 0) throw new BucketUnavailableError('BUCKET', 'for a moment');
  };
  const routes = Array.from({ length: 300 }, (_, n) => route(`test.x${n}.`));
  await expect(one.store.take(story.told(saying(routes)))).rejects.toThrow(BucketUnavailableError);
  const { writes } = story.bucket;
  await settled();
  expect(story.bucket.writes).toBe(writes);
  expect(writes).toBeLessThan(200);
});

test('nobody waits for another one’s writing longer than it may', async () => {
  const [slow, other] = [await story.made('slow'), await story.made('other')];
  story.bucket.interfere = (key) => {
    if (key !== 'b.h') throw new BucketUnavailableError('BUCKET', 'it died');
  };
  await expect(slow.store.take(story.told(saying([route('test.x.')])))).rejects.toThrow();
  await settled();
  const waiting = other.store.take({ ...story.told(saying([])), untilMs: story.nowMs + 20 });
  const failed = expect(waiting).rejects.toMatchObject({ rule: 'busy' });
  setTimeout(() => (story.nowMs += 20), 5);
  await failed;
});

test('withdrawals and changes take away exactly what they name', async () => {
  const [one, other] = [await story.made('one'), await story.made('other')];
  await one.store.take(story.told(saying([route('test.x.'), route('test.y.'), route('test.z.')])));
  const dearer: AnnouncedRoute = route('test.y.', {
    points: [
      [0n, 0n],
      [1_000_000n, 100_000n],
    ],
  });
  await settled();
  const heard = await other.store.take(
    story.told(saying([dearer], { unreachable: ['test.x.', 'test.never.'] })),
  );
  expect(heard.withdrawn).toBe(1);
  await settled();
  for (const each of [one, other]) {
    const found = ['test.x.', 'test.y.', 'test.z.'].map((key) => story.reaches(each, key));
    expect(found).toEqual([undefined, 100n, 900n]);
  }
});

test('of a destination that is told twice in one update what is in order counts, the last of it', async () => {
  const one = await story.made('one');
  const loops = route('test.x.', { paths: [['test.b.']] });
  const strange = route('test.y.', { sourceAccount: 'test.b.other' });
  const heard = await one.store.take(
    story.told(
      saying([loops, route('test.x.'), strange, route('test.y.'), route('test.z.'), strange]),
    ),
  );
  expect(heard.unused.map(({ reason }) => reason)).toEqual([
    'loop',
    'source-account-not-senders',
    'source-account-not-senders',
  ]);
  const keys = ['test.x.', 'test.y.', 'test.z.'];
  expect(keys.map((key) => story.reaches(one, key))).toEqual([900n, 900n, 900n]);
  await one.store.take(story.told(saying([route('test.x.'), loops])));
  expect(story.reaches(one, 'test.x.')).toBeUndefined();
});

test('what is of no use is named with its reason, until it is told otherwise or withdrawn', async () => {
  const [one, other] = [await story.made('one'), await story.made('other')];
  const strange = (key: string) => route(key, { sourceAccount: 'test.b.other' });
  const flawed = { destinationLedger: 'test.flawed.', rule: 'not-a-curve' } as const;
  await one.store.take(
    story.told(saying([strange('test.x.'), strange('test.y.')], { skipped: [flawed] })),
  );
  await settled();
  const unusedBy = ({ process }: Made) => process.routes.heard('b')?.unused;
  expect(unusedBy(other)).toEqual([
    ['test.flawed.', 'not-a-curve'],
    ['test.x.', 'source-account-not-senders'],
    ['test.y.', 'source-account-not-senders'],
  ]);
  await other.store.take(story.told(saying([])));
  const more = saying([route('test.x.'), route('test.z.')], { unreachable: ['test.y.'] });
  await other.store.take(story.told(more));
  await settled();
  expect(unusedBy(one)).toEqual([['test.flawed.', 'not-a-curve']]);
  const many = Array.from({ length: 60 }, (_, n) => strange(`test.n${n}.`));
  await one.store.take(story.told(saying(many)));
  expect(unusedBy(one)?.map(([key]) => key)).toEqual(
    many.slice(-50).map(({ destinationLedger }) => destinationLedger),
  );
  story.nowMs += 45_000;
  await one.store.take(story.told(saying([])));
  expect(one.process.routes.heard('b')).toMatchObject({ unused: [], skipped: {} });
});

test('a refusal is known to all, and changes nothing of what was told', async () => {
  const [one, other] = [await story.made('one'), await story.made('other')];
  await one.store.take(story.told(saying([route('test.x.')])));
  story.nowMs += 44_000;
  const refusal = { atMs: story.nowMs, member: 'new_routes[3].points', rule: 'too-few' };
  await one.store.noteRefusal({ peerId: 'b', untilMs: story.nowMs + 1_000 }, refusal);
  await settled();
  for (const each of [one, other]) {
    expect(story.reaches(each, 'test.x.')).toBe(900n);
    expect(each.process.routes.heard('b')).toMatchObject({ refusal, updates: 1, routes: 1 });
  }
  story.nowMs += 1_000;
  expect([one, other].map((each) => story.reaches(each, 'test.x.'))).toEqual([
    undefined,
    undefined,
  ]);
});

test('it is known when a peer spoke while nothing counted any more that it had told', async () => {
  const one = await story.made('one');
  const anew = (): number | undefined => one.process.routes.heard('b')?.anewAtMs;
  const firstMs = story.nowMs;
  await one.store.take(story.told(saying([route('test.x.')])));
  story.nowMs += 44_999;
  await one.store.take(story.told(saying([])));
  expect(anew()).toBe(firstMs);
  story.nowMs += 45_000;
  await one.store.take(story.told(saying([])));
  expect(anew()).toBe(story.nowMs);
});

test('a route that loops ends what was told of its destination before', async () => {
  const one = await story.made('one');
  await one.store.take(story.told(saying([route('test.x.')])));
  const loops = route('test.x.', { paths: [['test.b.']] });
  const heard = await one.store.take(story.told(saying([loops])));
  expect(heard.unused).toEqual([{ destination: 'test.x.', reason: 'loop' }]);
  expect(story.reaches(one, 'test.x.')).toBeUndefined();
});

test('when the bucket is another one, all that was told is forgotten, and kept anew', async () => {
  const [one, other] = [await story.made('one'), await story.made('other')];
  await one.store.take(story.told(saying([route('test.x.')])));
  await settled();
  story.bucket.recreate();
  await settled();
  expect([one, other].map((each) => story.reaches(each, 'test.x.'))).toEqual([
    undefined,
    undefined,
  ]);
  await other.store.take(story.told(saying([route('test.y.')])));
  await settled();
  expect([one, other].map((each) => story.reaches(each, 'test.y.'))).toEqual([900n, 900n]);
  expect(one.process.routes.heard('b')).toMatchObject({ routes: 1, updates: 1 });
});

test('what was told on a ledger that is not known yet, or is another one, waits for it', async () => {
  const one = await story.made('one');
  await one.store.take(story.told(saying([route('test.x.')])));
  const late = story.process(() => story.nowMs);
  await settled();
  late.open(described('a'));
  const store = late.routes.store(LIMITS, 'late');
  await expect(store.take(story.told(saying([])))).rejects.toMatchObject({
    rule: 'ledger-unknown',
  });
  late.open(described('a'), described('b'));
  expect(story.reaches({ process: late, store }, 'test.x.')).toBe(900n);
  late.open(described('a'), described('b', { peerAccount: 'another' }));
  expect(story.reaches({ process: late, store }, 'test.x.')).toBeUndefined();
});
