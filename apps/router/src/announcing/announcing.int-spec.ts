import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExplainReply, readRoutesReply, readToldReply, subjectsOf } from '#contracts';
import { ControlClient, KeyValue, type KeyValueListener, RemoteError } from '#messaging';
import { logDatabase, type LogDatabase } from '#testing';
import { eventually } from '../../../../test/support/processes';
import { aLedger, ScriptedLedgers } from '../../../../test/support/scripted-ledgers';
import { startService, type StartedService } from '../../../../test/support/started-service';
import { testNatsUrl } from '../../../../test/support/test-nats';
import { REFUSED, ScriptedPeers, type ToldUpdate } from '../../test/scripted-peers';
import { routerService } from '../router-service';
import { Broadcaster } from './broadcaster';

const INTERVAL_MS = 1_000;
/** For a test of what does not wait for it. */
const SLOW_INTERVAL_MS = 10_000;
/** A broadcast of peer a. */
const HEARD = {
  peerId: 'a',
  ledgerId: 'a',
  carriage: 'custom',
  contentType: 2,
  data: Buffer.from(
    JSON.stringify({
      method: 'broadcast_routes',
      data: {
        new_routes: [
          {
            source_ledger: 'test.a.',
            destination_ledger: 'test.far.',
            source_account: 'test.a.client',
            min_message_window: 1,
            points: [
              [0, 0],
              [100, 100],
            ],
          },
        ],
        hold_down_time: 600_000,
        unreachable_through_me: [],
      },
    }),
  ).toString('base64'),
};

let database: LogDatabase;
let scope: string;
let ledgers: ScriptedLedgers;
let peers: ScriptedPeers;
let routers: StartedService[];

beforeAll(async () => {
  database = await logDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  scope = `test-${randomBytes(6).toString('hex')}`;
  ledgers = await ScriptedLedgers.connect(scope);
  peers = await ScriptedPeers.connect(scope);
  peers.sentAtMs = lastSentAtMs;
  routers = [];
  // What is told of b depends on nothing that the test changes.
  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  await peers.open('a');
  await peers.open('b');
});

afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.stop()));
  await ledgers.close();
  await peers.close();
});

async function startRouter(more: object = {}, intervalMs = INTERVAL_MS): Promise<StartedService> {
  const service = await startService(routerService, {
    connector: {
      address: scope.replace('-', '.'),
      secret: '01'.repeat(32),
      routeBroadcastIntervalMs: intervalMs,
      routeExpiryMs: 30 * intervalMs,
    },
    console: { token: 'unused' },
    limits: { requestTimeoutMs: 20_000 },
    natsUrl: testNatsUrl(),
    databaseUrl: database.url,
    ...more,
  });
  routers.push(service);
  return service;
}

const isLeader = (router: StartedService): boolean => router.app.get(Broadcaster).isLeader;

/** By the books of whoever tells: on a busy machine an update may come long after it was sent. */
function lastSentAtMs(peerId: string): number {
  for (const { app } of routers) {
    const sentAtMs = app.get(Broadcaster).announcementsTo(peerId)?.memory.lastSentAtMs;
    if (sentAtMs !== undefined) return sentAtMs;
  }
  return Date.now();
}

function said({ routes, gone }: ToldUpdate): [string[], readonly string[]] {
  return [routes.map(({ destination }) => destination), gone];
}

async function updates(peerId: string, count: number): Promise<ToldUpdate[]> {
  await eventually(`${count} updates`, () => peers.updates(peerId).length >= count, 50_000);
  return peers.updates(peerId).slice(0, count);
}

/** Less than the interval between two updates that were not owed at once? */
function pauses(told: readonly ToldUpdate[]): number[] {
  return told.slice(1).map(({ atMs }, index) => atMs - (told[index]?.atMs ?? 0));
}

function third(): void {
  ledgers.open([aLedger('a'), aLedger('b'), aLedger('c', { prefix: 'g.c.' })], 'announced');
}

function withoutThird(): void {
  ledgers.open([aLedger('a'), aLedger('b')], 'announced');
}

test('a peer gets everything, signs of life, changes and withdrawals, one message per interval', async () => {
  await startRouter();
  const [first, second] = await updates('a', 2);
  expect([first, second].map((each) => each && said(each))).toEqual([
    [['test.b.'], []],
    [[], []],
  ]);
  await peers.open('c');
  third();
  await eventually(
    'the change',
    () =>
      peers.updates('a').some((each) => each.routes.length > 0 && said(each)[0].includes('g.c.')),
    50_000,
  );
  withoutThird();
  await eventually(
    'the withdrawal',
    () => peers.updates('a').some(({ gone }) => gone.includes('g.c.')),
    50_000,
  );
  const told = peers.updates('a');
  expect(told.flatMap((each) => each.routes.map(({ destination }) => destination))).toEqual([
    'test.b.',
    'g.c.',
  ]);
  expect(Math.min(...pauses(told))).toBeGreaterThan(INTERVAL_MS - 200);
});

test('a peer that comes back hears everything at once', async () => {
  await startRouter();
  const [before] = await updates('a', 2);
  expect(before && said(before)[0]).toEqual(['test.b.']);
  const known = peers.updates('a').length;
  await peers.open('a');
  await eventually('the next update', () => peers.updates('a').length > known, 50_000);
  expect(
    peers
      .updates('a')
      .slice(known)
      .map((each) => said(each)[0])[0],
  ).toEqual(['test.b.']);
});

test('a peer that refuses is tried in the other dialect, and stays with it', async () => {
  const isArray = ({ routes }: ToldUpdate): boolean => Array.isArray(routes[0]?.points);
  peers.answer = (told) => (isArray(told) ? REFUSED : { type: 'response', protocolData: [] });
  await startRouter({}, SLOW_INTERVAL_MS);
  const told = await updates('a', 3);
  expect(told.map((each) => [isArray(each), ...said(each)])).toEqual([
    [true, ['test.b.'], []],
    [false, ['test.b.'], []],
    [false, [], []],
  ]);
  expect(pauses(told)[0]).toBeLessThan(SLOW_INTERVAL_MS);
});

test('a silent peer hears everything again; the others are told as ever', async () => {
  peers.answer = ({ peerId }) =>
    peerId === 'a' && peers.updates('a').length === 1
      ? 'silent'
      : { type: 'response', protocolData: [] };
  await startRouter();
  expect((await updates('a', 3)).map(said)).toEqual([
    [['test.b.'], []],
    [['test.b.'], []],
    [[], []],
  ]);
  expect((await updates('b', 2)).map(said)).toEqual([
    [['test.a.'], []],
    [[], []],
  ]);
});

test.each([
  ['stops', (leader: StartedService) => leader.stop()],
  [
    'loses its lock',
    async () => {
      await database.asSuperuser(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'causeway-router' AND datname = current_database()`,
      );
    },
  ],
])('when the leader %s, whoever takes over neither floods nor forgets', async (_, end) => {
  third();
  await peers.open('c');
  const first = await startRouter();
  await eventually('a leader', () => isLeader(first), 50_000);
  const second = await startRouter();
  await second.ready;
  await eventually('the first table', () => peers.updates('a').length >= 2, 50_000);
  expect([isLeader(first), isLeader(second)]).toEqual([true, false]);
  const known = peers.updates('a').length;
  const knownOfB = peers.updates('b').length;
  withoutThird();
  await end(first);
  await eventually(
    'the withdrawal',
    () => peers.updates('a').some(({ gone }) => gone.includes('g.c.')),
    50_000,
  );
  await eventually('another leader', () => [first, second].filter(isLeader).length === 1, 50_000);
  const later = peers.updates('a').slice(known);
  expect(later.flatMap((each) => said(each)[0])).toEqual([]);
  expect(later.flatMap((each) => said(each)[1])).toEqual(['g.c.']);
  expect(Math.min(...pauses(peers.updates('a')))).toBeGreaterThan(INTERVAL_MS - 200);
  expect(
    peers
      .updates('b')
      .slice(knownOfB)
      .flatMap((each) => said(each)[0]),
  ).toEqual([]);
});

test('of a peer that is removed nothing is kept, and one that is added again is told everything', async () => {
  const bucketOf = (what: string) =>
    new KeyValue(ledgers.bus, { name: `CAUSEWAY_${what}_${scope.toUpperCase()}` });
  const keys = new Set<string>();
  const seen: KeyValueListener = {
    onPut: (key) => void keys.add(key),
    onDelete: (key) => void keys.delete(key),
    onReset: () => undefined,
  };
  const router = await startRouter();
  const watches = ['ROUTES', 'TOLD'].map((what) => bucketOf(what).watch('', seen));
  await updates('a', 2);
  const control = new ControlClient(ledgers.bus);
  const tell = (): Promise<unknown> =>
    control.ask(subjectsOf(scope).routerBroadcast, HEARD, { deadlineMs: 20_000, parse: String });
  await tell();
  const kept = (): number => [...keys].filter((key) => key.startsWith('a.')).length;
  await eventually('what is kept', () => kept() >= 4, 50_000);
  peers.remove('a');
  await eventually('that nothing is kept', () => kept() === 0, 50_000);
  expect(router.app.get(Broadcaster).announcementsTo('a')).toBeUndefined();
  const known = peers.updates('a').length;
  await peers.open('a');
  await tell();
  await eventually('what is kept again', () => kept() >= 4, 50_000);
  await eventually('everything', () => peers.updates('a').length > known, 50_000);
  expect(peers.updates('a').slice(known).map(said)[0]).toEqual([['test.b.'], []]);
  await Promise.all(watches.map((watch) => watch.stop()));
});

test('a router without a database plans payments and tells nobody anything', async () => {
  const router = await startRouter({ databaseUrl: undefined });
  await router.ready;
  await sleep(3 * INTERVAL_MS);
  expect(isLeader(router)).toBe(false);
  expect(peers.told).toEqual([]);
});

test('operators are told what leads where, why, and what peers were told', async () => {
  await startRouter();
  await updates('a', 2);
  const control = new ControlClient(ledgers.bus);
  const subjects = subjectsOf(scope);
  const ask = <T>(subject: string, question: object, parse: (answer: unknown) => T): Promise<T> =>
    control.ask(subject, question, { deadlineMs: 20_000, parse });
  const told = await ask(subjects.routerTold, { peerId: 'a' }, readToldReply);
  expect(told).toMatchObject({ peer: 'a', connected: true, dialect: 'v17', count: 1, next: null });
  expect(told.routes).toMatchObject([{ destination: 'test.b.', route: { paths: [[]] } }]);
  const routes = await ask(subjects.routerRoutes, { prefix: 'test.a' }, readRoutesReply);
  expect(routes.routes).toMatchObject([{ destination: 'test.a.', ways: [{ kind: 'local' }] }]);
  const payment = { from: 'a', to: 'test.b.carl', amount: '1000' };
  expect(await ask(subjects.routerExplain, payment, readExplainReply)).toMatchObject({
    verdict: 'route',
    ways: [{ kind: 'local', price: { brings: '998' }, chosen: true }],
  });
  const wanted = { from: 'a', to: 'test.b.carl', destinationAmount: '998' };
  const explained = await ask(subjects.routerExplain, wanted, readExplainReply);
  expect(explained.ways).toMatchObject([{ price: { brings: '998' }, chosen: true }]);
  for (const [subject, question, code] of [
    [subjects.routerTold, { peerId: 'nobody' }, 'unknown-peer'],
    [subjects.routerHeard, { peerId: 'nobody' }, 'unknown-peer'],
    [subjects.routerExplain, { ...payment, from: 'nobody' }, 'unknown-ledger'],
    [subjects.routerExplain, { from: 'a', to: 'test.b.' }, 'bad-request'],
  ] as const) {
    const refused = ask(subject, question, (answer) => answer);
    await expect(refused).rejects.toMatchObject({ name: RemoteError.name, code });
  }
});
