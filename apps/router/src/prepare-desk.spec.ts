import { randomUUID } from 'node:crypto';
import { decodeHot, encodeHot, type PreparePayment } from '#contracts';
import {
  type LedgerFacts,
  type RemoteOutcome,
  type RemoteQuoteNeeded,
  RoutingTables,
} from '#domain/routing';
import { encodeIlp } from '#protocol';
import { HeldPrepares } from './held-prepares';
import { PaymentPlanner } from './payment-planner';
import { PlanningMetrics } from './planning-metrics';
import { PrepareDesk } from './prepare-desk';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const A: LedgerFacts = { ledgerId: 'a', prefix: 'test.a.', currencyScale: 9, account: 'server' };
const B: LedgerFacts = { ledgerId: 'b', prefix: 'test.b.', currencyScale: 9, account: 'server' };

const payment = (change: Partial<PreparePayment> = {}): PreparePayment => ({
  kind: 'prepare-payment',
  replyTo: { gatewayId: 'gateway-1', reference: 7 },
  ledgerId: 'a',
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  amount: 1000n,
  condition: Buffer.alloc(32, 9),
  expiresAtMs: NOW + 6000,
  receivedAtMs: NOW - 1,
  packet: encodeIlp({ type: 'payment', amount: 998n, account: 'test.b.x', data: Buffer.alloc(0) }),
  sideDataDigest: Buffer.alloc(32, 3),
  ...change,
});

interface Sent {
  readonly ledgerId: string;
  readonly entry: Buffer;
}

function setUp() {
  const tables = RoutingTables.build([], {
    spreadPpm: 2000n,
    minMessageWindowMs: 1000,
    staticRoutes: [
      { targetPrefix: 'far.', connectorLedger: 'test.b.', connectorAccount: 'test.b.bob' },
    ],
  });
  const planner = new PaymentPlanner({
    routes: { tables, relaying: new Set() },
    plan: {
      connectorAddress: 'test.causeway',
      slippagePpm: 1000n,
      minMessageWindowMs: 1000,
      maxHoldTimeMs: 10_000,
    },
    relays: new Map(),
    secret: Buffer.alloc(32, 1),
  });
  const sent: Sent[] = [];
  const clock = { nowMs: NOW };
  const refreshes: (() => void)[] = [];
  const asked: RemoteQuoteNeeded[] = [];
  const answers: Promise<RemoteOutcome>[] = [];
  const metrics = new PlanningMetrics();
  const ports = {
    send: (ledgerId: string, entry: Buffer) => void sent.push({ ledgerId, entry }),
    refreshLedgers: () => new Promise<void>((resolve) => refreshes.push(resolve)),
    askNextHop: (needed: RemoteQuoteNeeded) => {
      asked.push(needed);
      return answers.shift() ?? new Promise<never>(() => undefined);
    },
    nowMs: () => clock.nowMs,
  };
  const held = new HeldPrepares({ bytes: 1024, timeMs: 4000 });
  const desk = new PrepareDesk(planner, ports, metrics, { bytes: 1024, timeMs: 4000 }, held);
  const refreshed = async (): Promise<void> => {
    refreshes.shift()?.();
    await Promise.resolve();
  };
  return { tables, sent, clock, refreshes, refreshed, metrics, desk, asked, answers };
}

test('a payment goes on as it came, together with its plan, to the owner of its ledger', () => {
  const { tables, desk, sent } = setUp();
  tables.adopt([A, B]);
  desk.receive(encodeHot(payment()));
  expect(sent).toHaveLength(1);
  expect(sent[0]!.ledgerId).toBe('a');
  expect(decodeHot(sent[0]!.entry)).toEqual({
    ...payment(),
    kind: 'planned-payment',
    plan: {
      kind: 'forward',
      ledgerId: 'b',
      transferId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      amount: 998n,
      expiresAtMs: NOW + 5000,
      pricing: { pays: 'asked', spreadPpm: 2000 },
    },
  });
});

test('a payment that cannot go on goes to the same owner, with the refusal for its plan', () => {
  const { tables, desk, sent } = setUp();
  tables.adopt([A]);
  desk.receive(encodeHot(payment()));
  expect(decodeHot(sent[0]!.entry)).toMatchObject({
    kind: 'planned-payment',
    plan: { kind: 'refuse', code: 'F02', triggeredBy: 'test.a.server' },
  });
});

test('payments keep their order, also those that waited', async () => {
  const { tables, desk, sent, refreshed } = setUp();
  for (const amount of [1001n, 1002n, 1003n]) desk.receive(encodeHot(payment({ amount })));
  expect(sent).toEqual([]);
  tables.adopt([A, B]);
  await refreshed();
  const amounts = sent.map(({ entry }) => decodeHot(entry)).map((m) => 'amount' in m && m.amount);
  expect(amounts).toEqual([1001n, 1002n, 1003n]);
});

test('a ledger that is not known is asked for once, however many payments wait for it', async () => {
  const { desk, refreshes, refreshed, metrics } = setUp();
  desk.receive(encodeHot(payment()));
  desk.receive(encodeHot(payment()));
  expect(refreshes).toHaveLength(1);
  expect(metrics.held).toBe(2);
  await refreshed();
  expect(metrics.held).toBe(0);
  desk.receive(encodeHot(payment()));
  expect(refreshes).toHaveLength(1);
});

test('a ledger that is still not there when all ledgers are known is refused for the time being', async () => {
  const { tables, desk, sent, refreshed } = setUp();
  desk.receive(encodeHot(payment()));
  tables.adopt([B]);
  await refreshed();
  expect(decodeHot(sent[0]!.entry)).toMatchObject({ plan: { kind: 'refuse', code: 'T01' } });
});

test('what waited longer than its gateway would is forgotten, and counted', async () => {
  const { tables, desk, sent, clock, refreshed, metrics } = setUp();
  desk.receive(encodeHot(payment({ amount: 1n })));
  clock.nowMs += 3000;
  desk.receive(encodeHot(payment({ amount: 1002n })));
  clock.nowMs += 1500;
  tables.adopt([A, B]);
  await refreshed();
  expect(sent.map(({ entry }) => decodeHot(entry))).toMatchObject([{ amount: 1002n }]);
  expect(metrics.forgotten).toBe(1);
});

test('what is no payment is counted and goes nowhere', () => {
  const { tables, desk, sent, metrics } = setUp();
  tables.adopt([A, B]);
  desk.receive(Buffer.from('ff00', 'hex'));
  desk.receive(encodeHot({ kind: 'session-opened', ledgerId: 'a', sessionId: randomUUID() }));
  expect(sent).toEqual([]);
  expect(metrics.unreadable).toBe(2);
});
