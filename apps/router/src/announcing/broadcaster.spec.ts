import { Registry } from 'prom-client';
import type { PeerAnswer, PeerQuestion } from '#contracts';
import { Curve } from '#domain/liquidity';
import { type BroadcastMemory, type ExportedRoute, readBroadcastMemory } from '#domain/routing';
import { PeerNotConnectedError, PeerSilentError } from '#messaging';
import { type CcpDialect, encodeIlp, ilpEntry, ilpError } from '#protocol';
import type { AnnouncedPeer } from './announced-peer';
import { AnnouncingMetrics } from './announcing-metrics';
import { Broadcaster, type PeerWishes } from './broadcaster';
import type { MemoryKeeper } from './told-memories';

const SECOND = 1_000;
const OK: PeerAnswer = { type: 'response', protocolData: [] };
const REFUSED: PeerAnswer = {
  type: 'response',
  protocolData: [
    ilpEntry(
      encodeIlp(ilpError({ code: 'F00', triggeredBy: 'x.y', triggeredAtMs: 0, data: 'no' })),
    ),
  ],
};

interface Sent {
  readonly atS: number;
  readonly peerId: string;
  readonly carriage: string;
  readonly routes: readonly string[];
  readonly gone: readonly string[];
  readonly isV21: boolean;
}

/** What outlives a router. */
class Kept implements MemoryKeeper {
  readonly memories = new Map<string, string>();
  isBroken = false;

  open(): Promise<ReadonlyMap<string, BroadcastMemory>> {
    const entries = [...this.memories].flatMap(([peerId, text]) => {
      const memory = readBroadcastMemory(JSON.parse(text));
      return memory === undefined ? [] : [[peerId, memory] as const];
    });
    return Promise.resolve(new Map(entries));
  }

  keep(peerId: string, memory: BroadcastMemory): Promise<void> {
    if (this.isBroken) return Promise.reject(new Error('no bucket'));
    this.memories.set(peerId, JSON.stringify(memory));
    return Promise.resolve();
  }

  forget(peerId: string): Promise<void> {
    this.memories.delete(peerId);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Peers, tables and a clock that only goes when it is told to. */
class World {
  nowMs = 1_000_000;
  readonly startMs = this.nowMs;
  readonly kept = new Kept();
  readonly sent: Sent[] = [];
  readonly invalidated: string[] = [];
  readonly sessions = new Map<string, string>();
  /** What peers say in every session that they read. */
  readonly dialects = new Map<string, readonly CcpDialect[]>();
  readonly wishes = new Map<string, PeerWishes>();
  readonly routes = new Map<string, ExportedRoute>();
  readonly registry = new Registry();
  peerIds = ['alice', 'bob'];
  dialect: AnnouncedPeer['dialect'] = 'auto';
  speaks: 'BTP/1.0' | 'BTP/alpha' | 'rpc' = 'BTP/1.0';
  leader: Broadcaster | undefined;
  answer: (peerId: string, sent: Sent) => Promise<PeerAnswer> = () => Promise.resolve(OK);

  constructor() {
    this.route('g.one.', 10n);
    for (const peerId of this.peerIds) this.sessions.set(peerId, 'first');
  }

  route(destination: string, most: bigint): void {
    const curve = Curve.of([
      [0n, 0n],
      [most, most],
    ]);
    const route = { destination, minMessageWindowS: 1, curve, paths: [[]] };
    this.routes.set(destination, route);
  }

  router(): Broadcaster {
    const isHeld = (): boolean => this.leader === broadcaster;
    const broadcaster = new Broadcaster({
      settings: {
        intervalMs: 30 * SECOND,
        holdDownMs: 45 * SECOND,
        maxUpdateBytes: 60_000,
        curvelessV17: 'omit',
        answerWithinMs: SECOND,
      },
      leadership: {
        get isHeld() {
          return isHeld();
        },
        renew: () => Promise.resolve(),
        resign: () => undefined,
      },
      peers: { ask: (peerId, question) => this.hear(peerId, question) },
      keeper: this.kept,
      exportOver: () => ({
        routes: this.routes,
        revision: 1,
        changedSince: () => undefined,
      }),
      invalidate: (peerId) => void this.invalidated.push(peerId),
      metrics: new AnnouncingMetrics(new Registry()),
      peersToTell: () => this.peersToTell(),
      wishesOf: (peerId) => this.wishes.get(peerId),
      clock: () => this.nowMs,
    });
    return broadcaster;
  }

  elect(broadcaster: Broadcaster): void {
    this.leader = broadcaster;
  }

  /** Lets that much time pass, a second at most at once. */
  async pass(seconds: number, ...routers: readonly Broadcaster[]): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      await this.settle(routers);
      this.nowMs += SECOND;
    }
    await this.settle(routers);
  }

  async settle(routers: readonly Broadcaster[]): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      for (const router of routers) {
        await router.turn();
        await new Promise((resolve) => setImmediate(resolve));
        await router.settled();
      }
    }
  }

  told(peerId: string): Sent[] {
    return this.sent.filter((each) => each.peerId === peerId);
  }

  private peersToTell(): AnnouncedPeer[] {
    return this.peerIds.map((peerId) => {
      const id = this.sessions.get(peerId);
      const dialects = this.dialects.get(peerId) ?? [];
      return {
        peerId,
        ledgerId: peerId,
        sourceLedger: `test.${peerId}.`,
        sourceAccount: `test.${peerId}.server`,
        dialect: this.dialect,
        session: id === undefined ? undefined : { id, speaks: this.speaks, dialects },
      };
    });
  }

  private hear(peerId: string, { protocolData }: PeerQuestion): Promise<PeerAnswer> {
    const [entry] = protocolData;
    const { data } = JSON.parse(entry?.data.toString() ?? '') as {
      data: {
        new_routes: { destination_ledger: string; points?: unknown }[];
        unreachable_through_me: string[];
        request_full_table?: boolean;
      };
    };
    const sent: Sent = {
      atS: (this.nowMs - this.startMs) / SECOND,
      peerId,
      carriage: entry?.protocolName ?? '',
      routes: data.new_routes.map((route) => route.destination_ledger),
      gone: data.unreachable_through_me,
      isV21:
        data.request_full_table === true ||
        data.new_routes.some(({ points }) => typeof points === 'string'),
    };
    this.sent.push(sent);
    return this.answer(peerId, sent);
  }
}

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
