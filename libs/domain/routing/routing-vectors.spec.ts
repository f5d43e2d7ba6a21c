import { Curve } from '#domain/liquidity';
import type { CurvePoint } from '#protocol';
import vectors from '../../../test/vectors/vectors.json';
import type { LedgerFacts } from './local-ledger';
import { deliveredBy, sourceAmountFor } from './route-amounts';
import type { ReceivedRoute, RejectedRoute } from './route-announcement';
import { RoutingTables } from './routing-tables';
import type { StaticRouteRule } from './static-route';

/*
 * What ilp-routing 10 does, held against the tables (`routing`), and the rule of SPEC §11.5 worked
 * out by hand (`section_rule`).
 */

type Points = readonly (readonly (number | string)[])[];

interface ScenarioPair {
  readonly from: string;
  readonly to: string;
  readonly points: Points;
}

interface RouteVector {
  readonly source_ledger: string;
  readonly destination_ledger: string;
  readonly source_account: string;
  readonly min_message_window: number;
  readonly points?: Points;
  readonly paths?: readonly (readonly string[])[];
}

interface Scenario {
  readonly id: string;
  readonly local_pairs?: unknown;
  readonly remote_routes?: readonly RouteVector[];
  readonly additions?: readonly {
    readonly case: string;
    readonly route: RouteVector;
    readonly historic_added: boolean;
  }[];
  readonly static_routes?: readonly StaticRouteRule[];
  readonly lookups?: readonly (readonly [
    string,
    { readonly best_hop: string; readonly target_prefix: string; readonly has_curve: boolean },
  ])[];
  readonly by_source_amount?: readonly (readonly [string, { best_hop: string; value: string }])[];
  readonly by_destination_amount?: readonly (readonly [
    string,
    { best_hop: string; cost: string } | null,
  ])[];
  readonly withdrawals?: readonly { sender: string; ledger: string; lost: string[] }[];
  readonly exported: readonly RouteVector[];
}

const scenarios = vectors.routing as readonly unknown[] as readonly Scenario[];
const scenario = (id: string): Scenario => {
  const found = scenarios.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no vector ${id}`);
  return found;
};

const curveOf = (points: Points): Curve =>
  Curve.of(points.map(([x = 0, y = 0]): CurvePoint => [BigInt(x), BigInt(y)]));
const idOf = (prefix: string): string => prefix.replace('.', '');
const ledger = (prefix: string): LedgerFacts => ({
  ledgerId: idOf(prefix),
  prefix,
  currencyScale: 0,
  account: 'mark',
});

function pairsOf({ local_pairs: listed }: Scenario): ScenarioPair[] {
  if (!Array.isArray(listed)) return [];
  return (listed as [string, string, Points][]).map(([from, to, points]) => ({ from, to, points }));
}

const ONE_FOR_ONE: Points = [
  [0, 0],
  [100, 100],
];

/** The tables of a scenario; where it lists no pairs, a. and b. exchange one for one. */
function tablesOf(id: string, sectionRule: 'per-section' | 'global' = 'per-section') {
  const vector = scenario(id);
  const pairs = pairsOf(vector);
  const priced = (from: string, to: string): Curve =>
    curveOf(pairs.find((each) => each.from === from && each.to === to)?.points ?? ONE_FOR_ONE);
  return RoutingTables.build([ledger('a.'), ledger('b.')], {
    spreadPpm: 0n,
    minMessageWindowMs: 1000,
    staticRoutes: vector.static_routes ?? [],
    sectionRule,
    pricing: (source, next) => {
      const local = priced(source.prefix, next.prefix);
      return { local, public: local, shift: 0n };
    },
  });
}

const received = (route: RouteVector): ReceivedRoute => ({
  destination: route.destination_ledger,
  sourceLedger: route.source_ledger,
  sourceAccount: route.source_account,
  minMessageWindowS: route.min_message_window,
  curve: route.points === undefined ? undefined : curveOf(route.points),
  paths: route.paths ?? [],
});

function learn(tables: RoutingTables, route: RouteVector): readonly RejectedRoute[] {
  const teller = { ledgerId: 'b', account: route.source_account };
  return tables.learn(teller, [received(route)], { holdDownMs: 45_000, nowMs: 0 });
}

const find = (tables: RoutingTables, destination: string, amounts: object) =>
  tables.routeFor({ sourceLedgerId: 'a', destination, nowMs: 1, ...amounts });

/** As the vectors write exports, without what the dialect adds. */
function exported(tables: RoutingTables): object[] {
  return ['a', 'b'].flatMap((id) => {
    const routes = [...(tables.exportOver(id, 1)?.routes.values() ?? [])];
    return routes.map(({ destination, minMessageWindowS, curve, paths }) => ({
      source: `${id}.`,
      destination,
      minMessageWindowS,
      points: curve?.points,
      paths,
    }));
  });
}

/** Of historic exports the paths lack the next ledger (D-28), and a bogus default route is one. */
function expectedExports(routes: readonly RouteVector[]): object[] {
  const isBogus = (route: RouteVector): boolean =>
    route.destination_ledger === 'b.' && route.points === undefined;
  return routes
    .filter((route) => !isBogus(route))
    .map((route) => ({
      source: route.source_ledger,
      destination: route.destination_ledger,
      minMessageWindowS: route.min_message_window,
      points: route.points === undefined ? undefined : curveOf(route.points).points,
      paths: ['a.', 'b.'].includes(route.destination_ledger) ? [[]] : [['b.']],
    }));
}

const inOrder = (routes: readonly object[]): string[] =>
  routes
    .map((route) => JSON.stringify(route, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v)))
    .sort();

describe.each(['parallel-equal-length', 'shorter-beats-cheaper'])('%s', (id) => {
  const vector = scenario(id);
  // Historic look-ups by source amount know the shortest group only, those by destination all.
  const built = (rule: 'per-section' | 'global'): RoutingTables => {
    const tables = tablesOf(id, rule);
    for (const route of vector.remote_routes ?? []) expect(learn(tables, route)).toEqual([]);
    return tables;
  };
  const to = `${vector.remote_routes?.[0]?.destination_ledger ?? ''}x`;

  test.each(vector.by_source_amount ?? [])('%s source units go as they did', (amount, best) => {
    const sourceAmount = BigInt(amount);
    const route = find(built('global'), to, { sourceAmount });
    if (route?.kind !== 'learnt') throw new Error('no route');
    expect(route.nextHop).toBe(best.best_hop);
    expect(deliveredBy(route, sourceAmount)).toBe(BigInt(best.value));
  });

  test.each(vector.by_destination_amount ?? [])('%s units arrive as they did', (amount, best) => {
    const route = find(built('per-section'), to, { destinationAmount: BigInt(amount) });
    if (best === null) {
      expect(route).toMatchObject({ kind: 'out-of-reach', maxAmount: 100n });
      return;
    }
    if (route?.kind !== 'learnt') throw new Error('no route');
    expect(route.nextHop).toBe(best.best_hop);
    const cost = sourceAmountFor(route, BigInt(amount)) ?? -1n;
    // Historic costs were rounded down, which may not suffice (D-23).
    expect([BigInt(best.cost), BigInt(best.cost) + 1n]).toContain(cost);
    expect(deliveredBy(route, cost)).toBeGreaterThanOrEqual(BigInt(amount));
    if (cost !== BigInt(best.cost)) {
      expect(deliveredBy(route, cost - 1n)).toBeLessThan(BigInt(amount));
    }
  });

  test('is told to others as it was', () => {
    const tables = built('per-section');
    expect(inOrder(exported(tables))).toEqual(inOrder(expectedExports(vector.exported)));
  });
});

describe('parallel-equal-length', () => {
  test('a destination is lost only with its last next hop', () => {
    const { remote_routes: routes = [], withdrawals = [] } = scenario('parallel-equal-length');
    const tables = tablesOf('parallel-equal-length');
    for (const route of routes) learn(tables, route);
    for (const { sender, ledger: key, lost } of withdrawals) {
      expect(tables.withdraw({ ledgerId: 'b', account: sender }, [key])).toBe(1);
      expect(tables.exportOver('a', 1)?.routes.has(key)).toBe(lost.length === 0);
    }
  });
});

describe('acceptance-and-loops', () => {
  const vector = scenario('acceptance-and-loops');
  const reasons = new Map([
    ['back to the receiving ledger', 'loop'],
    ['onto the shared ledger', 'loop'],
    ['path through the receiving ledger', 'loop'],
    ['one of two paths loops', 'loop'],
    ['unknown source ledger', 'source-ledger-not-shared'],
  ]);

  test.each(vector.additions ?? [])('$case', ({ case: name, route }) => {
    const reason = reasons.get(name);
    const rejected = learn(tablesOf('acceptance-and-loops'), route);
    if (reason === undefined) expect(rejected).toEqual([]);
    else expect(rejected).toMatchObject([{ destination: route.destination_ledger, reason }]);
  });

  test('is told to others as it was', () => {
    const tables = tablesOf('acceptance-and-loops');
    for (const { route } of vector.additions ?? []) learn(tables, route);
    expect(inOrder(exported(tables))).toEqual(inOrder(expectedExports(vector.exported)));
  });
});

describe('static-default-routes', () => {
  const vector = scenario('static-default-routes');
  const tables = tablesOf('static-default-routes');

  test.each(vector.lookups ?? [])('%s goes as it did', (destination, best) => {
    const route = find(tables, destination, { sourceAmount: 5n });
    expect(route).toMatchObject({
      kind: best.has_curve ? 'local' : 'curve-less',
      matchedKey: best.target_prefix,
      ...(!best.has_curve && { nextHop: best.best_hop }),
    });
  });

  test('the default route is not told to others, as what it was never was one', () => {
    expect(inOrder(exported(tables))).toEqual(inOrder(expectedExports(vector.exported)));
  });
});

test('three-local-ledgers: each is told of both others, with the curves of the pairs', () => {
  const { exported: expected } = scenario('three-local-ledgers');
  const tables = RoutingTables.build([ledger('a.'), ledger('b.'), ledger('c.')], {
    spreadPpm: 0n,
    minMessageWindowMs: 1000,
    staticRoutes: [],
    pricing: (source, next) => {
      const found = expected.find(
        (route) =>
          route.source_ledger === source.prefix && route.destination_ledger === next.prefix,
      );
      const local = curveOf(found?.points ?? []);
      return { local, public: local, shift: 0n };
    },
  });
  for (const id of ['a', 'b', 'c']) {
    const told = tables.exportOver(id, 1)?.routes ?? new Map<string, never>();
    const wanted = expected.filter(({ source_ledger: source }) => source === `${id}.`);
    expect([...told.keys()].sort()).toEqual(wanted.map((each) => each.destination_ledger).sort());
    for (const { destination_ledger: key, points = [] } of wanted) {
      expect(told.get(key)).toMatchObject({ minMessageWindowS: 1, paths: [[]] });
      expect(told.get(key)?.curve?.points).toEqual(curveOf(points).points);
    }
  }
});

describe('section_rule', () => {
  const rule = vectors.section_rule;
  const built = (): RoutingTables => {
    const tables = tablesOf('shorter-beats-cheaper');
    const { remote_routes: routes = [] } = scenario('shorter-beats-cheaper');
    for (const route of routes) learn(tables, route);
    return tables;
  };

  test('what is told to others is the shortest group only', () => {
    const told = built().exportOver('a', 1)?.routes.get('d.');
    expect(told?.curve?.points).toEqual(curveOf(rule.broadcast_curve).points);
  });

  test('what is quoted are all groups, section by section', () => {
    const query = { sourceLedgerId: 'a', destination: 'd.x', nowMs: 1 };
    expect(built().effectiveRoute(query)).toMatchObject({
      kind: 'effective',
      curve: { points: curveOf(rule.effective_curve).points },
    });
  });

  test.each(rule.effective_by_source)('%s source units go %s and bring %s', (x, hop, y) => {
    const route = find(built(), 'd.x', { sourceAmount: BigInt(x) });
    if (route?.kind !== 'learnt') throw new Error('no route');
    expect(route.nextHop).toBe(`b.${hop}`);
    expect(deliveredBy(route, BigInt(x))).toBe(BigInt(y));
  });

  test.each(rule.effective_by_destination)('%s units arrive by %s for %s', (y, hop, x) => {
    const route = find(built(), 'd.x', { destinationAmount: BigInt(y ?? '') });
    if (hop === null || x === null) {
      expect(route).toMatchObject({ kind: 'out-of-reach', maxAmount: 1000n });
      return;
    }
    if (route?.kind !== 'learnt') throw new Error('no route');
    expect(route.nextHop).toBe(`b.${hop}`);
    expect(sourceAmountFor(route, BigInt(y ?? ''))).toBe(BigInt(x));
  });

  test.each(rule.payments)('a payment of $source for $packet_amount: $result', (payment) => {
    const sourceAmount = BigInt(payment.source);
    const destinationAmount = BigInt(payment.packet_amount);
    const route = find(built(), 'd.x', { sourceAmount, destinationAmount });
    if (route?.kind !== 'learnt') throw new Error('no route');
    const suffices = deliveredBy(route, sourceAmount) >= destinationAmount;
    expect(suffices ? route.nextHop : 'R01').toBe(
      payment.result === 'R01' ? 'R01' : `b.${payment.result}`,
    );
  });
});
