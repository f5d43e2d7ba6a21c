import { PeerNotConnectedError, PeerSilentError } from '#messaging';
import { OK, REFUSED, World } from '../../test/broadcast-world';
import { Broadcaster } from './broadcaster';

let world: World;

beforeEach(() => {
  world = new World();
});

async function leading(): Promise<Broadcaster> {
  const router = world.router();
  world.elect(router);
  await world.settle([router]);
  return router;
}

test('a peer that is there gets everything at once, and then a sign of life per interval', async () => {
  const router = await leading();
  await world.pass(95, router);
  expect(world.told('alice').map(({ atS, routes }) => [atS, routes])).toEqual([
    [0, ['g.one.']],
    [30, []],
    [60, []],
    [90, []],
  ]);
});

test('whoever does not lead says nothing', async () => {
  const other = world.router();
  await world.pass(40, other);
  expect(world.sent).toEqual([]);
});

test('changes wait for the next tick; what is gone is withdrawn', async () => {
  const router = await leading();
  await world.pass(10, router);
  world.route('g.two.', 5n);
  await world.pass(25, router);
  world.routes.delete('g.one.');
  world.route('g.two.', 6n);
  await world.pass(30, router);
  expect(world.told('bob').map(({ atS, routes, gone }) => [atS, routes, gone])).toEqual([
    [0, ['g.one.'], []],
    [30, ['g.two.'], []],
    [60, ['g.two.'], ['g.one.']],
  ]);
});

test('who comes later, or comes back, gets everything at once, the others nothing', async () => {
  world.sessions.delete('bob');
  const router = await leading();
  await world.pass(7, router);
  world.sessions.set('bob', 'later');
  await world.pass(10, router);
  world.sessions.set('bob', 'again');
  await world.pass(3, router);
  expect(world.told('bob').map(({ atS, routes }) => [atS, routes])).toEqual([
    [7, ['g.one.']],
    [17, ['g.one.']],
  ]);
  expect(world.told('alice')).toHaveLength(1);
});

test('a peer that asks for everything gets it with the next tick, once', async () => {
  const router = await leading();
  await world.pass(5, router);
  world.wishes.set('alice', { showsV21: false, fullTableAskedMs: world.nowMs });
  await world.pass(60, router);
  expect(world.told('alice').map(({ atS, routes }) => [atS, routes])).toEqual([
    [0, ['g.one.']],
    [30, ['g.one.']],
    [60, []],
  ]);
});

test('a peer that shows v21 is written to in v21', async () => {
  const router = await leading();
  await world.pass(5, router);
  world.wishes.set('alice', { showsV21: true, fullTableAskedMs: undefined });
  await world.pass(30, router);
  expect(world.told('alice').map(({ isV21, routes }) => [isV21, routes])).toEqual([
    [false, ['g.one.']],
    [true, ['g.one.']],
  ]);
});

test('a peer that says that it reads v21 is written to in v21 from the first word on', async () => {
  world.dialects.set('alice', ['v17', 'v21']).set('bob', ['v17']);
  const router = await leading();
  await world.pass(31, router);
  expect(world.told('alice').map(({ isV21, routes }) => [isV21, routes])).toEqual([
    [true, ['g.one.']],
    [false, []],
  ]);
  expect(world.told('bob')[0]?.isV21).toBe(false);
});

test('what operators say of its dialect counts more than what a peer says', async () => {
  world.dialects.set('alice', ['v21']);
  world.dialect = 'v17';
  await leading();
  expect(world.told('alice').map(({ isV21 }) => isV21)).toEqual([false]);
});

test('a refusal is tried again at once in the other dialect, and never a third time', async () => {
  world.answer = (_peer, { isV21 }) => Promise.resolve(isV21 ? OK : REFUSED);
  const router = await leading();
  await world.pass(31, router);
  expect(world.told('alice').map(({ atS, isV21 }) => [atS, isV21])).toEqual([
    [0, false],
    [0, true],
    [30, false],
  ]);
  expect(world.told('alice')[2]?.routes).toEqual([]);
  expect(world.invalidated).toEqual([]);
});

test('a peer that refuses both is left alone until the next tick', async () => {
  world.answer = () => Promise.resolve(REFUSED);
  const router = await leading();
  await world.pass(31, router);
  expect(world.told('alice').map(({ atS, isV21 }) => [atS, isV21])).toEqual([
    [0, false],
    [0, true],
    [30, false],
    [30, true],
  ]);
});

test.each([
  ['is silent', new PeerSilentError('alice'), ['alice']],
  ['is gone', new PeerNotConnectedError('alice'), ['alice']],
  ['cannot be asked for a reason of ours', new Error('bus'), []],
])('a peer that %s hears everything again; nobody else suffers', async (_, error, invalidated) => {
  let isBroken = true;
  world.answer = (peerId) =>
    isBroken && peerId === 'alice' ? Promise.reject(error) : Promise.resolve(OK);
  const router = await leading();
  await world.pass(5, router);
  isBroken = false;
  await world.pass(60, router);
  expect(world.told('alice').map(({ atS, routes }) => [atS, routes])).toEqual([
    [0, ['g.one.']],
    [30, ['g.one.']],
    [60, []],
  ]);
  expect(world.told('bob').map(({ routes }) => routes)).toEqual([['g.one.'], [], []]);
  expect(world.invalidated).toEqual(invalidated);
});

test.each([
  ['was lost meanwhile', 0, 1],
  ['was lost before', undefined, 0],
  ['is lost', 0, undefined],
])('silence is none of the peer where the bus %s', async (_, before, after) => {
  world.peerIds = ['alice'];
  world.bus = before;
  world.answer = (peerId) => {
    world.bus = after;
    return Promise.reject(new PeerSilentError(peerId));
  };
  const router = await leading();
  world.bus = 1;
  world.answer = () => Promise.resolve(OK);
  await world.pass(31, router);
  expect(world.told('alice').map(({ routes }) => routes)).toEqual([['g.one.'], ['g.one.']]);
  expect(world.invalidated).toEqual([]);
});

test('who takes over neither floods nor forgets, and keeps the pace', async () => {
  const first = await leading();
  await world.pass(10, first);
  world.elect(world.router());
  const second = world.leader ?? first;
  world.routes.delete('g.one.');
  world.route('g.two.', 1n);
  await world.pass(25, first, second);
  expect(world.told('alice').map(({ atS, routes, gone }) => [atS, routes, gone])).toEqual([
    [0, ['g.one.'], []],
    [30, ['g.two.'], ['g.one.']],
  ]);
});

test('who takes over when peers have dropped our routes tells them everything', async () => {
  const first = await leading();
  await world.pass(10, first);
  world.leader = undefined;
  await world.pass(60, first);
  const second = world.router();
  world.elect(second);
  await world.pass(31, second);
  expect(world.told('alice').map(({ atS, routes }) => [atS, routes])).toEqual([
    [0, ['g.one.']],
    [70, ['g.one.']],
    [100, []],
  ]);
});

test('a clock that was set back silences nobody for longer than the hold-down time', async () => {
  const router = await leading();
  await world.pass(29, router);
  const backMs = 3_600_000;
  world.nowMs -= backMs;
  await world.pass(20, router);
  expect(world.told('alice').length).toBe(2);
  expect(world.renewals).toBeGreaterThan(45);
});

describe('a peer whose routes were dropped while its session went on', () => {
  const heardAnew = (atS: number): void => {
    const anewAtMs = world.startMs + atS * 1_000;
    world.wishes.set('alice', { showsV21: false, anewAtMs });
  };
  const asked = (): number[] =>
    world.asked.filter(({ peerId }) => peerId === 'alice').map(({ atS }) => atS);

  test.each([['v17'], ['v21']] as const)(
    'is asked for all of them, once, in %s',
    async (dialect) => {
      world.dialect = dialect;
      const router = await leading();
      const first = dialect === 'v21' ? [0] : [];
      await world.pass(65, router);
      heardAnew(65);
      await world.pass(60, router);
      heardAnew(100);
      await world.pass(60, router);
      expect(asked()).toEqual([...first, 90]);
      heardAnew(190);
      await world.pass(60, router);
      expect(asked()).toEqual([...first, 90, 210]);
    },
  );

  test('is not asked where it has just begun a session, as that begins with all of them', async () => {
    const router = await leading();
    heardAnew(44);
    await world.pass(100, router);
    world.sessions.set('alice', 'second');
    world.openedMs.set('alice', world.nowMs);
    heardAnew(101);
    await world.pass(60, router);
    expect(asked()).toEqual([]);
  });

  test('is asked by whoever takes over, unless it was asked before', async () => {
    const first = await leading();
    await world.pass(65, first);
    world.leader = undefined;
    heardAnew(65);
    await world.pass(1, first);
    const [second, third] = [world.router(), world.router()];
    world.elect(second);
    await world.pass(30, second);
    expect(asked()).toEqual([90]);
    world.elect(third);
    await world.pass(61, third);
    expect(asked()).toEqual([90]);
  });
});

test('an update whose answer the dead leader never saw is told again', async () => {
  world.answer = () => new Promise(() => undefined);
  const first = world.router();
  world.elect(first);
  for (let turn = 0; turn < 5; turn += 1) {
    await first.turn();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(world.told('alice')).toHaveLength(1);
  world.answer = () => Promise.resolve(OK);
  const second = world.router();
  world.elect(second);
  world.routes.delete('g.one.');
  await world.pass(31, second);
  expect(world.told('alice').map(({ atS, gone }) => [atS, gone])).toEqual([
    [0, []],
    [30, ['g.one.']],
  ]);
});

test('who loses the lock stops between two updates', async () => {
  for (let index = 0; index < 400; index += 1) world.route(`g.${'x'.repeat(300)}${index}.`, 1n);
  const router = world.router();
  world.elect(router);
  world.answer = () => {
    world.leader = undefined;
    return Promise.resolve(OK);
  };
  world.peerIds = ['alice'];
  await world.pass(2, router);
  expect(world.told('alice')).toHaveLength(1);
});

test('nothing is told that could not be kept before', async () => {
  world.kept.isBroken = true;
  const router = world.router();
  world.elect(router);
  for (let turn = 0; turn < 20; turn += 1) {
    await router.turn();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(world.sent).toEqual([]);
  world.kept.isBroken = false;
  await world.pass(2, router);
  expect(world.told('alice')).toHaveLength(1);
});

test('of a peer that there is no more nothing is kept', async () => {
  const router = await leading();
  expect([...world.kept.memories.keys()].sort()).toEqual(['alice', 'bob']);
  world.peerIds = ['alice'];
  await world.pass(1, router);
  expect([...world.kept.memories.keys()]).toEqual(['alice']);
});

test.each([
  ['BTP/1.0', 'custom'],
  ['BTP/alpha', 'ccp'],
  ['rpc', 'custom'],
] as const)('over %s an update is carried as %s', async (speaks, carriage) => {
  world.speaks = speaks;
  await leading();
  expect(world.told('alice')[0]?.carriage).toBe(carriage);
});
