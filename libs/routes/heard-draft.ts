import type { RouteListener, RoutingTables, ToldRoute, UnusedRoute } from '#domain/routing';
import {
  detailsOf,
  encodeParts,
  encodeRoute,
  partName,
  readPart,
  shardOf,
  shardOfPart,
} from './heard-message';
import type { SeenPeer } from './heard-view';

export interface HeardLimits {
  /** Routes that one peer may have. */
  readonly routesPerPeer: number;
  /** What they may take up, as they are kept. */
  readonly routeBytesPerPeer: number;
  /** Points, alternative paths and ledgers in these, of all of them together. */
  readonly routeDetailsPerPeer: number;
}

export interface HeardDraftParts {
  readonly tables: RoutingTables;
  readonly peer: SeenPeer;
  readonly limits: HeardLimits;
  /** Of one value. */
  readonly maxValueBytes: number;
  /** Nothing holds that the peer told before. */
  readonly isAnew: boolean;
}

/** One part that is to be written; without a value it is to be taken away. */
export interface PartChange {
  readonly part: string;
  readonly value: Buffer | undefined;
  /** Revision that it was written at before; 0 = never. */
  readonly revision: number;
}

type Shard = Map<string, string>;

/** Brackets around a list of one route. */
const LIST_BYTES = 2;

/** What of a peer's routes is to be kept after one more update. */
export class HeardDraft implements RouteListener {
  private readonly shards = new Map<string, Shard>();
  private kept: number;
  private held: number;
  private bytes: number;

  constructor(private readonly parts: HeardDraftParts) {
    const { peer, isAnew } = parts;
    this.kept = isAnew ? 0 : (peer.heartbeat?.routes ?? 0);
    this.held = isAnew ? 0 : (peer.heartbeat?.details ?? 0);
    this.bytes = isAnew ? 0 : peer.bytes;
  }

  /** How many there are. */
  get routes(): number {
    return this.kept;
  }

  /** How much they hold, as `detailsOf` counts it. */
  get details(): number {
    return this.held;
  }

  /** The heartbeat does that. */
  extend(): void {
    return;
  }

  withdraw(_sender: unknown, destinations: readonly string[]): number {
    return destinations.filter((destination) => this.remove(destination)).length;
  }

  learn(
    sender: Parameters<RouteListener['learn']>[0],
    routes: readonly ToldRoute[],
  ): readonly UnusedRoute[] {
    // One by one, as a destination may be told twice, in order and not.
    return routes.flatMap((route) => {
      const { destination } = route;
      const [fault] = this.parts.tables.appraise(sender, [route]);
      if (fault === undefined || fault.isKept) {
        const reason = this.put(route) ?? fault?.reason;
        return reason === undefined ? [] : { destination, reason };
      }
      // What it said before of this destination no longer holds either.
      if (fault.reason === 'loop') this.remove(destination);
      return { destination, reason: fault.reason };
    });
  }

  /** What is to be written. */
  changes(): PartChange[] {
    const { peer, isAnew } = this.parts;
    const shards = new Set(this.shards.keys());
    if (isAnew) for (const part of peer.parts.keys()) shards.add(shardOfPart(part));
    return [...shards].flatMap((shard) => this.changesOf(shard));
  }

  private changesOf(shard: string): PartChange[] {
    const { peer, maxValueBytes } = this.parts;
    const values = encodeParts(this.shard(shard).values(), maxValueBytes);
    const changes: PartChange[] = [];
    for (let n = 0; n < values.length || peer.parts.has(partName(shard, n)); n += 1) {
      const part = partName(shard, n);
      const seen = peer.parts.get(part);
      const value = values[n];
      if (!isSame(value, seen?.value)) changes.push({ part, value, revision: seen?.revision ?? 0 });
    }
    return changes;
  }

  /** Returns why it cannot be kept. */
  private put(route: ToldRoute): string | undefined {
    const { limits, maxValueBytes } = this.parts;
    const { destination } = route;
    const shard = this.shard(shardOf(destination));
    const before = shard.get(destination);
    const json = encodeRoute(route);
    const grows = Buffer.byteLength(json) - (before === undefined ? 0 : Buffer.byteLength(before));
    const details = detailsOf(json) - (before === undefined ? 0 : detailsOf(before));
    if (Buffer.byteLength(json) + LIST_BYTES > maxValueBytes) return 'too-large';
    if (before === undefined && this.kept >= limits.routesPerPeer) return 'too-many-routes';
    if (grows > 0 && this.bytes + grows > limits.routeBytesPerPeer) return 'too-much';
    if (details > 0 && this.held + details > limits.routeDetailsPerPeer) return 'too-detailed';
    if (before === undefined) this.kept += 1;
    this.bytes += grows;
    this.held += details;
    shard.set(destination, json);
    return undefined;
  }

  private remove(destination: string): boolean {
    const shard = this.shard(shardOf(destination));
    const before = shard.get(destination);
    if (before === undefined) return false;
    this.kept -= 1;
    this.bytes -= Buffer.byteLength(before);
    this.held -= detailsOf(before);
    return shard.delete(destination);
  }

  private shard(name: string): Shard {
    const known = this.shards.get(name);
    if (known !== undefined) return known;
    const shard = new Map(this.parts.isAnew ? [] : routesIn(this.parts.peer, name));
    this.shards.set(name, shard);
    return shard;
  }
}

/** How many routes of the peer are kept, and how much they hold, counted one by one. */
export function countKept(peer: SeenPeer): { readonly routes: number; readonly details: number } {
  let routes = 0;
  let details = 0;
  for (const { value } of peer.parts.values()) {
    for (const [, json] of value === undefined ? [] : readable(value)) {
      routes += 1;
      details += detailsOf(json);
    }
  }
  return { routes, details };
}

function routesIn(peer: SeenPeer, shard: string): [string, string][] {
  const routes: [string, string][] = [];
  for (let n = 0; peer.parts.has(partName(shard, n)); n += 1) {
    const value = peer.parts.get(partName(shard, n))?.value;
    if (value !== undefined) routes.push(...readable(value));
  }
  return routes;
}

/** What cannot be read is written anew, without it. */
function readable(value: Buffer): [string, string][] {
  try {
    return readPart(value);
  } catch {
    return [];
  }
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.equals(other);
}
