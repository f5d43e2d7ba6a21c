import type { RoutingUpdateRule } from '#protocol';
import type { Heard, UnusedRoute } from './receive-broadcast';

/** An update of a peer that was refused whole. */
export interface RefusedBroadcast {
  readonly atMs: number;
  /** As the peer names it, e.g. `new_routes[3].points`. */
  readonly member: string;
  readonly rule: RoutingUpdateRule | 'too-often';
}

/** One update in figures. */
export interface HeardUpdate {
  readonly atMs: number;
  readonly holdDownMs: number;
  /** Routes. */
  readonly used: number;
  readonly unused: number;
  /** Destinations that were withdrawn, and how many of them we had. */
  readonly unreachable: number;
  readonly withdrawn: number;
  readonly requestFullTable: boolean;
}

/** What an operator may ask about the broadcasts of one peer. */
export interface HeardSummary {
  readonly updates: number;
  readonly refusals: number;
  readonly lastUpdate: HeardUpdate | undefined;
  readonly lastRefusal: RefusedBroadcast | undefined;
  /** Destinations that the peer announced last in a way that was of no use, latest last. */
  readonly unused: readonly (UnusedRoute & { readonly atMs: number })[];
}

/** Destinations that are remembered with the reason why they are not used. */
export const MAX_UNUSED_KEPT = 1_000;

/** What was heard from one peer, with the reasons for what was not used. Bounded. */
export class HeardRecord {
  private updates = 0;
  private refusals = 0;
  private lastUpdate: HeardUpdate | undefined;
  private lastRefusal: RefusedBroadcast | undefined;
  private readonly unused = new Map<string, UnusedRoute & { readonly atMs: number }>();

  constructor(private readonly maxUnused = MAX_UNUSED_KEPT) {}

  heard({ atMs, used, unused, unreachable, ...rest }: Heard): void {
    const { holdDownMs, withdrawn, requestFullTable } = rest;
    this.updates += 1;
    this.lastUpdate = {
      atMs,
      holdDownMs,
      used: used.length,
      unused: unused.length,
      unreachable: unreachable.length,
      withdrawn,
      requestFullTable,
    };
    for (const destination of [...unreachable, ...used]) this.unused.delete(destination);
    for (const each of unused) {
      this.unused.delete(each.destination);
      this.unused.set(each.destination, { ...each, atMs });
    }
    this.forgetOldest();
  }

  refused(refusal: RefusedBroadcast): void {
    this.refusals += 1;
    this.lastRefusal = refusal;
  }

  get summary(): HeardSummary {
    const { updates, refusals, lastUpdate, lastRefusal } = this;
    return { updates, refusals, lastUpdate, lastRefusal, unused: [...this.unused.values()] };
  }

  private forgetOldest(): void {
    for (const destination of this.unused.keys()) {
      if (this.unused.size <= this.maxUnused) return;
      this.unused.delete(destination);
    }
  }
}
