import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { decodeHot, encodeHot, type PreparePayment } from '#contracts';
import {
  type LedgerFacts,
  type RemoteOutcome,
  type RemoteQuoteNeeded,
  RoutingTables,
} from '#domain/routing';
import { Curve } from '#domain/liquidity';
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

const desks: PrepareDesk[] = [];

afterEach(() => {
  for (const desk of desks.splice(0)) desk.close();
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
  desks.push(desk);
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

describe('a payment over a way of which nobody told what it takes', () => {
  const far = (change: Partial<PreparePayment> = {}): Buffer => {
    const packet = encodeIlp({
      type: 'payment',
      amount: 900n,
      account: 'far.bob',
      data: Buffer.alloc(0),
    });
    return encodeHot(payment({ packet, ...change }));
  };
  const idOf = (n: number): string => `b4c838f6-80b1-47f8-a82e-b1fcfbed89d${n}`;
  const curve = Curve.of([
    [0n, 0n],
    [10_000n, 10_000n],
  ]);
  const soon = async (): Promise<void> => {
    for (let n = 0; n < 10; n += 1) await Promise.resolve();
  };

  function ready() {
    const up = setUp();
    up.tables.adopt([A, B]);
    let say: (outcome: RemoteOutcome) => void = () => undefined;
    const later = () => {
      up.answers.push(new Promise((resolve) => (say = resolve)));
      return (outcome: RemoteOutcome) => {
        say(outcome);
      };
    };
    const quoted = (): void => {
      const about = { ledgerId: 'b', account: 'test.b.bob', routeKey: 'far.' };
      const tail = { key: 'far.', curve, windowMs: 0, expiresAtMs: NOW + 60_000 };
      up.tables.quote(about, tail);
    };
    const plans = (): unknown[] => up.sent.map(({ entry }) => decodeHot(entry));
    return { ...up, later, quoted, plans };
  }

  afterEach(() => {
    jest.useRealTimers();
  });

  test('waits for a quote of its next hop, and goes on by that; others do not wait', async () => {
    const { desk, asked, later, quoted, plans, metrics } = ready();
    const say = later();
    desk.receive(far());
    desk.receive(encodeHot(payment({ transferId: idOf(6) })));
    expect(plans()).toMatchObject([{ transferId: idOf(6), plan: { kind: 'forward' } }]);
    expect(asked).toMatchObject([{ destination: 'far.bob', holdDurationMs: 5000 }]);
    expect(metrics.quoting()).toBe(1);
    quoted();
    say({ kind: 'quoted' });
    await soon();
    expect(plans()[1]).toMatchObject({
      transferId: payment().transferId,
      plan: { kind: 'forward', ledgerId: 'b', amount: 998n },
    });
    expect(metrics.quoting()).toBe(0);
    desk.receive(far({ transferId: idOf(7) }));
    expect(plans()[2]).toMatchObject({ transferId: idOf(7), plan: { kind: 'forward' } });
    expect(asked).toHaveLength(1);
  });

  test('keeps its place among those that wait for the same, and a repetition takes it', async () => {
    const { desk, answers, quoted, plans, asked } = ready();
    let say: () => void = () => undefined;
    const same = new Promise<RemoteOutcome>((resolve) => {
      say = () => {
        resolve({ kind: 'quoted' });
      };
    });
    answers.push(same, same, same);
    for (const n of [1, 2, 3]) desk.receive(far({ transferId: idOf(n) }));
    desk.receive(far({ transferId: idOf(1), replyTo: { gatewayId: 'gateway-2', reference: 9 } }));
    expect(asked).toHaveLength(3);
    quoted();
    say();
    await soon();
    expect(plans()).toMatchObject([
      { transferId: idOf(1), replyTo: { gatewayId: 'gateway-2', reference: 9 } },
      { transferId: idOf(2) },
      { transferId: idOf(3) },
    ]);
  });

  test('is refused with the error of the next hop', async () => {
    const { desk, later, plans } = ready();
    const say = later();
    desk.receive(far());
    const error = {
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'far.away',
      forwardedBy: [],
      triggeredAtMs: NOW,
      data: Buffer.from('{"message":"no such bob"}'),
    } as const;
    say({ kind: 'failed', failure: { kind: 'relayed', error } });
    await soon();
    const refused = { code: 'F02', triggeredBy: 'far.away', message: 'no such bob' };
    expect(plans()).toMatchObject([{ plan: { kind: 'refuse', ...refused } }]);
  });

  test('is refused with whatever code the next hop makes up, and counted as one of these', async () => {
    const { desk, answers, plans, metrics } = ready();
    const codes = ['S01', '\u00ff\n"', 'F99'];
    const error = {
      type: 'error',
      name: '',
      triggeredBy: 'far.away',
      forwardedBy: [],
      triggeredAtMs: NOW,
      data: Buffer.alloc(0),
    } as const;
    for (const [n, code] of codes.entries()) {
      const failure = { kind: 'relayed', error: { ...error, code } } as const;
      answers.push(Promise.resolve({ kind: 'failed', failure }));
      desk.receive(far({ transferId: idOf(n) }));
    }
    await soon();
    expect(plans()).toMatchObject(codes.map((code) => ({ plan: { kind: 'refuse', code } })));
    const registry = new Registry();
    metrics.expose(registry);
    const shown = await registry.getSingleMetric('causeway_router_plans_total')?.get();
    expect(shown?.values.map(({ labels, value }) => [labels.outcome, value])).toEqual([
      ['unknown-error', 2],
      ['F99', 1],
    ]);
  });

  test('is refused with ours where there is none of the next hop', async () => {
    const { desk, later, plans } = ready();
    const say = later();
    desk.receive(far());
    say({ kind: 'failed', failure: { kind: 'own', code: 'T05', message: 'too many' } });
    await soon();
    const refused = { code: 'T05', triggeredBy: 'test.a.server', message: 'too many' };
    expect(plans()).toMatchObject([{ plan: { kind: 'refuse', ...refused } }]);
  });

  test('is refused when what the quote brings does not suffice', async () => {
    const { desk, later, plans, quoted } = ready();
    const say = later();
    const packet = encodeIlp({
      type: 'payment',
      amount: 1_100n,
      account: 'far.bob',
      data: Buffer.alloc(0),
    });
    desk.receive(far({ packet }));
    quoted();
    say({ kind: 'quoted' });
    await soon();
    expect(plans()).toMatchObject([{ plan: { kind: 'refuse', code: 'R01' } }]);
  });

  test('goes on by the amount, where the next hop quotes nothing else', async () => {
    const { desk, later, plans, asked } = ready();
    const say = later();
    desk.receive(far());
    expect(asked).toMatchObject([{ wanted: { by: 'source', amount: 1000n } }]);
    const hop = { ledgerId: 'b', nextHop: 'test.b.bob', sourceHoldDurationMs: 6000 };
    say({ kind: 'amount', amount: { ...hop, by: 'source', asked: 998n, told: 950n } });
    await soon();
    expect(plans()).toMatchObject([{ plan: { kind: 'forward', amount: 998n } }]);
  });

  test('waits no longer than its peer does; what comes later changes nothing', async () => {
    jest.useFakeTimers();
    const { desk, later, clock, plans, quoted, metrics } = ready();
    const say = later();
    desk.receive(far());
    clock.nowMs += 3999;
    await jest.advanceTimersByTimeAsync(3999);
    expect(plans()).toEqual([]);
    clock.nowMs += 1;
    await jest.advanceTimersByTimeAsync(1);
    expect(plans()).toMatchObject([{ plan: { kind: 'refuse', code: 'T01' } }]);
    quoted();
    say({ kind: 'quoted' });
    await soon();
    expect(plans()).toHaveLength(1);
    expect(metrics.quoting()).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is refused at once where too many wait', () => {
    const { desk, plans } = ready();
    const size = far().length;
    const room = Math.floor(1024 / size);
    for (let n = 0; n <= room; n += 1) desk.receive(far({ transferId: idOf(n) }));
    expect(plans()).toMatchObject([
      { transferId: idOf(room), plan: { kind: 'refuse', code: 'T03' } },
    ]);
  });

  test('is asked about again a few times only, whatever comes of it', async () => {
    const { desk, answers, asked, plans } = ready();
    for (let n = 0; n < 9; n += 1) answers.push(Promise.resolve({ kind: 'quoted' }));
    desk.receive(far());
    for (let n = 0; n < 10; n += 1) await soon();
    expect(asked).toHaveLength(4);
    expect(plans()).toMatchObject([{ plan: { kind: 'refuse', code: 'T01' } }]);
  });

  test('is forgotten when the router leaves: its gateway sends it to another one', async () => {
    jest.useFakeTimers();
    const { desk, later, plans, quoted } = ready();
    const say = later();
    desk.receive(far());
    desk.close();
    expect(jest.getTimerCount()).toBe(0);
    quoted();
    say({ kind: 'quoted' });
    await soon();
    expect(plans()).toEqual([]);
  });
});
