import { randomBytes } from 'node:crypto';
import { encodeHot, type HotMessage, type PreparePayment, subjectsOf } from '#contracts';
import { migrate, SettingsStore, createDataSource } from '#event-store';
import { BatchedLink, BusConnection, LedgerDirectory } from '#messaging';
import { encodeIlp } from '#protocol';
import { LiveRoutes } from '#routes';
import { eventually } from '../../../test/support/processes';
import { scratchDatabase } from '../../../test/support/scratch-database';
import { aLedger, ScriptedLedgers } from '../../../test/support/scripted-ledgers';
import { ScriptedSessions } from '../../../test/support/scripted-sessions';
import {
  onceReady,
  type StartedService,
  startService,
} from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { SECRET_SETTING } from './connector-secret';
import { routerService } from './router-service';

const ID = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
/** From when a payment is made until it is over, so long that no pause of the machine matters. */
const LASTS_MS = 40_000;
/** So that a plan does not depend on when it was made. */
const MAX_HOLD_MS = 60_000;

let scope: string;
let ledgers: ScriptedLedgers;
let sessions: ScriptedSessions;
let gateway: BatchedLink;
let gatewayBus: BusConnection;
const services: StartedService[] = [];

beforeEach(async () => {
  scope = `test-${randomBytes(6).toString('hex')}`;
  ledgers = await ScriptedLedgers.connect(scope);
  sessions = await ScriptedSessions.connect(scope, ['a', 'b']);
  gatewayBus = await BusConnection.connect({ url: testNatsUrl(), name: 'scripted-gateway' });
  gateway = new BatchedLink(gatewayBus);
});

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  await sessions.close();
  await ledgers.close();
  await gatewayBus.drain();
});

async function startRouter(more: object = {}): Promise<StartedService> {
  const service = await startService(routerService, {
    connector: {
      address: scope.replace('-', '.'),
      secret: '01'.repeat(32),
      maxHoldTimeMs: MAX_HOLD_MS,
    },
    limits: { requestTimeoutMs: 20_000 },
    console: { token: 'unused' },
    natsUrl: testNatsUrl(),
    ...more,
  });
  services.push(service);
  return service;
}

/** And has heard of the sessions, for which a busy machine may need more than one question. */
async function ready(router: StartedService): Promise<void> {
  await router.ready;
  const { tables } = router.app.get(LiveRoutes);
  await eventually('a and b are connected', () =>
    ['a', 'b'].every((id) => tables.ledger(id)?.isConnected !== false),
  );
}

function send(change: Partial<PreparePayment> = {}): void {
  const payment: PreparePayment = {
    kind: 'prepare-payment',
    replyTo: { gatewayId: 'gateway-1', reference: 1 },
    ledgerId: 'a',
    transferId: ID,
    amount: 1000n,
    condition: Buffer.alloc(32, 9),
    expiresAtMs: Date.now() + LASTS_MS,
    receivedAtMs: Date.now(),
    packet: encodeIlp({
      type: 'payment',
      amount: 998n,
      account: 'test.b.client',
      data: Buffer.alloc(0),
    }),
    sideDataDigest: null,
    ...change,
  };
  gateway.send(subjectsOf(scope).routerPrepare, encodeHot(payment));
}

async function received(count: number): Promise<readonly HotMessage[]> {
  await eventually(`${count} planned payments`, () => ledgers.received.length >= count);
  return ledgers.received;
}

test('a payment reaches the owner of its ledger with a plan', async () => {
  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  const router = await startRouter();
  await ready(router);
  send();
  const [planned] = await received(1);
  expect(planned).toMatchObject({
    kind: 'planned-payment',
    ledgerId: 'a',
    plan: { kind: 'forward', ledgerId: 'b', amount: 998n },
  });
});

test('it is not ready before it knows the ledgers, and payments wait until it does', async () => {
  const router = await startRouter();
  let isReady = false;
  void router.ready.then(() => (isReady = true));
  send();
  send({ transferId: ID.replace('b4', 'b5') });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(isReady).toBe(false);
  expect((await router.context.health.readiness()).checks.ledgers).toMatchObject({ ok: false });

  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  await ready(router);
  await onceReady(router);
  const planned = await received(2);
  expect(planned.map((message) => 'plan' in message && message.plan.kind)).toEqual([
    'forward',
    'forward',
  ]);
});

test('a payment over a peer that is not connected is refused for now, and goes on when it is', async () => {
  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  const router = await startRouter();
  await ready(router);
  const { tables } = router.app.get(LiveRoutes);
  sessions.closes('b');
  await eventually('b is away', () => tables.ledger('b')?.isConnected === false);
  send();
  expect(await received(1)).toMatchObject([{ plan: { kind: 'refuse', code: 'T01' } }]);
  sessions.opens('b');
  await eventually('b is back', () => tables.ledger('b')?.isConnected === true);
  send();
  expect((await received(2))[1]).toMatchObject({ plan: { kind: 'forward', ledgerId: 'b' } });
});

test('a ledger that is opened is known as soon as it is announced', async () => {
  ledgers.open([aLedger('a')], 'silently');
  const router = await startRouter();
  await ready(router);
  const directory = router.app.get(LedgerDirectory);
  const refresh = jest.spyOn(directory, 'refresh');
  ledgers.open([aLedger('a'), aLedger('b')], 'announced');
  await eventually('both are known', () => directory.ledgers?.length === 2);
  // It did not wait until it would have asked by itself.
  expect(refresh).toHaveBeenCalled();
  send();
  expect(await received(1)).toMatchObject([{ plan: { kind: 'forward', ledgerId: 'b' } }]);
});

test('a payment on a ledger that was opened unannounced is not refused for that', async () => {
  ledgers.open([aLedger('b')], 'silently');
  const router = await startRouter();
  await ready(router);
  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  send();
  expect(await received(1)).toMatchObject([{ plan: { kind: 'forward' } }]);
});

test('of two routers one plans a payment, and both plan it alike', async () => {
  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  const routers = await Promise.all([startRouter(), startRouter()]);
  await Promise.all(routers.map(ready));
  const expiresAtMs = Date.now() + LASTS_MS;
  for (let turn = 0; turn < 40; turn += 1) {
    send({ expiresAtMs });
    gateway.flush();
  }
  const planned = await received(40);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(planned).toHaveLength(40);
  const plans = new Set(
    planned.map((message) => 'plan' in message && JSON.stringify(message.plan, withBigints)),
  );
  expect(plans.size).toBe(1);
  const shares = await Promise.all(routers.map(({ context }) => context.metrics.metrics()));
  for (const share of shares) {
    expect(share).toMatch(/causeway_router_plans_total\{outcome="forward",service="router"\} \d+/);
  }
});

test('static routes of the configuration are used, at what their next hop quotes', async () => {
  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  const router = await startRouter({
    peers: [
      {
        id: 'b',
        socket: 'server',
        token: 'secret-of-b',
        authority: 'admin',
        ledger: { prefix: 'test.b.', currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' },
      },
    ],
    routes: [
      {
        targetPrefix: 'test.far.',
        connectorLedger: 'test.b.',
        connectorAccount: 'test.b.client',
      },
    ],
  });
  await ready(router);
  const asked = sessions.answers('b', () => ({
    type: 'liquidity-response',
    points: [
      [0n, 0n],
      [10_000n, 10_000n],
    ],
    appliesToPrefix: 'test.far.',
    sourceHoldDurationMs: 60_000,
    expiresAtMs: Date.now() + 30_000,
  }));
  const packet = encodeIlp({
    type: 'forwarded-payment',
    account: 'test.far.away',
    data: Buffer.alloc(0),
  });
  send({ packet });
  expect(await received(1)).toMatchObject([
    { plan: { kind: 'forward', ledgerId: 'b', amount: 998n } },
  ]);
  send({ packet });
  await received(2);
  expect(asked).toMatchObject([{ type: 'liquidity-request', destinationAccount: 'test.far.away' }]);
});

test('without a configured secret all routers share the one that is kept with the database', async () => {
  const database = await scratchDatabase();
  try {
    await migrate(database.url);
    ledgers.open([aLedger('a'), aLedger('b')], 'silently');
    const connector = { address: scope.replace('-', '.'), maxHoldTimeMs: MAX_HOLD_MS };
    const more = { connector, databaseUrl: database.url };
    const receivedAtMs = Date.now();
    for (let turn = 0; turn < 2; turn += 1) {
      const router = await startRouter(more);
      await ready(router);
      send({ receivedAtMs, expiresAtMs: receivedAtMs + LASTS_MS });
      await received(turn + 1);
      await router.stop();
      services.pop();
    }
    const [first, second] = ledgers.received;
    expect(second).toEqual(first);
    const dataSource = await createDataSource(database.url, { applicationName: 'spec' });
    const secret = await new SettingsStore(dataSource).get(SECRET_SETTING);
    await dataSource.destroy();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    await database.drop();
  }
});

test('what it has taken it still plans when it is told to leave', async () => {
  ledgers.open([aLedger('a'), aLedger('b')], 'silently');
  const router = await startRouter();
  await ready(router);
  for (let turn = 0; turn < 100; turn += 1) send();
  gateway.flush();
  await gatewayBus.roundTrip(10_000);
  await router.stop();
  services.pop();
  expect(await received(100)).toHaveLength(100);
});

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
