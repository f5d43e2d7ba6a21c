import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LiveRoutes } from '#routes';
import { eventually } from '../../../../test/support/processes';
import { aLedger, ScriptedLedgers } from '../../../../test/support/scripted-ledgers';
import { ScriptedSessions } from '../../../../test/support/scripted-sessions';
import { type StartedService, startService } from '../../../../test/support/started-service';
import { testNatsUrl } from '../../../../test/support/test-nats';
import { routerService } from '../router-service';
import { BroadcastDesk } from './broadcast-desk';

const PEERS = ['a', 'b', 'c'];
const ACCEPTED = { outcome: 'accepted' };
/** A router gives up an update that it could not keep in a part of this. */
const REQUEST_TIMEOUT_MS = 20_000;

const NONSENSE = Buffer.from('no broadcast at all');

let scope: string;
let ledgers: ScriptedLedgers;
let sessions: ScriptedSessions;
let services: StartedService[];

beforeEach(async () => {
  scope = `test-${randomBytes(6).toString('hex')}`;
  ledgers = await ScriptedLedgers.connect(scope);
  sessions = await ScriptedSessions.connect(scope, PEERS);
  const unlimited = { maxBalance: null };
  ledgers.open(
    PEERS.map((id) => aLedger(id, unlimited)),
    'silently',
  );
  services = [];
});

afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await sessions.bus.nats
    .jetstreamManager()
    .then((manager) => manager.streams.delete(bucketStream()))
    .catch(() => undefined);
  await sessions.close();
  await ledgers.close();
});

const bucketStream = (): string => `KV_CAUSEWAY_ROUTES_${scope.toUpperCase()}`;

async function aRouter(limits: object = {}, connector: object = {}): Promise<LiveRoutes> {
  const service = await startService(routerService, {
    connector: { address: scope.replace('-', '.'), secret: '01'.repeat(32), ...connector },
    console: { token: 'unused' },
    natsUrl: testNatsUrl(),
    limits: { requestTimeoutMs: REQUEST_TIMEOUT_MS, ...limits },
  });
  services.push(service);
  await service.ready;
  return service.app.get(LiveRoutes);
}

function route(from: string, destination: string, more: object = {}): object {
  return {
    source_ledger: `test.${from}.`,
    destination_ledger: destination,
    source_account: `test.${from}.client`,
    min_message_window: 1,
    points: [
      [0, 0],
      [1_000_000, 500_000],
    ],
    ...more,
  };
}

const update = (routes: readonly object[], more: object = {}): object => ({
  method: 'broadcast_routes',
  data: { new_routes: routes, hold_down_time: 45_000, unreachable_through_me: [], ...more },
});

const leadsTo = (routes: LiveRoutes, destination: string, from = 'a'): boolean => {
  const query = { sourceLedgerId: from, destination, nowMs: Date.now(), sourceAmount: 1_000n };
  return routes.tables.routeFor(query)?.kind === 'learnt';
};

/** Also while the gateways seem to be silent, as on a busy machine. */
const knows = (routes: LiveRoutes, destination: string): boolean => {
  const query = { sourceLedgerId: 'a', destination, nowMs: Date.now(), sourceAmount: 1_000n };
  return ['learnt', 'unusable'].includes(routes.tables.routeFor(query)?.kind ?? '');
};

/** Says it again where a busy machine had no time for it, as a peer would. */
async function accepted(peerId: string, told: object): Promise<void> {
  let answer = await sessions.broadcast(peerId, told);
  while (answer.outcome === 'refused' && answer.code === 'T00') {
    answer = await sessions.broadcast(peerId, told);
  }
  expect(answer).toEqual(ACCEPTED);
}

const soon = (what: string, holds: () => boolean): Promise<void> => eventually(what, holds, 40_000);

test('what one router is told all of them know, and one that comes later, when it is ready', async () => {
  const one = await aRouter();
  const other = await aRouter();
  expect(await sessions.broadcast('b', update([route('b', 'test.far.')]))).toEqual(ACCEPTED);
  await soon('both know the way', () => [one, other].every((each) => leadsTo(each, 'test.far.x')));
  const late = await aRouter();
  expect(knows(late, 'test.far.x')).toBe(true);
  expect(late.heard('b')).toMatchObject({ routes: 1, updates: 1, showsV21: false });

  const gone = update([], { unreachable_through_me: ['test.far.'] });
  expect(await sessions.broadcast('b', gone)).toEqual(ACCEPTED);
  await soon('nobody does', () => ![one, other, late].some((each) => leadsTo(each, 'test.far.x')));
});

test('a peer may tell routes before it is announced that its ledger was opened', async () => {
  const router = await aRouter();
  ledgers.open(
    [...PEERS, 'd'].map((id) => aLedger(id, { maxBalance: null })),
    'silently',
  );
  expect(await sessions.broadcast('d', update([route('d', 'test.far.')]))).toEqual(ACCEPTED);
  expect(router.heard('d')).toMatchObject({ routes: 1 });
  const stranger = await sessions.broadcast('e', update([route('e', 'test.far.')]));
  expect(stranger).toMatchObject({ outcome: 'refused', code: 'T00' });
});

test('one router has the way as soon as it has answered', async () => {
  const only = await aRouter();
  for (let n = 0; n < 20; n += 1) {
    const told = update([route('b', `test.far.${n}.`), route('b', 'test.same.')]);
    expect(await sessions.broadcast('b', told)).toEqual(ACCEPTED);
    expect(knows(only, `test.far.${n}.x`)).toBe(true);
  }
  expect(only.heard('b')).toMatchObject({ routes: 21, updates: 20 });
});

test('updates of one peer that come at once to several routers all count', async () => {
  const routers = [await aRouter(), await aRouter()];
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  const answers = await Promise.all(
    numbers.map((n) => sessions.broadcast('b', update([route('b', `test.far.${n}.`)]))),
  );
  const kept = numbers.filter((n) => answers[n]?.outcome === 'accepted');
  expect(kept.length).toBeGreaterThan(6);
  await soon('every router has all that were accepted', () =>
    routers.every((each) => kept.every((n) => leadsTo(each, `test.far.${n}.x`))),
  );
});

test('an update that is flawed changes nothing; a route that is of no use costs only itself', async () => {
  const router = await aRouter();
  const flawed = update([route('b', 'test.one.'), route('b', 'test.two.', { foo: 1 })]);
  const refused = { outcome: 'refused', code: 'F00' };
  expect(await sessions.broadcast('b', flawed)).toMatchObject(refused);
  expect(await sessions.broadcast('b', { method: 'other' })).toMatchObject(refused);
  expect(leadsTo(router, 'test.one.x')).toBe(false);
  const why = { member: 'new_routes[1].foo', rule: 'unknown-member' };
  expect(router.heard('b')).toMatchObject({ updates: 0, routes: 0, refusal: why });
  const useless = route('b', 'test.two.', { source_account: 'test.b.stranger' });
  const told = update([route('b', 'test.one.'), useless, route('b', 'peer.secret.')]);
  expect(await sessions.broadcast('b', told)).toEqual(ACCEPTED);
  expect(knows(router, 'test.one.x')).toBe(true);
  expect(router.heard('b')).toMatchObject({
    routes: 1,
    skipped: { 'source-account-not-senders': 1, 'peer-prefix': 1 },
    unused: [
      ['test.two.', 'source-account-not-senders'],
      ['peer.secret.', 'peer-prefix'],
    ],
  });
});

test('routes end when their peer is silent, and live as long as it is not', async () => {
  const router = await aRouter();
  // Longer than a busy machine may keep b from speaking.
  const brief = { hold_down_time: 8_000 };
  await sessions.broadcast('b', update([route('b', 'test.far.')], brief));
  await sessions.broadcast('c', update([route('c', 'test.other.')], brief));
  const beganMs = Date.now();
  while (Date.now() < beganMs + 10_000) {
    expect(await sessions.broadcast('b', update([], brief))).toEqual(ACCEPTED);
    await sleep(200);
  }
  expect(knows(router, 'test.far.x')).toBe(true);
  expect(leadsTo(router, 'test.other.x')).toBe(false);
  await sessions.broadcast('c', update([], brief));
  expect(leadsTo(router, 'test.other.x')).toBe(false);
  expect(router.heard('c')).toMatchObject({ routes: 0 });
  const late = await aRouter();
  expect(leadsTo(late, 'test.other.x')).toBe(false);
});

test('a way over a peer that is not connected is not taken, and is again when it is back', async () => {
  const router = await aRouter();
  await sessions.broadcast('b', update([route('b', 'test.far.')]));
  expect(knows(router, 'test.far.x')).toBe(true);
  sessions.closes('b');
  await soon('it is not usable', () => !leadsTo(router, 'test.far.x'));
  const query = { sourceLedgerId: 'a', nowMs: Date.now(), sourceAmount: 1n };
  for (const destination of ['test.far.x', 'test.b.x']) {
    expect(router.tables.routeFor({ ...query, destination })).toMatchObject({ kind: 'unusable' });
  }
  sessions.opens('b');
  await soon('it is usable', () => leadsTo(router, 'test.far.x'));
});

test('what peers told is lost with the bucket, and is taken in anew', async () => {
  const router = await aRouter();
  let resets = 0;
  router.listen({ onReset: () => (resets += 1) });
  await sessions.broadcast('b', update([route('b', 'test.far.')]));
  const manager = await sessions.bus.nats.jetstreamManager();
  await manager.streams.delete(bucketStream());
  await soon('it is forgotten', () => resets === 1 && !leadsTo(router, 'test.far.x'));
  await soon('it is caught up', () => router.isCaughtUp);
  expect(await sessions.broadcast('b', update([route('b', 'test.new.')]))).toEqual(ACCEPTED);
  expect(knows(router, 'test.new.x')).toBe(true);
  expect(router.heard('b')).toMatchObject({ routes: 1 });
});

test('a flood of one peer is turned away before it is read, and is no trouble to others', async () => {
  const limits = { broadcastsPerPeerAtOnce: 5, broadcastsPerPeerPerSecond: 1 };
  const router = await aRouter(limits);
  const beganMs = Date.now();
  const flood = Array.from({ length: 60 }, (_, n) =>
    sessions.broadcast('b', n % 2 === 0 ? update([route('b', `test.flood.${n}.`)]) : NONSENSE),
  );
  const calm = sessions.broadcast('c', update([route('c', 'test.calm.')]));
  const replies = await Promise.all(flood);
  const seconds = (Date.now() - beganMs) / 1_000;
  const read = replies.filter((reply) => !('code' in reply && reply.code === 'T05'));
  expect(read.length).toBeLessThanOrEqual(5 + seconds);
  expect(read.length).toBeGreaterThan(0);
  expect(await calm).toEqual(ACCEPTED);
  expect(knows(router, 'test.calm.x')).toBe(true);
});

test('a peer has one allowance, however many routers read what it tells', async () => {
  const limits = { broadcastsPerPeerAtOnce: 20, broadcastsPerPeerPerSecond: 1 };
  const routers = await Promise.all([aRouter(limits), aRouter(limits), aRouter(limits)]);
  const asked = services.map(({ app }) => jest.spyOn(app.get(BroadcastDesk), 'hear'));
  const strangers = (): number => asked.filter(({ mock }) => mock.calls.length === 0).length;
  const beganMs = Date.now();
  let accepted = 0;
  let metAt = 0;
  for (let n = 0; n < 100; n += 1) {
    if (strangers() > 0) metAt = accepted;
    const reply = await sessions.broadcast('b', update([route('b', `test.far.${n}.`)]));
    if (reply.outcome === 'accepted') accepted += 1;
    await soon('all have heard of it', () =>
      routers.every((each) => (each.heard('b')?.updates ?? 0) === accepted),
    );
  }
  const seconds = (Date.now() - beganMs) / 1_000;
  // To whom the peer is new it owes nothing yet. By themselves they would read 60.
  expect(accepted).toBeLessThanOrEqual(20 + metAt + seconds);
  expect(accepted).toBeGreaterThanOrEqual(20);
});

test('more routes than a peer may have are passed over', async () => {
  const router = await aRouter({ routesPerPeer: 10 });
  const many = Array.from({ length: 15 }, (_, n) => route('b', `test.far.${n}.`));
  expect(await sessions.broadcast('b', update(many))).toEqual(ACCEPTED);
  expect(router.heard('b')).toMatchObject({ routes: 10, skipped: { 'too-many-routes': 5 } });
  expect(await sessions.broadcast('c', update([route('c', 'test.other.')]))).toEqual(ACCEPTED);
  expect(knows(router, 'test.other.x')).toBe(true);
});

test('what peers tell their routes to take is not believed where it is not to be', async () => {
  const router = await aRouter({}, { storeCurves: false });
  expect(await sessions.broadcast('b', update([route('b', 'test.far.')]))).toEqual(ACCEPTED);
  const query = { sourceLedgerId: 'a', nowMs: Date.now(), sourceAmount: 1n };
  const found = router.tables.routeFor({ ...query, destination: 'test.far.x' });
  expect(found).toMatchObject({ kind: 'curve-less', nextHop: 'test.b.client' });
});

test('that a peer wants our full table, and what it speaks, every router hears', async () => {
  const routers = [await aRouter(), await aRouter()];
  expect(await sessions.broadcast('b', Buffer.from([1]))).toEqual(ACCEPTED);
  await soon('all heard', () =>
    routers.every((each) => each.heard('b')?.fullTableAskedMs !== undefined),
  );
  await sessions.broadcast('b', update([route('b', 'test.far.', { paths: [['test.x.']] })]));
  await sessions.broadcast('b', update([]));
  await soon('all know', () => routers.every((each) => each.heard('b')?.showsV21 === true));
});

test('ten thousand routes of one peer are known everywhere, and to a router that comes later', async () => {
  const one = await aRouter();
  const other = await aRouter();
  const routes = Array.from({ length: 10_000 }, (_, n) => route('b', `test.far.n${n}.`));
  for (let n = 0; n < routes.length; n += 500) {
    await accepted('b', update(routes.slice(n, n + 500)));
  }
  const knowsAll = (each: LiveRoutes): boolean =>
    each.heard('b')?.routes === 10_000 && routes.every((_, n) => knows(each, `test.far.n${n}.x`));
  await soon('both know all', () => knowsAll(one) && knowsAll(other));
  expect(knowsAll(await aRouter())).toBe(true);
});
