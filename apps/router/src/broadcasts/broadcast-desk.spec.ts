import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { type Heard, ROUTE_LIMITS, RoutingTables } from '#domain/routing';
import { BucketUnavailableError } from '#messaging';
import { BROADCAST_LIMITS } from '#protocol';
import { type HeardRefusal, type HeardStore, RoutesUnavailableError } from '#routes';
import { BroadcastDesk } from './broadcast-desk';
import { BroadcastMetrics } from './broadcast-metrics';

const LEDGER = { ledgerId: 'b', prefix: 'test.b.', account: 'us', peerAccount: 'peer' };
const HEARTBEAT = { new_routes: [], hold_down_time: 45_000, unreachable_through_me: [] };
const HEARD: Heard = {
  ...{ atMs: 0, holdDownMs: 45_000, used: [], unreachable: [], withdrawn: 0 },
  ...{ requestFullTable: false, showsV21: false },
  unused: [
    { destination: 'test.x.', reason: 'loop' },
    { destination: 'test.y.', reason: 'loop' },
  ],
};

let nowMs: number;
let registry: Registry;
let taken: unknown[];
let refusals: HeardRefusal[];
let failure: Error | undefined;
let desk: BroadcastDesk;
let warnings: string[];

function keptOr<T>(value: T): Promise<T> {
  return failure === undefined ? Promise.resolve(value) : Promise.reject(failure);
}

beforeEach(() => {
  nowMs = 1_000_000;
  registry = new Registry();
  taken = [];
  refusals = [];
  failure = undefined;
  warnings = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((said) => warnings.push(String(said)));
  const store: Pick<HeardStore, 'take' | 'noteFullTableRequest' | 'noteRefusal'> = {
    take: (told) => keptOr(HEARD).finally(() => taken.push(told)),
    noteFullTableRequest: (told) => keptOr(undefined).finally(() => taken.push(told)),
    noteRefusal: (_told, refusal) => keptOr(undefined).finally(() => refusals.push(refusal)),
  };
  const rules = { spreadPpm: 0n, minMessageWindowMs: 1_000, staticRoutes: [] };
  const tables = RoutingTables.build([{ ...LEDGER, currencyScale: 9 }], {
    ...rules,
    limits: ROUTE_LIMITS,
  });
  desk = new BroadcastDesk({
    routes: { tables, heard: () => undefined, askForLedger: () => Promise.resolve() },
    store,
    metrics: new BroadcastMetrics(registry, { routesByPeer: () => [] }),
    limits: BROADCAST_LIMITS,
    allowance: { updates: 3, updatesPerSecond: 1, routes: 100, routesPerSecond: 1 },
    withinMs: 1_000,
    clock: () => nowMs,
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

const hear = (data: unknown, peerId = 'b') =>
  desk.hear({
    ...{ peerId, ledgerId: peerId, carriage: 'custom', contentType: 2 },
    data: Buffer.isBuffer(data) ? data : Buffer.from(JSON.stringify(data)),
  });
const update = (data: object) => ({ method: 'broadcast_routes', data });

async function counted(metric: string): Promise<Record<string, number>> {
  const [found] = (await registry.getMetricsAsJSON()).filter(({ name }) => name.endsWith(metric));
  const values = found?.values ?? [];
  return Object.fromEntries(
    values.map(({ labels, value }) => [Object.values(labels).join(), value]),
  );
}

test('what is in order is kept, and what is of no use in it counted by reason', async () => {
  expect(await hear(update(HEARTBEAT))).toEqual({ outcome: 'accepted' });
  expect(taken).toMatchObject([{ peerId: 'b', untilMs: nowMs + 1_000 }]);
  expect(await counted('broadcasts_heard_total')).toEqual({ accepted: 1 });
  expect(await counted('routes_skipped_total')).toEqual({ loop: 2 });
});

test('a request for everything is noted', async () => {
  expect(await hear(Buffer.from([1]))).toEqual({ outcome: 'accepted' });
  expect(taken).toEqual([{ peerId: 'b', untilMs: nowMs + 1_000 }]);
  expect(await counted('broadcasts_heard_total')).toEqual({ 'full-table-request': 1 });
});

test('what is flawed is refused whole, noted where, and said in the log, seldom', async () => {
  const flawed = update({ ...HEARTBEAT, hold_down_time: 0 });
  const message = 'no valid hold_down_time: out-of-range';
  const reply = { outcome: 'refused', code: 'F00', message };
  expect([await hear(flawed), await hear(flawed)]).toEqual([reply, reply]);
  expect(taken).toEqual([]);
  const refusal = { atMs: nowMs, member: 'hold_down_time', rule: 'out-of-range' };
  expect(refusals).toEqual([refusal, refusal]);
  expect(await counted('broadcasts_heard_total')).toEqual({ flawed: 2 });
  expect(warnings).toEqual([`b told an update of routes that is refused: ${message}`]);
  nowMs += 60_000;
  await hear(flawed);
  expect(warnings).toHaveLength(2);
});

test('what is flawed is refused also where that cannot be noted', async () => {
  failure = new BucketUnavailableError('ROUTES', 'gone');
  expect(await hear(update({ ...HEARTBEAT, foo: 1 }))).toMatchObject({ code: 'F00' });
});

test('what is about something else is refused', async () => {
  expect(await hear({ method: 'other' })).toMatchObject({ outcome: 'refused', code: 'F00' });
  expect(await counted('broadcasts_heard_total')).toEqual({ 'not-a-broadcast': 1 });
});

test.each([
  new BucketUnavailableError('ROUTES', 'gone'),
  new RoutesUnavailableError('busy'),
  new RoutesUnavailableError('not-caught-up'),
])('what cannot be kept now is refused for now, and why is said in the log: %s', async (error) => {
  failure = error;
  expect(await hear(update(HEARTBEAT))).toMatchObject({ outcome: 'refused', code: 'T00' });
  expect(await hear(Buffer.from([1]))).toMatchObject({ outcome: 'refused', code: 'T00' });
  expect(await counted('broadcasts_heard_total')).toEqual({ unavailable: 2 });
  expect(warnings).toEqual([`b tells routes that cannot be kept now: ${String(error)}`]);
});

test('an error of our own is none of the peer', async () => {
  failure = new TypeError('a mistake');
  await expect(hear(update(HEARTBEAT))).rejects.toThrow(failure);
  await expect(hear(update({}))).rejects.toThrow(failure);
});

test('more than a peer may say is refused unread, and its log is no flood', async () => {
  for (let n = 0; n < 3; n += 1) await hear(update(HEARTBEAT));
  for (let n = 0; n < 10; n += 1) {
    expect(await hear(Buffer.from('not read'))).toMatchObject({ outcome: 'refused', code: 'T05' });
  }
  expect(await counted('broadcasts_heard_total')).toEqual({ accepted: 3, 'too-often': 10 });
  expect(warnings).toEqual(['b tells more of routes than it may, and is not heard']);
  nowMs += 1_000;
  expect(await hear(update(HEARTBEAT))).toEqual({ outcome: 'accepted' });
});

test('nobody is heard whose ledger is not known', async () => {
  expect(await hear(update(HEARTBEAT), 'c')).toMatchObject({ outcome: 'refused', code: 'T00' });
  expect(await counted('broadcasts_heard_total')).toEqual({ 'unknown-ledger': 1 });
});
