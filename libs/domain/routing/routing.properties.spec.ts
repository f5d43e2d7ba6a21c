import fc from 'fast-check';
import { Curve, joinCurves } from '#domain/liquidity';
import type { CurvePoint } from '#protocol';
import type { LedgerFacts } from './local-ledger';
import type { Route } from './route';
import { deliveredBy, type PricedRoute, sourceAmountFor } from './route-amounts';
import type { ReceivedRoute } from './route-announcement';
import { RoutingTables } from './routing-tables';

/*
 * What holds of every table. Four ledgers of various scales, a peer on each, few destinations that
 * nest in one another, so that routes meet often.
 */

const NOW = 1_000_000;
const HOLD = { holdDownMs: 45_000, nowMs: NOW };
const IDS = ['a', 'b', 'c', 'd'];
const KEYS = ['x.', 'x.y.', 'x.y.z.', 'w.', 'test.b.sub.', 'test.c.'];

const amount = fc.bigInt({ min: 0n, max: 3_000n });
const curve = fc
  .array(fc.tuple(fc.bigInt({ min: 1n, max: 400n }), fc.bigInt({ min: 0n, max: 400n })), {
    minLength: 1,
    maxLength: 5,
  })
  .chain((steps) => fc.tuple(fc.constant(steps), fc.bigInt({ min: 0n, max: 200n })))
  .map(([steps, start]) => {
    const points: CurvePoint[] = [];
    let [x, y] = [start - 1n, 0n];
    for (const [dx, dy] of steps) {
      [x, y] = [x + dx, y + dy];
      points.push([x, y]);
    }
    return Curve.of(points);
  });

interface Told {
  readonly over: string;
  readonly route: ReceivedRoute;
}

const toldBy = (curves: fc.Arbitrary<Curve | undefined>): fc.Arbitrary<Told> =>
  fc
    .record({
      over: fc.constantFrom(...IDS),
      destination: fc.constantFrom(...KEYS),
      minMessageWindowS: fc.integer({ min: 0, max: 5 }),
      curve: curves,
      paths: fc.array(
        fc.uniqueArray(fc.constantFrom('p.', 'q.', 'r.', 'test.a.', 'test.d.'), { maxLength: 2 }),
        { maxLength: 2 },
      ),
    })
    .map(({ over, ...route }) => ({
      over,
      route: { ...route, sourceLedger: `test.${over}.`, sourceAccount: `test.${over}.peer` },
    }));

const network = fc.record({
  ledgers: fc.tuple(...IDS.map(() => fc.integer({ min: 0, max: 2 }))),
  room: fc.tuple(...IDS.map(() => fc.option(fc.bigInt({ min: 0n, max: 2_000n })))),
  spreadPpm: fc.constantFrom(0n, 2_000n, 250_000n),
  told: fc.array(toldBy(fc.option(curve, { nil: undefined, freq: 6 })), { maxLength: 14 }),
});

interface Network {
  readonly ledgers: readonly number[];
  readonly room: readonly (bigint | null)[];
  readonly spreadPpm: bigint;
  readonly told: readonly Told[];
}

const factsOf = ({ ledgers, room }: Network): LedgerFacts[] =>
  IDS.map((ledgerId, index) => {
    const maxOut = room[index];
    return {
      ledgerId,
      prefix: `test.${ledgerId}.`,
      currencyScale: ledgers[index] ?? 0,
      account: 'us',
      peerAccount: 'peer',
      ...(maxOut !== null && maxOut !== undefined && { maxOut }),
    };
  });

function tablesOf(net: Network): RoutingTables {
  const tables = RoutingTables.build(factsOf(net), {
    spreadPpm: net.spreadPpm,
    minMessageWindowMs: 1000,
    staticRoutes: [],
  });
  for (const { over, route } of net.told) {
    tables.learn({ ledgerId: over, account: route.sourceAccount }, [route], HOLD);
  }
  return tables;
}

const address = fc.constantFrom(...KEYS.map((key) => `${key}carl`), 'test.b.bob', 'nowhere.x');
const from = fc.constantFrom(...IDS);

const find = (tables: RoutingTables, sourceLedgerId: string, to: string, amounts: object) =>
  tables.routeFor({ sourceLedgerId, destination: to, nowMs: NOW, ...amounts });

const isPriced = (route: Route | undefined): route is PricedRoute =>
  route?.kind === 'local' || route?.kind === 'learnt';

describe('a route', () => {
  test('is one of the longest prefix that leads on, whatever shorter ones would bring', () => {
    fc.assert(
      fc.property(network, from, address, amount, (net, source, to, sourceAmount) => {
        const tables = tablesOf(net);
        const route = find(tables, source, to, { sourceAmount });
        const key = route?.matchedKey ?? '';
        const longer = KEYS.filter((each) => to.startsWith(each) && each.length > key.length);
        for (const other of longer) {
          const only = { ...net, told: net.told.filter((t) => t.route.destination === other) };
          const there = find(tablesOf(only), source, `${other}carl`, { sourceAmount });
          expect(there?.matchedKey === other).toBe(false);
        }
      }),
    );
  });

  test('never leads back over the ledger that it comes from, nor over one that it passes', () => {
    fc.assert(
      fc.property(network, from, address, amount, (net, source, to, sourceAmount) => {
        const route = find(tablesOf(net), source, to, { sourceAmount });
        if (route?.kind !== 'learnt' && route?.kind !== 'curve-less') return;
        expect(route.next.ledgerId).not.toBe(source);
        const told = net.told.findLast(
          (each) =>
            each.over === route.next.ledgerId && each.route.destination === route.matchedKey,
        );
        expect(told?.route.paths.flat()).not.toContain(`test.${source}.`);
        expect(told?.route.paths.flat()).not.toContain(route.next.prefix);
      }),
    );
  });

  test('for what it brings is the same whether asked by source amount or as a payment', () => {
    fc.assert(
      fc.property(network, from, address, amount, (net, source, to, sourceAmount) => {
        const tables = tablesOf(net);
        const route = find(tables, source, to, { sourceAmount });
        if (!isPriced(route)) return;
        const destinationAmount = deliveredBy(route, sourceAmount);
        if (destinationAmount === 0n) return;
        const paid = find(tables, source, to, { sourceAmount, destinationAmount });
        if (!isPriced(paid)) {
          // Only a way without a price in a shorter group may come before.
          expect(paid).toMatchObject({ kind: 'curve-less' });
          return;
        }
        expect(deliveredBy(paid, sourceAmount)).toBeGreaterThanOrEqual(destinationAmount);
      }),
    );
  });

  test('for a destination amount brings it, for what we ask for it', () => {
    fc.assert(
      fc.property(network, from, address, amount, (net, source, to, destinationAmount) => {
        const route = find(tablesOf(net), source, to, { destinationAmount });
        if (!isPriced(route)) return;
        const cost = sourceAmountFor(route, destinationAmount);
        expect(cost).toBeDefined();
        expect(deliveredBy(route, cost ?? -1n)).toBeGreaterThanOrEqual(destinationAmount);
      }),
    );
  });

  test('brings more than any other of its group would, and is of the first group with room', () => {
    fc.assert(
      fc.property(network, from, address, amount, (net, source, to, sourceAmount) => {
        const explained = tablesOf(net).explain({
          from: source,
          to,
          amount: sourceAmount,
          nowMs: NOW,
        });
        const chosen = explained.ways.find(({ isChosen }) => isChosen);
        if (chosen?.price === undefined) return;
        for (const { group, price } of explained.ways) {
          if (price === undefined) continue;
          const hasRoom = price.leastSource <= sourceAmount && sourceAmount <= price.mostSource;
          if (group === chosen.group) expect(price.brings).toBeLessThanOrEqual(chosen.price.brings);
          else if (group < chosen.group && price.mostBrought > 0n) expect(hasRoom).toBe(false);
        }
      }),
    );
  });
});

describe('nothing is promised that is not kept', () => {
  /** One unit more on the next ledger than whole units of ours amount to: what rounding bends. */
  const withOneMore = (route: PricedRoute, x: bigint): bigint => {
    if (route.kind === 'local') return route.head.local.amountAt(x);
    return route.tail.amountAt(route.head.local.amountAt(x) + 1n);
  };

  const mostKept = (tables: RoutingTables, source: string, to: string, x: bigint): bigint => {
    const ways = tables.explain({ from: source, to, amount: x, nowMs: NOW }).ways;
    expect(ways.some(({ isChosen }) => isChosen)).toBe(true);
    const route = find(tables, source, to, { sourceAmount: x });
    return isPriced(route) ? withOneMore(route, x) : 0n;
  };

  test('by a liquidity quote, but for one unit of the next ledger', () => {
    fc.assert(
      fc.property(network, from, address, amount, (net, source, to, x) => {
        const tables = tablesOf(net);
        const query = { sourceLedgerId: source, destination: to, nowMs: NOW };
        const quoted = tables.effectiveRoute(query);
        if (quoted?.kind !== 'effective') return;
        const promised = quoted.curve.amountAt(x);
        if (promised > 0n) expect(promised).toBeLessThanOrEqual(mostKept(tables, source, to, x));
      }),
      { numRuns: 400 },
    );
  });

  test('by what we tell others, but for one unit of the next ledger', () => {
    fc.assert(
      fc.property(network, from, amount, (net, source, x) => {
        const tables = tablesOf(net);
        for (const { destination, curve: points } of tables
          .exportOver(source, NOW)
          ?.routes.values() ?? []) {
          const to = `${destination}carl~`;
          const promised = points?.amountAt(x) ?? 0n;
          // More than ten points are simplified, which may lie above (SPEC §10.3).
          if (promised === 0n || points?.points.length === 10) continue;
          const { matchedKey } = find(tables, source, to, { sourceAmount: x }) ?? {};
          expect(matchedKey).toBe(destination);
          expect(promised).toBeLessThanOrEqual(mostKept(tables, source, to, x));
        }
      }),
      { numRuns: 400 },
    );
  });

  test('by what is told at the points of a joined curve, not even that', () => {
    fc.assert(
      fc.property(curve, curve, (head, tail) => {
        for (const [x, y] of joinCurves(head, tail)?.points ?? []) {
          expect(y).toBeLessThanOrEqual(tail.amountAt(head.amountAt(x)));
        }
      }),
    );
  });
});

test('the order of learning decides nothing but ties', () => {
  const distinct = fc.uniqueArray(toldBy(curve), {
    maxLength: 10,
    selector: ({ over, route }) => `${over} ${route.destination}`,
  });
  const shuffled = distinct.chain((told) =>
    fc.tuple(fc.constant(told), fc.shuffledSubarray(told, { minLength: told.length })),
  );
  fc.assert(
    fc.property(network, shuffled, from, address, amount, (net, [told, other], source, to, x) => {
      const one = find(tablesOf({ ...net, told }), source, to, { sourceAmount: x });
      const two = find(tablesOf({ ...net, told: other }), source, to, { sourceAmount: x });
      expect(two?.kind).toBe(one?.kind);
      expect(two?.matchedKey).toBe(one?.matchedKey);
      if (!isPriced(one) || !isPriced(two)) return;
      expect(two.length).toBe(one.length);
      expect(deliveredBy(two, x)).toBe(deliveredBy(one, x));
    }),
  );
});
