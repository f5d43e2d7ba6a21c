import fc from 'fast-check';
import { Curve, MAX_AMOUNT } from '#domain/liquidity';
import type { IlqpRequest } from '#protocol';
import { answerQuote } from './answer-quote';
import type { ReceivedRoute } from './route-announcement';
import { ROUTE_LIMITS } from './route-announcement';
import { deliveredBy } from './route-amounts';
import { RoutingTables } from './routing-tables';

const NOW = 1_000_000;
const ONE_TO_ONE = Curve.of([
  [0n, 0n],
  [1_000n, 1_000n],
]);
const DOUBLE = Curve.of([
  [0n, 0n],
  [1_000n, 2_000n],
]);

const ledger = (ledgerId: string) => ({
  ledgerId,
  prefix: `${ledgerId}.`,
  currencyScale: 9,
  account: 'us',
});

interface Made {
  readonly limits?: Partial<typeof ROUTE_LIMITS>;
  readonly head?: Curve;
}

const made = ({ limits = {}, head = ONE_TO_ONE }: Made = {}): RoutingTables =>
  RoutingTables.build([ledger('a'), ledger('b'), ledger('c')], {
    spreadPpm: 0n,
    minMessageWindowMs: 1_000,
    limits: { ...ROUTE_LIMITS, ...limits },
    staticRoutes: [
      { targetPrefix: '', connectorLedger: 'b.', connectorAccount: 'b.bob' },
      { targetPrefix: '', connectorLedger: 'c.', connectorAccount: 'c.zoe' },
    ],
    pricing: () => ({ local: head, public: head.shiftX(1n), shift: 1n }),
  });

const BOB = { ledgerId: 'b', account: 'b.bob', routeKey: '' };
const quoted = (key: string, change: object = {}) => ({
  key,
  curve: DOUBLE,
  windowMs: 2_500,
  expiresAtMs: NOW + 10_000,
  ...change,
});

const find = (tables: RoutingTables, destination: string, nowMs = NOW, from = 'a') =>
  tables.routeFor({ sourceLedgerId: from, destination, nowMs, sourceAmount: 100n });

const liquidity = (tables: RoutingTables, destinationAccount: string) =>
  answerQuote(tables, {
    ledgerId: 'a',
    request: {
      type: 'liquidity-request',
      destinationAccount,
      destinationHoldDurationMs: 3_000,
    },
    nowMs: NOW,
    rules: { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 },
  });

const told: ReceivedRoute = {
  destination: 'x.',
  sourceLedger: 'b.',
  sourceAccount: 'b.bob',
  minMessageWindowS: 1,
  paths: [[]],
};
const TELLER = { ledgerId: 'b', account: 'b.bob' };
const HOLD = { holdDownMs: 5_000, nowMs: NOW };

describe('a quote of a next hop', () => {
  test('prices its route from every ledger of ours until it expires', () => {
    const tables = made();
    expect(find(tables, 'x.y')).toMatchObject({ kind: 'curve-less', nextHop: 'b.bob' });
    expect(tables.quote(BOB, quoted(''))).toBe(true);
    for (const from of ['a', 'c']) {
      const route = find(tables, 'x.y', NOW + 9_999, from);
      expect(route).toMatchObject({ kind: 'learnt', nextHop: 'b.bob', minMessageWindowMs: 3_500 });
      if (route?.kind === 'learnt') expect(deliveredBy(route, 100n)).toBe(200n);
    }
    expect(find(tables, 'x.y', NOW + 10_000)).toMatchObject({ kind: 'curve-less' });
  });

  test('for a longer prefix prices only what lies below that, and the longest one counts', () => {
    const tables = made();
    tables.quote(BOB, quoted('x.'));
    tables.quote(BOB, quoted('x.y.', { curve: ONE_TO_ONE, expiresAtMs: NOW + 5_000 }));
    const brings = (to: string, nowMs = NOW): bigint | undefined => {
      const route = find(tables, to, nowMs);
      return route?.kind === 'learnt' ? deliveredBy(route, 100n) : undefined;
    };
    expect(find(tables, 'x.y.z')).toMatchObject({ matchedKey: 'x.y.' });
    expect([brings('x.y.z'), brings('x.z'), brings('w.z')]).toEqual([100n, 200n, undefined]);
    expect(brings('x.y.z', NOW + 5_000)).toBe(200n);
  });

  test('is told to nobody, and changes nothing of what is', () => {
    const tables = made();
    tables.learn(TELLER, [told], HOLD);
    const before = tables.exportOver('a', NOW);
    const routes = new Map(before?.routes);
    tables.quote({ ...BOB, routeKey: 'x.' }, quoted('x.'));
    tables.quote({ ...BOB, routeKey: 'x.' }, quoted('x.y.'));
    expect(find(tables, 'x.y.z')).toMatchObject({ kind: 'learnt' });
    const after = tables.exportOver('a', NOW);
    expect(after?.changedSince(before?.revision ?? 0)).toEqual([]);
    expect(new Map(after?.routes)).toEqual(routes);
    expect(routes.get('x.')).toBeDefined();
    expect(routes.get('x.')?.curve).toBeUndefined();
  });

  test('holds in answers as far as no other quote lies below, and until it expires', () => {
    const tables = made();
    tables.quote(BOB, quoted(''));
    expect(liquidity(tables, 'x.y')).toMatchObject({
      appliesToPrefix: 'x.',
      sourceHoldDurationMs: 6_500,
      expiresAtMs: NOW + 10_000,
    });
    tables.quote(BOB, quoted('x.z.'));
    expect(liquidity(tables, 'x.y')).toMatchObject({ appliesToPrefix: 'x.y' });
    expect(liquidity(tables, 'x.z.y')).toMatchObject({ appliesToPrefix: 'x.z.' });
  });

  test('goes with its route: withdrawn, expired, told with a curve, or told anew', () => {
    const key = { ...BOB, routeKey: 'x.' };
    const way = (spoil: (tables: RoutingTables) => void): unknown => {
      const tables = made();
      tables.learn(TELLER, [told], HOLD);
      expect(tables.quote(key, quoted('x.'))).toBe(true);
      expect(tables.hasQuote(key, 'x.y', NOW)).toBe(true);
      spoil(tables);
      expect(tables.hasQuote(key, 'x.y', NOW)).toBe(false);
      expect(tables.quotesKept).toBe(0);
      return find(tables, 'x.y');
    };
    expect(way((tables) => tables.withdraw(TELLER, ['x.']))).toMatchObject({ matchedKey: '' });
    expect(way((tables) => tables.expire(NOW + 5_000))).toMatchObject({ matchedKey: '' });
    expect(way((tables) => tables.forgetPeer('b'))).toMatchObject({ matchedKey: '' });
    const curve = ONE_TO_ONE;
    expect(way((tables) => tables.learn(TELLER, [{ ...told, curve }], HOLD))).toMatchObject({
      tail: ONE_TO_ONE,
    });
    const slower = { ...told, minMessageWindowS: 2 };
    expect(way((tables) => tables.learn(TELLER, [slower], HOLD))).toMatchObject({
      kind: 'curve-less',
    });
  });

  test('outlives that its route is told again as it was', () => {
    const tables = made();
    tables.learn(TELLER, [told], HOLD);
    tables.quote({ ...BOB, routeKey: 'x.' }, quoted('x.'));
    tables.learn(TELLER, [told], HOLD);
    expect(find(tables, 'x.y')).toMatchObject({ kind: 'learnt' });
  });

  test('goes with the ledger that leads to the next hop: who comes after it may be another', () => {
    const tables = made();
    tables.quote(BOB, quoted(''));
    expect(find(tables, 'x.y')).toMatchObject({ kind: 'learnt' });
    tables.adopt([ledger('a'), ledger('c')]);
    expect(tables.quotesKept).toBe(0);
    tables.adopt([ledger('a'), ledger('b'), ledger('c')]);
    expect(find(tables, 'x.y')).toMatchObject({ kind: 'curve-less' });
    expect(tables.quote(BOB, quoted(''))).toBe(true);
  });

  test('is not taken in for a route that there is not, or that has a curve', () => {
    const tables = made();
    expect(tables.quote({ ...BOB, account: 'b.ben' }, quoted(''))).toBe(false);
    expect(tables.quote({ ...BOB, ledgerId: 'gone' }, quoted(''))).toBe(false);
    expect(tables.quote({ ...BOB, routeKey: 'x.' }, quoted('x.'))).toBe(false);
    tables.learn(TELLER, [{ ...told, curve: ONE_TO_ONE }], HOLD);
    expect(tables.quote({ ...BOB, routeKey: 'x.' }, quoted('x.'))).toBe(false);
    expect(tables.quotesKept).toBe(0);
  });

  test('of one that takes more than our pair brings is no way at all', () => {
    const tables = made();
    tables.quote(
      BOB,
      quoted('', {
        curve: Curve.of([
          [1_001n, 5n],
          [2_000n, 6n],
        ]),
      }),
    );
    expect(find(tables, 'x.y')).toMatchObject({ kind: 'curve-less', nextHop: 'c.zoe' });
    expect(tables.explain({ from: 'a', to: 'x.y', amount: 5n, nowMs: NOW }).refused).toMatchObject([
      { kind: 'static', nextHop: 'b.bob', reason: 'no-common-amounts' },
    ]);
  });

  test('is explained: what it brings, how far it holds, until when; or that it would be asked for', () => {
    const tables = made();
    const explained = () => tables.explain({ from: 'a', to: 'x.y', amount: 100n, nowMs: NOW }).ways;
    expect(explained()).toMatchObject([
      { nextHop: 'b.bob', price: undefined, quoted: undefined, isChosen: true },
      { nextHop: 'c.zoe', price: undefined, quoted: undefined, isChosen: false },
    ]);
    tables.quote(BOB, quoted('x.'));
    expect(explained()[0]).toMatchObject({
      price: { brings: 200n },
      quoted: { key: 'x.', expiresAtMs: NOW + 10_000 },
    });
  });
});

describe('of several next hops that have to be asked', () => {
  test('the first is asked first, and the others are named after it (D-38)', () => {
    expect(find(made(), 'x.y')).toMatchObject({
      nextHop: 'b.bob',
      others: [{ kind: 'curve-less', nextHop: 'c.zoe', next: { ledgerId: 'c' } }],
    });
  });

  test('the one that has quoted is taken, and the others need not be asked', () => {
    const tables = made();
    tables.quote({ ledgerId: 'c', account: 'c.zoe', routeKey: '' }, quoted('x.'));
    expect(find(tables, 'x.y')).toMatchObject({ kind: 'learnt', nextHop: 'c.zoe' });
    expect(find(tables, 'w.y')).toMatchObject({ kind: 'curve-less', nextHop: 'b.bob' });
  });
});

describe('quotes that are kept', () => {
  test('are so many of one peer, and so many in all: the oldest go', () => {
    const tables = made({ limits: { quotesPerPeer: 2, quotesInAll: 3 } });
    const ZOE = { ledgerId: 'c', account: 'c.zoe', routeKey: '' };
    const knows = (about: typeof BOB, key: string): boolean =>
      tables.hasQuote(about, `${key}y`, NOW);
    for (const key of ['m.', 'n.', 'o.']) tables.quote(BOB, quoted(key));
    expect(['m.', 'n.', 'o.'].map((key) => knows(BOB, key))).toEqual([false, true, true]);
    for (const key of ['p.', 'q.']) tables.quote(ZOE, quoted(key));
    expect(['n.', 'o.'].map((key) => knows(BOB, key))).toEqual([false, true]);
    expect(['p.', 'q.'].map((key) => knows(ZOE, key))).toEqual([true, true]);
    expect(tables.quotesKept).toBe(3);
  });

  test('are replaced by newer ones of the same prefix, and swept when they expire', () => {
    const tables = made({ limits: { quotesInAll: 2 } });
    tables.quote(BOB, quoted('m.'));
    tables.quote(BOB, quoted('n.'));
    tables.quote(BOB, quoted('m.', { expiresAtMs: NOW + 20_000 }));
    expect(tables.quotesKept).toBe(2);
    tables.quote(BOB, quoted('o.'));
    expect(tables.hasQuote(BOB, 'n.y', NOW)).toBe(false);
    tables.expire(NOW + 10_000);
    expect(tables.quotesKept).toBe(1);
    expect(tables.hasQuote(BOB, 'm.y', NOW + 10_000)).toBe(true);
  });
});

describe('never is more promised over a quoted way than its head and its tail bring', () => {
  const amount = (max: bigint) => fc.bigInt({ min: 0n, max });
  const curves = fc
    .array(fc.tuple(amount(100_000n), amount(100_000n)), { minLength: 1, maxLength: 6 })
    .map((points) => {
      const xs = [...new Set(points.map(([x]) => x))].sort((one, other) => (one < other ? -1 : 1));
      const ys = points.map(([, y]) => y).sort((one, other) => (one < other ? -1 : 1));
      return Curve.of(xs.map((x, index) => [x, ys[index] ?? 0n] as const));
    });
  const asked = (tables: RoutingTables, request: Partial<IlqpRequest>) =>
    answerQuote(tables, {
      ledgerId: 'a',
      request: {
        destinationAccount: 'x.y',
        destinationHoldDurationMs: 0,
        ...request,
      } as IlqpRequest,
      nowMs: NOW,
      rules: { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 },
    });

  test('whatever the curves and the amount', () => {
    fc.assert(
      fc.property(curves, curves, amount(120_000n), (head, tail, x) => {
        const tables = made({ head });
        tables.quote(BOB, quoted('x.', { curve: tail }));
        const brought = (source: bigint): bigint =>
          source < head.minSource ? 0n : tail.amountAt(head.amountAt(source));
        const bySource = asked(tables, { type: 'by-source-request', sourceAmount: x });
        if (bySource.type === 'by-source-response') {
          expect(bySource.destinationAmount).toBe(brought(x));
        }
        const byDestination = asked(tables, {
          type: 'by-destination-request',
          destinationAmount: x,
        });
        if (byDestination.type === 'by-destination-response') {
          expect(byDestination.sourceAmount).toBeLessThanOrEqual(MAX_AMOUNT);
          expect(brought(byDestination.sourceAmount)).toBeGreaterThanOrEqual(x);
        }
        const all = asked(tables, { type: 'liquidity-request' });
        if (all.type !== 'liquidity-response') return;
        for (const [source, promised] of all.points) {
          expect(promised).toBeLessThanOrEqual(brought(source));
        }
      }),
      { numRuns: 500 },
    );
  });
});
