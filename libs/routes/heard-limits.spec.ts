import { Logger } from '@nestjs/common';
import type { AnnouncedRoute } from '#protocol';
import { HeardStory, LIMITS, route, saying, settled } from './test/heard-story';
import { MemoryBucket } from './test/memory-bucket';

let story: HeardStory;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  story = new HeardStory();
});

afterEach(() => story.end());

test('no value is longer than the bucket takes, however many routes there are', async () => {
  const one = await story.made('one');
  const points = Array.from({ length: 100 }, (_, n) => [BigInt(n), BigInt(n)] as const);
  const long = Array.from({ length: 200 }, (_, n) => route(`test.x${n}.`, { points }));
  await one.store.take(story.told(saying(long)));
  expect(story.bucket.longest()).toBeLessThanOrEqual(story.bucket.maxValueBytes);
  const late = await story.made('late');
  for (let n = 0; n < 200; n += 1) expect(story.reaches(late, `test.x${n}.`)).toBe(99n);
  await one.store.take(
    story.told(saying([], { unreachable: long.map((each) => each.destinationLedger) })),
  );
  expect(story.bucket.keys()).toEqual(['b.h']);
  const tooLong = Array.from({ length: 400 }, (_, n) => [BigInt(n), BigInt(n)] as const);
  const heard = await one.store.take(story.told(saying([route('test.x.', { points: tooLong })])));
  expect(heard.unused).toEqual([{ destination: 'test.x.', reason: 'too-large' }]);
});

test('a peer has no more routes, and no longer ones, than it may', async () => {
  const few = await story.made('few', { ...LIMITS, routesPerPeer: 2 });
  const three = [route('test.x.'), route('test.y.'), route('test.z.')];
  const heard = await few.store.take(story.told(saying(three)));
  expect(heard.unused).toEqual([{ destination: 'test.z.', reason: 'too-many-routes' }]);
  const room = await few.store.take(
    story.told(saying([route('test.z.')], { unreachable: ['test.x.'] })),
  );
  expect(room.used).toEqual(['test.z.']);
  story.bucket = new MemoryBucket();
  const short = await story.made('short', { ...LIMITS, routeBytesPerPeer: 150 });
  const unused = (await short.store.take(story.told(saying(three)))).unused;
  expect(unused.map(({ reason }) => reason)).toEqual(['too-much']);
});

test('a peer has no more points, paths and ledgers in them than it may, and room again for others', async () => {
  const one = await story.made('one', { ...LIMITS, routeDetailsPerPeer: 10 });
  const details = (): number | undefined => one.process.routes.heard('b')?.details;
  // Two points, one path of two ledgers; where there is nothing between, nothing counts.
  const far = (key: string): AnnouncedRoute => route(key, { paths: [['test.m.', 'test.n.']] });
  const near = [route('test.x.'), route('test.y.')];
  const heard = await one.store.take(story.told(saying([...near, far('test.p.'), far('test.q.')])));
  expect(heard.used).toEqual(['test.x.', 'test.y.', 'test.p.']);
  expect(heard.unused).toEqual([{ destination: 'test.q.', reason: 'too-detailed' }]);
  expect(details()).toBe(9);
  // What changes counts by what it is more, and what it would be more leaves it as it was.
  const bent = [0n, 1n, 2n, 3n].map((x) => [x, x] as const);
  const changed = await one.store.take(story.told(saying([route('test.y.', { points: bent })])));
  expect(changed.unused).toEqual([{ destination: 'test.y.', reason: 'too-detailed' }]);
  expect(story.reaches(one, 'test.y.')).toBe(900n);
  const { used } = await one.store.take(
    story.told(saying([far('test.q.')], { unreachable: ['test.p.'] })),
  );
  expect(used).toEqual(['test.q.']);
  expect(details()).toBe(9);
  story.nowMs += 45_000;
  await one.store.take(story.told(saying([route('test.y.', { points: bent })])));
  expect(details()).toBe(4);
});

test('what an earlier release kept, and did not count, counts', async () => {
  const one = await story.made('one', { ...LIMITS, routeDetailsPerPeer: 5 });
  await one.store.take(story.told(saying([route('test.x.'), route('test.y.')])));
  const { details, peerId, ...earlier } = one.process.routes.heard('b') ?? {};
  expect([details, peerId]).toEqual([4, 'b']);
  await story.bucket.put('b.h', Buffer.from(JSON.stringify(earlier)));
  await settled();
  const heard = await one.store.take(story.told(saying([route('test.z.')])));
  expect(heard.unused).toEqual([{ destination: 'test.z.', reason: 'too-detailed' }]);
  expect(one.process.routes.heard('b')).toMatchObject({ routes: 2, details: 4 });
});
