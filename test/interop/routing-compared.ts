import fc from 'fast-check';
import { Curve } from '../../libs/domain/liquidity';
import {
  deliveredBy,
  type LearntWay,
  type LocalRoute,
  type ReceivedRoute,
  type Route,
  RoutingTables,
  sourceAmountFor,
} from '../../libs/domain/routing';
import type { CurvePoint } from '../../libs/protocol';
import {
  type HistoricHop,
  historicPoints,
  type HistoricRoute,
  type HistoricTables,
  historicTables,
} from './routing-historic';

/**
 * Our tables against those of ilp-routing 10.
 * Same next hop, same amount; or a difference that one of these rules of SPEC.md explains, each of
 * which is proved where it is claimed:
 *
 * - D-26: history chains pairs through its own accounts. Without those (tables of one source ledger
 *   only) it is asked again, and that answer must then agree.
 * - D-29: history takes the shortest group whatever the source amount. Ours was asked again by its
 *   rule, and that answer must agree.
 * - D-23 with §10.4: history looks amounts up on joined curves, rounded down. Our amount must be
 *   exactly what tail after head gives, and no other way of the group may do better.
 *
 * Left out: by destination amount history throws for routes without a curve; for tails that no head
 * reaches it makes a curve without points, and throws as well. Of a peer that announces a route and
 * then the same one with a loop in it, history keeps the former; here the former goes, as the peer
 * no longer stands by it.
 */
export const NOW = 1_000_000;
export const IDS = ['a', 'b', 'c'];
export const KEYS = ['x.', 'x.y.', 'w.', 'test.b.sub.'];
export const prefixOf = (id: string): string => `test.${id}.`;

/** One that begins at nothing, and reaches that much at least. */
export const curve = (least: bigint): fc.Arbitrary<Curve> =>
  fc
    .array(fc.tuple(fc.bigInt({ min: 20n, max: 900n }), fc.bigInt({ min: 1n, max: 900n })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((steps) => {
      let [x, y] = [0n, 0n];
      const points = steps.map(([dx, dy]): CurvePoint => [(x += dx), (y += dy)]);
      return Curve.of([[0n, 0n], ...points, [x + least + 1n, y + least]]);
    });

/** A route, and over which ledger somebody told it. */
export interface Told {
  readonly over: string;
  readonly route: ReceivedRoute & { readonly curve?: Curve };
  /** The same as it was on the wire, where it was. */
  readonly raw?: HistoricRoute;
}

export interface Network {
  readonly heads: readonly Curve[];
  readonly told: readonly Told[];
}

const pairIds = IDS.flatMap((from) => IDS.filter((to) => to !== from).map((to) => `${from}${to}`));

function headOf({ heads }: Network, from: string, to: string): Curve {
  const head = heads[pairIds.indexOf(`${from}${to}`)];
  if (head === undefined) throw new Error('no such pair');
  return head;
}

function ours(net: Network, sectionRule: 'per-section' | 'global'): RoutingTables {
  const ledgers = IDS.map((ledgerId) => {
    return { ledgerId, prefix: prefixOf(ledgerId), currencyScale: 0, account: 'us' };
  });
  const tables = RoutingTables.build(ledgers, {
    spreadPpm: 0n,
    minMessageWindowMs: 1000,
    staticRoutes: [],
    sectionRule,
    pricing: (source, next) => {
      const local = headOf(net, source.ledgerId, next.ledgerId);
      return { local, public: local, shift: 0n };
    },
  });
  for (const { over, route } of net.told) {
    const teller = { ledgerId: over, account: route.sourceAccount };
    tables.learn(teller, [route], { holdDownMs: 45_000, nowMs: NOW });
  }
  return tables;
}

function historic(net: Network, sources: readonly string[]): HistoricTables {
  const pairs = sources.flatMap((from) =>
    IDS.filter((to) => to !== from).map((to): HistoricRoute => ({
      source_ledger: prefixOf(from),
      destination_ledger: prefixOf(to),
      source_account: `${prefixOf(from)}us`,
      destination_account: `${prefixOf(to)}us`,
      min_message_window: 1,
      points: historicPoints(headOf(net, from, to)),
    })),
  );
  const tables = historicTables(pairs);
  for (const { route, raw } of net.told) {
    tables.addRoute(
      raw ?? {
        source_ledger: route.sourceLedger,
        destination_ledger: route.destination,
        source_account: route.sourceAccount,
        min_message_window: route.minMessageWindowS,
        points: route.curve === undefined ? undefined : historicPoints(route.curve),
        paths: route.paths,
      },
    );
  }
  return tables;
}

export interface LookUp {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly by: 'source' | 'destination';
}

interface Answer {
  readonly hop: string;
  /** What arrives, or what it costs; undefined where nobody said. */
  readonly figure: bigint | undefined;
}

type Priced = LocalRoute | LearntWay;

function ourAnswer(route: Route | undefined, { by, amount }: LookUp): Answer | undefined {
  switch (route?.kind) {
    case 'local':
    case 'learnt': {
      const hop = route.kind === 'local' ? route.next.ownAddress : route.nextHop;
      const figure = by === 'source' ? deliveredBy(route, amount) : sourceAmountFor(route, amount);
      return { hop, figure };
    }
    case 'curve-less':
      return { hop: route.nextHop, figure: undefined };
    default:
      return undefined;
  }
}

function theirAnswer(
  tables: HistoricTables,
  { from, to, amount, by }: LookUp,
): HistoricHop | undefined {
  const source = `${prefixOf(from)}payer`;
  return by === 'source'
    ? tables.findBestHopForSourceAmount(source, to, String(amount))
    : tables.findBestHopForDestinationAmount(source, to, String(amount));
}

function figureOf(hop: HistoricHop | undefined): Answer | undefined {
  if (hop === undefined) return undefined;
  const text = hop.bestValue ?? hop.bestCost;
  return { hop: hop.bestHop, figure: text === undefined ? undefined : BigInt(text) };
}

const agree = (one: Answer | undefined, other: Answer | undefined): boolean =>
  one?.hop === other?.hop && one?.figure === other?.figure;

const find = (tables: RoutingTables, { from, to, amount, by }: LookUp): Route | undefined =>
  tables.routeFor({
    sourceLedgerId: from,
    destination: to,
    nowMs: NOW,
    ...(by === 'source' ? { sourceAmount: amount } : { destinationAmount: amount }),
  });

const isChained = (hop: HistoricHop | undefined, { to }: LookUp): boolean =>
  hop !== undefined && hop.bestHop.endsWith('.us') && !to.startsWith(hop.bestRoute.nextLedger);

const isPriced = (route: Route | undefined): route is Priced =>
  route?.kind === 'local' || route?.kind === 'learnt';

/** The figure of a way by tail after head, whoever prefers it. */
function exactFigure(
  net: Network,
  answer: Answer,
  lookUp: LookUp,
  key: string,
): bigint | undefined {
  const { from, amount, by } = lookUp;
  const over = IDS.find((id) => answer.hop.startsWith(prefixOf(id))) ?? '';
  const head = headOf(net, from, over);
  const same = ({ route }: Told): boolean =>
    route.sourceAccount === answer.hop && route.destination === key;
  const tail = net.told.findLast(same)?.route.curve;
  if (key === prefixOf(over)) {
    return by === 'source' ? head.amountAt(amount) : head.minSourceFor(amount);
  }
  if (tail === undefined) return undefined;
  if (by === 'source') return tail.amountAt(head.amountAt(amount));
  const passed = tail.minSourceFor(amount);
  return passed === undefined ? undefined : head.minSourceFor(passed);
}

/** Is our figure exactly what the curves of a way as long as theirs give, and no worse than theirs? */
function isExact(
  net: Network,
  lookUp: LookUp,
  route: Route | undefined,
  hop: HistoricHop,
): boolean {
  const [mine, theirs] = [ourAnswer(route, lookUp), figureOf(hop)];
  if (!isPriced(route) || mine?.figure === undefined || theirs === undefined) return false;
  if (route.length !== hop.bestRoute.maxPathLength()) return false;
  const { amount, by } = lookUp;
  if (by === 'destination') {
    const isLeast = mine.figure === 0n || deliveredBy(route, mine.figure - 1n) < amount;
    if (deliveredBy(route, mine.figure) < amount || !isLeast) return false;
  }
  const other = exactFigure(net, theirs, lookUp, route.matchedKey);
  if (other === undefined) return false;
  if (theirs.hop === mine.hop) return other === mine.figure && theirs.figure !== other;
  return by === 'source' ? mine.figure >= other : mine.figure <= other;
}

/**
 * Our answer against theirs: the rules that explain the difference, `none` if there is none, or
 * `unexplained`.
 */
export function explanation(net: Network, lookUp: LookUp): string {
  const rules: string[] = [];
  let hop = theirAnswer(historic(net, IDS), lookUp);
  let route = find(ours(net, 'per-section'), lookUp);
  if (agree(ourAnswer(route, lookUp), figureOf(hop))) return 'none';
  if (isChained(hop, lookUp)) {
    rules.push('D-26');
    hop = theirAnswer(historic(net, [lookUp.from]), lookUp);
  }
  const literal = find(ours(net, 'global'), lookUp);
  if (lookUp.by === 'source' && bringsMore(route, literal, lookUp)) {
    rules.push('D-29');
    route = literal;
  }
  if (!agree(ourAnswer(route, lookUp), figureOf(hop))) {
    if (hop === undefined || !isExact(net, lookUp, route, hop)) return 'unexplained';
    rules.push('D-23');
  }
  return rules.length === 0 ? 'unexplained' : rules.join(' ');
}

/** Is the way of a longer group, and does it bring more than that of the shortest one? */
function bringsMore(route: Route | undefined, literal: Route | undefined, lookUp: LookUp): boolean {
  if (!isPriced(route) || !isPriced(literal) || route.length <= literal.length) return false;
  return deliveredBy(route, lookUp.amount) > deliveredBy(literal, lookUp.amount);
}

export const lookUp = fc.record({
  from: fc.constantFrom(...IDS),
  to: fc.constantFrom(...KEYS.map((key) => `${key}carl`), 'test.b.bob', 'nowhere.x'),
  amount: fc.bigInt({ min: 1n, max: 3_000n }),
  by: fc.constantFrom('source' as const, 'destination' as const),
});

/** History throws for what it has no curve for when asked by destination amount. */
export const withoutCurveless = (net: Network, { by }: LookUp): Network =>
  by === 'source'
    ? net
    : { ...net, told: net.told.filter(({ route }) => route.curve !== undefined) };
