import type { Curve } from '#domain/liquidity';
import type { LearntRoute } from './destination';
import { PrefixTable } from './prefix-table';
import type { QuoteLimits } from './route-announcement';
import type { StaticRouteRule } from './static-route';

/** A route of which nobody told what it takes, so that its next hop has to be asked. */
export type CurvelessOnward = LearntRoute | StaticRouteRule;

/** What a next hop quoted of the way from it on (SPEC §12.3). */
export interface QuotedTail {
  /** Holds for what lies below it: the key of the route itself, or a longer one. */
  readonly key: string;
  readonly curve: Curve;
  /** Time that the way from there on needs. */
  readonly windowMs: number;
  readonly expiresAtMs: number;
}

interface Kept {
  readonly quoted: QuotedTail;
  readonly route: CurvelessOnward;
}

/**
 * Quotes of next hops, each beside the route that it was asked for, until it expires, the route is
 * gone, or there are too many: then the oldest go. Nothing that others are told knows of them.
 */
export class QuotedTails {
  private readonly byRoute = new Map<CurvelessOnward, PrefixTable<Kept>>();
  /** Oldest first. */
  private readonly all = new Set<Kept>();
  /** The same, by the prefix of the ledger that leads to the next hop. */
  private readonly byLedger = new Map<string, Set<Kept>>();

  constructor(private readonly limits: QuoteLimits) {}

  get size(): number {
    return this.all.size;
  }

  /** In place of an earlier one of the same route and key. */
  put(route: CurvelessOnward, quoted: QuotedTail): void {
    const table = this.byRoute.get(route) ?? new PrefixTable<Kept>();
    this.byRoute.set(route, table);
    const earlier = table.get(quoted.key);
    if (earlier !== undefined) this.unlist(earlier);
    const kept = { route, quoted };
    table.set(quoted.key, kept);
    this.all.add(kept);
    this.ofLedger(route).add(kept);
    this.giveWay(this.ofLedger(route), this.limits.quotesPerPeer);
    this.giveWay(this.all, this.limits.quotesInAll);
  }

  /** What was quoted for the address and still holds; of several the one for the longest prefix. */
  find(route: CurvelessOnward, address: string, nowMs: number): QuotedTail | undefined {
    for (const { quoted } of this.byRoute.get(route)?.matches(address) ?? NONE) {
      if (quoted.expiresAtMs > nowMs) return quoted;
    }
    return undefined;
  }

  /** How far an answer by the quote holds, as other quotes of the route lie below it (SPEC §12.4). */
  appliesTo(route: CurvelessOnward, { key }: QuotedTail, address: string): string {
    return this.byRoute.get(route)?.appliesTo(key, address) ?? key;
  }

  expire(nowMs: number): void {
    for (const kept of this.all) if (kept.quoted.expiresAtMs <= nowMs) this.remove(kept);
  }

  /** The route is gone, and what was quoted of it. */
  forget(route: CurvelessOnward): void {
    if (!this.byRoute.delete(route)) return;
    for (const kept of this.ofLedger(route)) if (kept.route === route) this.unlist(kept);
  }

  /** The ledger of that prefix is gone, and its next hops with it. */
  forgetOver(prefix: string): void {
    for (const kept of this.byLedger.get(prefix) ?? NONE) this.remove(kept);
  }

  private giveWay(kept: ReadonlySet<Kept>, limit: number): void {
    for (const oldest of kept) {
      if (kept.size <= limit) return;
      this.remove(oldest);
    }
  }

  private remove(kept: Kept): void {
    const { route, quoted } = kept;
    const table = this.byRoute.get(route);
    table?.delete(quoted.key);
    if (table?.isEmpty === true) this.byRoute.delete(route);
    this.unlist(kept);
  }

  private unlist(kept: Kept): void {
    this.all.delete(kept);
    const ofLedger = this.ofLedger(kept.route);
    ofLedger.delete(kept);
    if (ofLedger.size === 0) this.byLedger.delete(nextPrefixOf(kept.route));
  }

  private ofLedger(route: CurvelessOnward): Set<Kept> {
    const prefix = nextPrefixOf(route);
    let kept = this.byLedger.get(prefix);
    if (kept === undefined) this.byLedger.set(prefix, (kept = new Set()));
    return kept;
  }
}

const NONE: readonly never[] = [];

function nextPrefixOf(route: CurvelessOnward): string {
  return 'neighbour' in route ? route.neighbour.ledger.prefix : route.connectorLedger;
}
