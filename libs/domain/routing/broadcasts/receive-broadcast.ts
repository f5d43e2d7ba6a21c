import type { AnnouncedRoute, ReceivedRoutingUpdate } from '#protocol';
import { Curve, InvalidCurveError } from '#domain/liquidity';

/** Who tells routes: an account on a ledger of ours. */
export interface BroadcastSender {
  readonly ledgerId: string;
  /** Address. */
  readonly account: string;
}

/** A route as the tables are told it; its points may be no curve. */
export interface ToldRoute {
  readonly destination: string;
  readonly sourceLedger: string;
  readonly sourceAccount: string;
  readonly minMessageWindowS: number;
  readonly curve?: Curve | 'invalid';
  readonly paths: readonly (readonly string[])[];
}

/** A route that is not used, and why. */
export interface UnusedRoute {
  readonly destination: string;
  readonly reason: string;
}

/** The time for which everything that a peer told is good from now on. */
export interface HeardAt {
  readonly nowMs: number;
  readonly holdDownMs: number;
}

/** What an update asks of the tables. Routes that cannot be used are returned, never thrown. */
export interface RouteListener {
  extend(sender: BroadcastSender, heard: HeardAt): void;
  /** Returns how many of these destinations the peer led to. */
  withdraw(sender: BroadcastSender, destinations: readonly string[]): number;
  learn(
    sender: BroadcastSender,
    routes: readonly ToldRoute[],
    heard: HeardAt,
  ): readonly UnusedRoute[];
}

/** What became of one update. */
export interface Heard {
  readonly atMs: number;
  /** As it counts, not as it was sent. */
  readonly holdDownMs: number;
  /** Destinations to which the peer leads now. */
  readonly used: readonly string[];
  readonly unused: readonly UnusedRoute[];
  /** Destinations that the update withdrew, whether we had them or not. */
  readonly unreachable: readonly string[];
  /** How many of these we had. */
  readonly withdrawn: number;
  readonly requestFullTable: boolean;
  readonly showsV21: boolean;
}

/**
 * However long a peer says that its silence is to be borne, it is borne no longer. A bound of ours
 * against hold-down times that are as good as for ever; the protocol knows none.
 */
export const MAX_HOLD_DOWN_MS = 86_400_000;

/**
 * Takes an update that is well-formed into the tables (SPEC §11.10), in this order: what the peer
 * told before stays good, withdrawals, new routes. A destination that is in both ends up present.
 * The caller hands `requestFullTable` and `showsV21` on to what it tells the peer itself.
 */
export function receiveBroadcast(
  update: ReceivedRoutingUpdate,
  from: { readonly sender: BroadcastSender; readonly nowMs: number },
  tables: RouteListener,
): Heard {
  const { sender, nowMs } = from;
  const { newRoutes, skipped, unreachable } = update;
  const heard = { nowMs, holdDownMs: Math.min(update.holdDownMs, MAX_HOLD_DOWN_MS) };
  tables.extend(sender, heard);
  const withdrawn = unreachable.length === 0 ? 0 : tables.withdraw(sender, unreachable);
  const refused = newRoutes.length === 0 ? [] : tables.learn(sender, newRoutes.map(told), heard);
  const unused = [
    ...skipped.map(({ destinationLedger, rule }) => unusedRoute(destinationLedger, rule)),
    ...refused.map(({ destination, reason }) => unusedRoute(destination, reason)),
  ];
  const refusedKeys = new Set(refused.map(({ destination }) => destination));
  return {
    atMs: nowMs,
    holdDownMs: heard.holdDownMs,
    used: newRoutes.map((route) => route.destinationLedger).filter((key) => !refusedKeys.has(key)),
    unused,
    unreachable,
    withdrawn,
    requestFullTable: update.requestFullTable,
    showsV21: update.showsV21,
  };
}

function unusedRoute(destination: string, reason: string): UnusedRoute {
  return { destination, reason };
}

function told(route: AnnouncedRoute): ToldRoute {
  const { destinationLedger, sourceLedger, sourceAccount, minMessageWindowS, paths } = route;
  const facts = { sourceLedger, sourceAccount, minMessageWindowS, paths };
  const curve = route.points === undefined ? undefined : curveOf(route.points);
  return { destination: destinationLedger, ...facts, ...(curve !== undefined && { curve }) };
}

function curveOf(points: NonNullable<AnnouncedRoute['points']>): Curve | 'invalid' {
  try {
    return Curve.of(points);
  } catch (error) {
    if (error instanceof InvalidCurveError) return 'invalid';
    throw error;
  }
}
