import type { CurvePoint } from '../ilp/ilp-packet';

/** A route that one connector announces to another (SPEC §11.8). */
export interface AnnouncedRoute {
  /** The ledger between the two. */
  readonly sourceLedger: string;
  /** Any address prefix, or an account. */
  readonly destinationLedger: string;
  /** The announcing connector's account on the source ledger. */
  readonly sourceAccount: string;
  /** Seconds, at least 0, fractions included. */
  readonly minMessageWindowS: number;
  /** At least one, x strictly increasing, y never decreasing. Absent: ask for a quote. */
  readonly points?: readonly CurvePoint[];
  /** Alternative lists of the ledgers in between, at least one list. */
  readonly paths: readonly (readonly string[])[];
}

/** What one connector tells another of its routing table. */
export interface RoutingUpdate {
  /** How long everything that was announced stays good without another update; at least 1. */
  readonly holdDownMs: number;
  readonly newRoutes: readonly AnnouncedRoute[];
  /** Destinations that are withdrawn. One that is also among the new routes ends up present. */
  readonly unreachable: readonly string[];
  readonly requestFullTable: boolean;
}

/** Why one route of a well-formed update cannot be used (SPEC D-27). */
export type SkipRule =
  | 'no-points'
  | 'wrong-length'
  | 'not-a-curve'
  | 'too-many-points'
  | 'too-many-paths'
  | 'path-too-long'
  | 'window-too-long';

export interface SkippedRoute {
  readonly destinationLedger: string;
  readonly rule: SkipRule;
}

/** An update as a peer sent it. */
export interface ReceivedRoutingUpdate extends RoutingUpdate {
  /** Routes that are not among the new ones, though the peer sent them. */
  readonly skipped: readonly SkippedRoute[];
  /** Whether it holds anything that only the v21 dialect has (SPEC D-32). */
  readonly showsV21: boolean;
}
