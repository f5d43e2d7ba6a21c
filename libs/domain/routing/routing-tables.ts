import { isPriced } from './candidate';
import { groupsOf, type SectionRule } from './choose-way';
import type { Destination, LearntRoute } from './destination';
import { Destinations } from './destinations';
import { dormancyOf } from './dormancy';
import { effectiveCurve, groupCurve } from './effective-curve';
import {
  explainSections,
  explainWays,
  type PassedOver,
  type RouteExplanation,
  type RouteQuestion,
} from './explain-route';
import {
  choose,
  curvelessWay,
  effectiveOf,
  type FoundWays,
  type RouteQuery,
  wayOf,
} from './found-ways';
import { LearntRoutes } from './learnt-routes';
import { type ListedDestination, listDestinations, type ListingRange } from './list-destinations';
import { LedgerBook } from './ledger-book';
import type { HeldLedger, LedgerFacts, LocalLedger } from './local-ledger';
import { oneToOne, PairBook, type PairPricing } from './pair-book';
import { curvelessOver, type QuotedRoute, withinQuotes } from './quoted-route';
import { type QuotedTail, QuotedTails } from './quoted-tails';
import type { CurvelessRoute, EffectiveRoute, Route, UnusableRoute } from './route';
import {
  type ReceivedRoute,
  type RejectedRoute,
  ROUTE_LIMITS,
  type RouteLimits,
  type RouteRejectionReason,
} from './route-announcement';
import { type RouteExport, RouteExports } from './route-exports';
import { requireStaticRoute, type StaticRouteRule } from './static-route';
import { isWaiting, leadsOn, type Ways, waysTo, type WayRules } from './ways';

export interface RoutingRules {
  /** Parts per million taken off each exchange (SPEC §10.8). */
  readonly spreadPpm: bigint;
  /** Time that one connector wants between the expiries of its two transfers. */
  readonly minMessageWindowMs: number;
  readonly staticRoutes: readonly StaticRouteRule[];
  /** Prices of our pairs; one for one but for the spread if not given. */
  readonly pricing?: PairPricing;
  /** `per-section` if not given (D-29, D-30). */
  readonly sectionRule?: SectionRule;
  readonly limits?: RouteLimits;
  /** Are curves told to others, and taken from them? Yes unless said otherwise (SPEC §14.1). */
  readonly broadcastCurves?: boolean;
  readonly storeCurves?: boolean;
}

/** Whoever tells routes: an account on a ledger of ours. */
export interface TellerName {
  readonly ledgerId: string;
  /** Address. */
  readonly account: string;
}

/** When the routes of the teller end unless it is heard of again. */
export interface HoldDown {
  readonly holdDownMs: number;
  readonly nowMs: number;
}

/**
 * Where payments go on from here (SPEC §11): from every ledger of ours to every other one, over
 * wired routes, and over those that peers told us. Changes with what it is told and with the time
 * that it is given; knows no clock of its own.
 */
export class RoutingTables {
  private readonly destinations: Destinations;
  private readonly ledgers: LedgerBook;
  private readonly pairs: PairBook;
  private readonly learnt: LearntRoutes;
  private readonly quotes: QuotedTails;
  private readonly exports: RouteExports;
  private readonly wayRules: WayRules;
  private readonly sectionRule: SectionRule;

  private constructor(private readonly rules: RoutingRules) {
    const { spreadPpm, pricing, limits = ROUTE_LIMITS, minMessageWindowMs: windowMs } = rules;
    this.destinations = new Destinations(limits.routesPerPeer);
    this.ledgers = new LedgerBook(this.destinations);
    this.pairs = new PairBook(pricing ?? oneToOne(spreadPpm), windowMs);
    this.quotes = new QuotedTails(limits);
    this.learnt = new LearntRoutes(this.destinations, limits, (route) => {
      this.quotes.forget(route);
    });
    this.sectionRule = rules.sectionRule ?? 'per-section';
    this.wayRules = { ledgers: this.ledgers, pairs: this.pairs, quotes: this.quotes };
    this.exports = new RouteExports({
      ...this.wayRules,
      destinations: this.destinations,
      points: limits.pointsSent,
      hasCurves: rules.broadcastCurves ?? true,
    });
  }

  /**
   * Of two ledgers with one prefix or id, which must not be (SPEC §2.3), the first one counts.
   * @throws InvalidStaticRouteError
   */
  static build(ledgers: readonly LedgerFacts[], rules: RoutingRules): RoutingTables {
    const tables = new RoutingTables(rules);
    tables.destinations.advance();
    for (const route of rules.staticRoutes) {
      requireStaticRoute(route);
      const destination = tables.destinations.touch(route.targetPrefix);
      destination.statics = [...destination.statics, route];
    }
    tables.adopt(ledgers);
    return tables;
  }

  /** Number of the latest change; grows. */
  get revision(): number {
    return this.destinations.revision;
  }

  /**
   * The ledgers are these from now on, in this state. What was learnt on a ledger that is gone is
   * forgotten; what was learnt on one that is not connected waits for it (D-35).
   */
  adopt(ledgers: readonly LedgerFacts[]): void {
    const { removed, added } = this.ledgers.adopt(ledgers);
    for (const ledger of removed) {
      this.learnt.forgetOn(ledger);
      this.quotes.forgetOver(ledger.prefix);
      this.pairs.forget(ledger);
      this.exports.forget(ledger);
    }
    if (removed.length > 0 || added.length > 0) {
      this.touchStatics();
      this.touchPassing(new Set([...removed, ...added].map(({ prefix }) => prefix)));
    }
  }

  /** The prices are others from now on, by the same function or another one. */
  reprice(pricing?: PairPricing): void {
    this.pairs.reprice(this.destinations.advance(), pricing);
  }

  ledger(ledgerId: string): LocalLedger | undefined {
    return this.ledgers.byId(ledgerId);
  }

  /**
   * Is the address our own account on any of our ledgers, or below it (SPEC §2.6, D-2)? Not so
   * where a ledger or wired route lies below our account: the longer prefix wins. What peers tell
   * us takes nothing away from us.
   */
  isOwnAddress(address: string): boolean {
    const own = this.ledgers.ownerOf(address)?.ownAddress;
    if (own === undefined) return false;
    const below = ({ key, ledger, statics }: Destination): boolean =>
      key.length > own.length && (ledger !== undefined || statics.length > 0);
    return !this.destinations.matches(address).some(below);
  }

  /**
   * Takes in what a peer tells (SPEC §11.10): all of its routes live until the hold-down is over,
   * and these are added, or replace what it told before of the same destinations.
   * Returns those that are not used, with the reason; nothing else is spoilt by them (D-27).
   */
  learn(
    teller: TellerName,
    routes: readonly ReceivedRoute[],
    { holdDownMs, nowMs }: HoldDown,
  ): RejectedRoute[] {
    const known = this.teller(teller);
    if (typeof known === 'string') return routes.map(rejectedFor(known));
    this.learnt.extend(known, nowMs + holdDownMs);
    const taken = this.rules.storeCurves === false ? routes.map(withoutCurve) : routes;
    return this.learnt.learn(known, taken, (route) => dormancyOf(this.wayRules, route));
  }

  /** Which of the routes `learn` would reject, but for their number. Nothing is learnt. */
  appraise(teller: TellerName, routes: readonly ReceivedRoute[]): RejectedRoute[] {
    const known = this.teller(teller);
    if (typeof known === 'string') return routes.map(rejectedFor(known));
    const taken = this.rules.storeCurves === false ? routes.map(withoutCurve) : routes;
    return this.learnt.appraise(known, taken, (route) => dormancyOf(this.wayRules, route));
  }

  /** The peer no longer leads to exactly these destinations. Returns how many of them it did. */
  withdraw(teller: TellerName, destinations: readonly string[]): number {
    const known = this.teller(teller);
    return typeof known === 'string' ? 0 : this.learnt.withdraw(known, destinations);
  }

  /** The peer was heard of: all of its routes live until the hold-down is over (SPEC §11.10). */
  extend(teller: TellerName, { holdDownMs, nowMs }: HoldDown): void {
    const known = this.teller(teller);
    if (typeof known !== 'string') this.learnt.extend(known, nowMs + holdDownMs);
  }

  /**
   * Takes in what a next hop quoted (SPEC §12.3), in place of what it quoted before for the same
   * prefix. It is joined to whatever leads to that hop from any of our ledgers, for as long as it
   * holds and the route is there, and is told to nobody. Returns false where there is no such route
   * without a curve.
   */
  quote({ ledgerId, account, routeKey }: QuotedRoute, quoted: QuotedTail): boolean {
    const next = this.ledgers.byId(ledgerId);
    const destination = this.destinations.get(routeKey);
    if (next === undefined || destination === undefined) return false;
    const routes = curvelessOver(destination, { next, account });
    for (const route of routes) this.quotes.put(route, quoted);
    return routes.length > 0;
  }

  /** Whether the route is one whose next hop quoted for the address, and that still holds. */
  hasQuote({ ledgerId, account, routeKey }: QuotedRoute, address: string, nowMs: number): boolean {
    const next = this.ledgers.byId(ledgerId);
    const destination = this.destinations.get(routeKey);
    if (next === undefined || destination === undefined) return false;
    const routes = curvelessOver(destination, { next, account });
    if (routes.length === 0) return false;
    return routes.every((route) => this.quotes.find(route, address, nowMs) !== undefined);
  }

  /** How many quotes of next hops are kept. */
  get quotesKept(): number {
    return this.quotes.size;
  }

  /** Removes what has expired. Returns how many routes that were. */
  expire(nowMs: number): number {
    this.quotes.expire(nowMs);
    return this.learnt.expire(nowMs);
  }

  /** Removes what was learnt on the ledger, from everybody there. Returns how many routes. */
  forgetPeer(ledgerId: string): number {
    const ledger = this.ledgers.byId(ledgerId);
    return ledger === undefined ? 0 : this.learnt.forgetOn(ledger);
  }

  /**
   * The way from a ledger of ours to a destination: longest prefix first, then the shortest path
   * that can serve the amount, then the cheapest (SPEC §11.5). undefined = none, which also holds
   * for the ledger that the payment comes from.
   */
  routeFor(query: RouteQuery): Route | undefined {
    const found = this.find(query);
    if (found === undefined || 'kind' in found) return found;
    const { key, source, usable } = found;
    const choice = choose(groupsOf(usable, this.sectionRule), query);
    if (choice === undefined) return undefined;
    if ('candidate' in choice) return wayOf(found, choice);
    return { kind: 'out-of-reach', matchedKey: key, source, maxAmount: choice.most };
  }

  /** What can be promised of all ways to a destination together (SPEC §11.5, §12.1). */
  effectiveRoute(
    query: Omit<RouteQuery, 'sourceAmount' | 'destinationAmount'>,
  ): EffectiveRoute | CurvelessRoute | UnusableRoute | undefined {
    const found = this.find(query);
    if (found === undefined || 'kind' in found) return found;
    const groups = groupsOf(found.usable, this.sectionRule);
    const curve = effectiveCurve(groups.map(groupCurve).filter((each) => each !== undefined));
    const [first] = groups[0] ?? [];
    const isUnpriced = groups[0]?.every((each) => !isPriced(each)) === true;
    if (first !== undefined && (isUnpriced || curve === undefined)) {
      return curvelessWay(found, { candidate: first, group: 1 });
    }
    if (curve === undefined) return undefined;
    const { destination: address } = query;
    const prefix = this.destinations.appliesTo(found.key, address);
    const appliesToPrefix = withinQuotes(this.quotes, found, { address, prefix });
    return effectiveOf(found, { groups, curve, appliesToPrefix });
  }

  /**
   * What is to be told to the peers on a ledger (SPEC §11.6); undefined if there is no such ledger.
   * What has expired is removed before. The routes stay in step with later calls.
   */
  exportOver(ledgerId: string, nowMs: number): RouteExport | undefined {
    this.expire(nowMs);
    const source = this.ledgers.byId(ledgerId);
    return source === undefined ? undefined : this.exports.over(source, nowMs);
  }

  /** What leads to each prefix, whether it can be used or not; in the order of the prefixes. */
  list(range: ListingRange): ListedDestination[] {
    return listDestinations({ destinations: this.destinations, ledgers: this.ledgers }, range);
  }

  /** How many routes were learnt on the ledger. */
  countLearntOn(ledgerId: string): number {
    const ledger = this.ledgers.byId(ledgerId);
    return ledger === undefined ? 0 : this.learnt.countOn(ledger);
  }

  /** Why a payment of the amount goes where it goes. */
  explain(question: RouteQuestion): RouteExplanation {
    const none = { matchedKey: undefined, ways: [], refused: [], sections: [] };
    const source = this.ledgers.byId(question.from);
    if (source === undefined) {
      return { question, verdict: 'unknown-source-ledger', passedOver: [], ...none };
    }
    const passedOver: PassedOver[] = [];
    const { nowMs } = question;
    for (const destination of this.destinations.matches(question.to)) {
      const { key } = destination;
      if (destination.ledger === source) {
        return { question, verdict: 'stays-on-source', passedOver, ...none, matchedKey: key };
      }
      const ways = waysTo(this.wayRules, { destination, source, nowMs, address: question.to });
      if (leadsOn(ways)) return this.explained({ question, key, ways, passedOver });
      passedOver.push({ key, refused: ways.refused });
    }
    return { question, verdict: 'no-route', passedOver, ...none };
  }

  private explained(parts: {
    readonly question: RouteQuestion;
    readonly key: string;
    readonly ways: Ways;
    readonly passedOver: readonly PassedOver[];
  }): RouteExplanation {
    const { question, key: matchedKey, ways, passedOver } = parts;
    const groups = groupsOf(ways.usable, this.sectionRule);
    return {
      question,
      verdict: groups.length === 0 ? 'unusable' : 'route',
      passedOver,
      matchedKey,
      ways: explainWays(groups, question.amount),
      refused: ways.refused,
      sections: explainSections(groups),
    };
  }

  /** The ways of the longest key that leads on from the ledger. */
  private find({
    sourceLedgerId,
    destination: address,
    nowMs,
  }: RouteQuery): FoundWays | UnusableRoute | undefined {
    const source = this.ledgers.byId(sourceLedgerId);
    if (source === undefined) return undefined;
    for (const destination of this.destinations.matches(address)) {
      if (destination.ledger === source) return undefined;
      const ways = waysTo(this.wayRules, { destination, source, nowMs, address });
      if (!leadsOn(ways)) continue;
      const { key } = destination;
      if (ways.usable.length > 0) return { ...ways, key, source };
      return this.unusable({ ...ways, key, source });
    }
    return undefined;
  }

  private unusable({ key: matchedKey, source, refused }: FoundWays): UnusableRoute | undefined {
    for (const { nextPrefix, reason } of refused) {
      if (!isWaiting(reason)) continue;
      const next = this.ledgers.byPrefix(nextPrefix);
      return { kind: 'unusable', matchedKey, source, nextPrefix, next, reason };
    }
    return undefined;
  }

  private teller({
    ledgerId,
    account,
  }: TellerName): { ledger: HeldLedger; account: string } | RouteRejectionReason {
    const ledger = this.ledgers.byId(ledgerId);
    if (ledger === undefined) return 'unknown-ledger';
    const { peerAddress = account } = ledger;
    return peerAddress === account ? { ledger, account } : 'not-the-peer';
  }

  /** What passes a ledger of ours may be a loop, or be none any more. */
  private touchPassing(prefixes: ReadonlySet<string>): void {
    const passes = ({ paths }: LearntRoute): boolean =>
      paths.some((path) => path.some((ledger) => prefixes.has(ledger)));
    this.destinations.forEach(({ key, learnt }) => {
      if (learnt.some(passes)) this.destinations.touch(key);
    });
  }

  private touchStatics(): void {
    for (const { targetPrefix } of this.rules.staticRoutes) this.destinations.touch(targetPrefix);
  }
}

function rejectedFor(reason: RouteRejectionReason): (route: ReceivedRoute) => RejectedRoute {
  return ({ destination }) => ({ destination, reason, isKept: false });
}

function withoutCurve({ curve, ...route }: ReceivedRoute): ReceivedRoute {
  return curve === 'invalid' ? { ...route, curve } : route;
}
