import type { Curve } from '#domain/liquidity';
import type { LocalLedger } from './local-ledger';

/** The curve of a local pair, in its two forms (SPEC §10.7). */
export interface PairCurves {
  /** Unshifted: payments and quotes by source amount. */
  readonly local: Curve;
  /** Shifted by one source unit unless the pair is trivial: whatever others rely on. */
  readonly public: Curve;
}

interface AnyRoute {
  /** The key of the table that the destination matched. */
  readonly matchedKey: string;
  readonly source: LocalLedger;
}

/** The destination lies on a ledger of ours: the last hop is the next one. */
export interface LocalRoute extends AnyRoute {
  readonly kind: 'local';
  readonly next: LocalLedger;
  readonly curves: PairCurves;
  /** Time that a payment needs from here on, ours included. */
  readonly minMessageWindowMs: number;
}

/** Another connector goes on from there; what it takes is not known. */
export interface StaticRoute extends AnyRoute {
  readonly kind: 'static';
  readonly next: LocalLedger;
  /** The next connector's address on the next ledger. */
  readonly nextHop: string;
  /** Of the pair that the payment takes here: the first part of the way. */
  readonly headCurves: PairCurves;
  readonly minMessageWindowMs: number;
}

/** There is a route, but its next ledger is not one that we hold now. */
export interface UnusableRoute extends AnyRoute {
  readonly kind: 'unusable';
  readonly nextPrefix: string;
}

export type Route = LocalRoute | StaticRoute | UnusableRoute;
