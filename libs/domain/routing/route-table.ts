import { exactPairCurve, isTrivialPair, ONE_TO_ONE, pairCurve } from '#domain/liquidity';
import { type LedgerFacts, type LocalLedger, localLedger } from './local-ledger';
import { PrefixTable } from './prefix-table';
import type { PairCurves, Route } from './route';
import { requireStaticRoute, type StaticRouteRule } from './static-route';

export interface RoutingRules {
  /** Parts per million taken off each exchange (SPEC §10.8). */
  readonly spreadPpm: bigint;
  /** Time that one connector wants between the expiries of its two transfers. */
  readonly minMessageWindowMs: number;
  readonly staticRoutes: readonly StaticRouteRule[];
}

/** Ways to one destination prefix; a local ledger is the shortest of them (SPEC §11.4). */
interface Destination {
  ledger: LocalLedger | undefined;
  readonly statics: StaticRouteRule[];
}

/** Shifted curves cover the rounding loss at the previous hop (SPEC §10.7). */
const ROUNDING_LOSS = 1n;

/**
 * Where payments go on from here (SPEC §11.1): from every ledger of ours to every other one, and
 * the static routes. Immutable; a new one is built when the ledgers change.
 */
export class RouteTable {
  private readonly ledgers = new Map<string, LocalLedger>();
  private readonly ledgersByPrefix = new Map<string, LocalLedger>();
  private readonly destinations = new PrefixTable<Destination>();
  private readonly ownAddresses = new PrefixTable<LocalLedger>();
  /** One-to-one curves without limits differ by nothing but the distance of the scales. */
  private readonly curvesByDistance = new Map<number, PairCurves>();

  private constructor(private readonly rules: RoutingRules) {}

  /**
   * Of two ledgers with one prefix or id, which must not be (SPEC §2.3), the first one counts.
   * @throws InvalidStaticRouteError
   */
  static build(ledgers: readonly LedgerFacts[], rules: RoutingRules): RouteTable {
    const table = new RouteTable(rules);
    for (const facts of ledgers) table.addLedger(localLedger(facts));
    for (const route of rules.staticRoutes) table.addStaticRoute(route);
    return table;
  }

  ledger(ledgerId: string): LocalLedger | undefined {
    return this.ledgers.get(ledgerId);
  }

  /**
   * Is the address our own account on any of our ledgers, or below it (SPEC §2.6, D-2)? Not so
   * where a ledger or route lies below our account: the longer prefix wins.
   */
  isOwnAddress(address: string): boolean {
    const own = this.ownAddresses.longestMatch(address, () => true);
    if (own === undefined) return false;
    const way = this.destinations.longestMatch(address, () => true);
    return way === undefined || way.key.length <= own.key.length;
  }

  /**
   * The way from a ledger of ours to a destination: longest prefix first, then the shortest path.
   * undefined = none, which also holds for the ledger that the payment comes from.
   */
  findRoute(sourceLedgerId: string, destination: string): Route | undefined {
    const source = this.ledgers.get(sourceLedgerId);
    if (source === undefined) return undefined;
    const match = this.destinations.longestMatch(destination, (ways) => leadsOn(ways, source));
    if (match === undefined) return undefined;
    const { ledger, statics } = match.value;
    if (ledger === undefined) return this.staticRoute(match.key, source, statics);
    if (ledger === source) return undefined;
    return {
      kind: 'local',
      matchedKey: match.key,
      source,
      next: ledger,
      curves: this.curves(source, ledger),
      minMessageWindowMs: this.rules.minMessageWindowMs,
    };
  }

  /** As far as an answer about the destination holds for its neighbours (SPEC §12.4). */
  appliesToPrefix(route: Route, destination: string): string {
    return this.destinations.appliesTo(route.matchedKey, destination);
  }

  private staticRoute(
    matchedKey: string,
    source: LocalLedger,
    statics: readonly StaticRouteRule[],
  ): Route | undefined {
    const rule = statics.find((each) => each.connectorLedger !== source.prefix);
    if (rule === undefined) return undefined;
    const next = this.ledgersByPrefix.get(rule.connectorLedger);
    if (next === undefined) {
      return { kind: 'unusable', matchedKey, source, nextPrefix: rule.connectorLedger };
    }
    return {
      kind: 'static',
      matchedKey,
      source,
      next,
      nextHop: rule.connectorAccount,
      headCurves: this.curves(source, next),
      // The next connector is taken to want as much time as we do.
      minMessageWindowMs: 2 * this.rules.minMessageWindowMs,
    };
  }

  private curves(source: LocalLedger, next: LocalLedger): PairCurves {
    const distance = next.currencyScale - source.currencyScale;
    const known = this.curvesByDistance.get(distance);
    if (known !== undefined) return known;
    const terms = {
      rate: ONE_TO_ONE,
      spreadPpm: this.rules.spreadPpm,
      sourceScale: source.currencyScale,
      destinationScale: next.currencyScale,
    };
    const local = exactPairCurve(terms);
    const promised = isTrivialPair(terms) ? local : pairCurve(terms).shiftX(ROUNDING_LOSS);
    const curves = { local, public: promised };
    this.curvesByDistance.set(distance, curves);
    return curves;
  }

  private addLedger(ledger: LocalLedger): void {
    if (this.ledgers.has(ledger.ledgerId) || this.ledgersByPrefix.has(ledger.prefix)) return;
    this.ledgers.set(ledger.ledgerId, ledger);
    this.ledgersByPrefix.set(ledger.prefix, ledger);
    this.ownAddresses.set(ledger.ownAddress, ledger);
    this.destination(ledger.prefix).ledger = ledger;
  }

  private addStaticRoute(route: StaticRouteRule): void {
    requireStaticRoute(route);
    this.destination(route.targetPrefix).statics.push(route);
  }

  private destination(prefix: string): Destination {
    const known = this.destinations.get(prefix);
    if (known !== undefined) return known;
    const ways: Destination = { ledger: undefined, statics: [] };
    this.destinations.set(prefix, ways);
    return ways;
  }
}

/** Nothing goes back over the ledger it came from: such a static route does not exist for it. */
function leadsOn(ways: Destination, source: LocalLedger): boolean {
  if (ways.ledger !== undefined) return true;
  return ways.statics.some((each) => each.connectorLedger !== source.prefix);
}
