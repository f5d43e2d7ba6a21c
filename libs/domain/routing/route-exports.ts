import { type Curve, simplifyCurve } from '#domain/liquidity';
import { isPeerLedger } from '#protocol';
import type { Candidate } from './candidate';
import { type Group, groupsOf } from './choose-way';
import type { Destination, WayParts } from './destination';
import type { Destinations } from './destinations';
import { groupCurve } from './effective-curve';
import type { HeldLedger } from './local-ledger';
import { sameCurve } from './pair-book';
import { type ExportedRoute, type RoutePaths, samePaths } from './route-announcement';
import { waysTo, type WayRules } from './ways';

/** Everything that is to be told over a ledger (SPEC §11.6). */
export interface RouteExport {
  /** By destination. A route that has not changed is always the same object. */
  readonly routes: ReadonlyMap<string, ExportedRoute>;
  /** Of the tables; another one after each change. */
  readonly revision: number;
  /**
   * The destinations whose routes came, went or changed since that revision; undefined where that
   * is not known any more, so that everything has to be compared.
   */
  changedSince(revision: number): readonly string[] | undefined;
}

export interface ExportRules extends WayRules {
  readonly destinations: Destinations;
  /** Points of a curve that is sent. */
  readonly points: number;
  /** Are curves sent at all? */
  readonly hasCurves: boolean;
}

/** What is told over one ledger. */
interface LedgerExports {
  readonly routes: Map<string, ExportedRoute>;
  /** Revisions at which destinations came, changed or went. */
  readonly changes: Map<string, number>;
  refreshedAt: number;
  changedAt: number;
  /** Of what went before that revision nothing is known any more. */
  knownSince: number;
}

/**
 * What we tell our peers (SPEC §11.6): of each destination the shortest group only (D-30). A route
 * is worked out again only when its destination changed, or the curve of a pair that it begins
 * with. Ledgers from which the shortest ways are the same, behind pairs of the same curves, share
 * what is told; so memory is one entry for each destination and ledger that somebody asked about,
 * and one route of at most ten points for each really different one.
 */
export class RouteExports {
  private readonly ledgers = new Map<HeldLedger, LedgerExports>();
  private readonly pathsOver = new Map<string, RoutePaths>();

  constructor(private readonly rules: ExportRules) {}

  /** The routes stay in step with later calls. */
  over(source: HeldLedger, nowMs: number): RouteExport {
    const exports = this.exportsOf(source);
    this.refresh(source, exports, nowMs);
    return {
      routes: exports.routes,
      revision: this.rules.destinations.revision,
      changedSince: (revision) => changedSince(exports, revision),
    };
  }

  forget(ledger: HeldLedger): void {
    this.ledgers.delete(ledger);
    this.pathsOver.delete(ledger.prefix);
  }

  private exportsOf(source: HeldLedger): LedgerExports {
    let exports = this.ledgers.get(source);
    if (exports === undefined) {
      // What was told before, over another ledger of this name, is not known here.
      const knownSince = this.rules.destinations.revision;
      const never = { refreshedAt: -1, changedAt: 0, knownSince };
      exports = { routes: new Map(), changes: new Map(), ...never };
      this.ledgers.set(source, exports);
    }
    return exports;
  }

  private refresh(source: HeldLedger, exports: LedgerExports, nowMs: number): void {
    const { destinations } = this.rules;
    const { revision } = destinations;
    if (exports.refreshedAt === revision) return;
    const { refreshedAt } = exports;
    const heads = this.changedHeads(source, refreshedAt);
    for (const key of destinations.goneSince(refreshedAt) ?? this.missing(exports)) {
      if (!destinations.has(key)) this.take(exports, key, undefined);
    }
    destinations.forEach((destination) => {
      const isStale = destination.changedAt > refreshedAt || beginsWithAny(destination, heads);
      if (!isStale) return;
      this.take(exports, destination.key, this.route({ source, destination, nowMs }));
    });
    this.prune(exports);
    exports.refreshedAt = revision;
  }

  private missing({ routes }: LedgerExports): string[] {
    return [...routes.keys()].filter((key) => !this.rules.destinations.has(key));
  }

  private take(exports: LedgerExports, key: string, route: ExportedRoute | undefined): void {
    if (sameRoute(exports.routes.get(key), route)) return;
    const { revision } = this.rules.destinations;
    exports.changedAt = revision;
    exports.changes.set(key, revision);
    if (route === undefined) exports.routes.delete(key);
    else exports.routes.set(key, route);
  }

  /** Forgets what went when more of that is remembered than there are routes. */
  private prune(exports: LedgerExports): void {
    const { routes, changes } = exports;
    if (changes.size <= 2 * routes.size + GONE_KEPT) return;
    exports.knownSince = this.rules.destinations.revision;
    for (const key of changes.keys()) if (!routes.has(key)) changes.delete(key);
  }

  /** The ledgers to which the way from here changed after the revision, or who is behind either. */
  private changedHeads(source: HeldLedger, after: number): Set<HeldLedger> {
    const { ledgers, pairs } = this.rules;
    const changed = new Set<HeldLedger>();
    for (const next of ledgers.all()) {
      const at = Math.max(pairs.pair(source, next).changedAt, next.connectedAt, source.connectedAt);
      if (at > after) changed.add(next);
    }
    return changed;
  }

  private route({ source, destination, nowMs }: ExportedWay): ExportedRoute | undefined {
    const { key } = destination;
    if (key === '' || key === source.prefix || isPeerLedger(key)) return undefined;
    const { usable } = waysTo(this.rules, { destination, source, nowMs });
    const [shortest] = groupsOf(usable, 'global');
    if (shortest === undefined || leadOnlyBack(usable, source)) return undefined;
    const known = destination.variants.find(({ ways }) => areMadeOf(shortest, ways));
    if (known !== undefined) return known.route;
    const route = this.told(key, shortest);
    const others = destination.variants.slice(1 - VARIANTS);
    destination.variants = [...others, { ways: shortest.map(({ parts }) => parts), route }];
    return route;
  }

  /** C_1 at as many points as are sent (D-30); nothing while nothing can be delivered (D-31). */
  private told(destination: string, group: Group): ExportedRoute | undefined {
    const whole = groupCurve(group);
    const bringsNothing =
      whole === undefined
        ? group.every(({ parts }) => parts.head.maxAmount === 0n)
        : whole.maxAmount === 0n;
    if (bringsNothing) return undefined;
    const curve = whole === undefined ? undefined : simplifyCurve(whole, this.rules.points);
    const windowMs = Math.max(...group.map(({ minMessageWindowMs }) => minMessageWindowMs));
    return {
      destination,
      minMessageWindowS: windowMs / 1000,
      ...(curve !== undefined && this.rules.hasCurves && { curve }),
      paths: this.paths(destination, group),
    };
  }

  /** The alternatives of all ways, our next ledger in front of each (D-28). */
  private paths(key: string, group: Group): RoutePaths {
    const [only, ...others] = group.map((each) => this.pathsBehind(key, each));
    if (only === undefined) return [[]];
    if (others.length === 0 && only.length <= PATHS_TOLD) return only;
    const distinct = new Map<string, readonly string[]>();
    for (const path of [only, ...others].flat()) distinct.set(path.join(' '), path);
    return distinct.size > PATHS_TOLD ? packed(distinct.values()) : [...distinct.values()];
  }

  private pathsBehind(key: string, { kind, next, paths }: Candidate): RoutePaths {
    if (kind === 'local' || next.prefix === key) return paths;
    if (paths.length > 1 || paths[0]?.length !== 0) {
      return paths.map((path) => [next.prefix, ...path]);
    }
    let direct = this.pathsOver.get(next.prefix);
    if (direct === undefined) this.pathsOver.set(next.prefix, (direct = [[next.prefix]]));
    return direct;
  }
}

/** Alternatives that are told as they are. */
const PATHS_TOLD = 16;

/**
 * The same ledgers in fewer alternatives, none longer than the longest: where ways part and meet
 * again their number doubles each time, until nobody takes them any more. Loops are still seen, and
 * the length is still true.
 */
function packed(paths: Iterable<readonly string[]>): RoutePaths {
  const all = [...paths];
  const longest = all.reduce((one, other) => (other.length > one.length ? other : one));
  const others = [...new Set(all.flat())].filter((ledger) => !longest.includes(ledger));
  const result = [longest];
  for (let at = 0; at < others.length; at += longest.length) {
    result.push(others.slice(at, at + longest.length));
  }
  return result;
}

/** What is told of one destination is kept for so many different shortest groups. */
const VARIANTS = 8;

/** Destinations that are no longer told are remembered, so many of them at least. */
const GONE_KEPT = 1_000;

interface ExportedWay {
  readonly source: HeldLedger;
  readonly destination: Destination;
  readonly nowMs: number;
}

/** All ways lead through the very peer that we would tell them, over another ledger (D-36). */
function leadOnlyBack(candidates: readonly Candidate[], { party }: HeldLedger): boolean {
  if (party === undefined) return false;
  return candidates.every(({ kind, next }) => kind !== 'local' && next.party === party);
}

function beginsWithAny(
  { ledger, learnt, statics }: Destination,
  heads: ReadonlySet<HeldLedger>,
): boolean {
  if (heads.size === 0) return false;
  if (statics.length > 0 || (ledger !== undefined && heads.has(ledger))) return true;
  return learnt.some(({ neighbour }) => heads.has(neighbour.ledger));
}

function changedSince(exports: LedgerExports, revision: number): string[] | undefined {
  // Who knows nothing yet need not hear of what went.
  if (revision > 0 && revision < exports.knownSince) return undefined;
  if (exports.changedAt <= revision) return [];
  return [...exports.changes].filter(([, at]) => at > revision).map(([key]) => key);
}

function areMadeOf(group: Group, ways: readonly WayParts[]): boolean {
  if (group.length !== ways.length) return false;
  return ways.every((parts, index) => group[index]?.isMadeOf(parts) === true);
}

function sameRoute(one: ExportedRoute | undefined, other: ExportedRoute | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  if (one.minMessageWindowS !== other.minMessageWindowS) return false;
  return sameOptionalCurve(one.curve, other.curve) && samePaths(one.paths, other.paths);
}

function sameOptionalCurve(one: Curve | undefined, other: Curve | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return sameCurve(one, other);
}
