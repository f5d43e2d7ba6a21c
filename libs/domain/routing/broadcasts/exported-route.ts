import type { Curve } from '#domain/liquidity';

/** What one peer is to know of one destination (SPEC §11.6). Immutable. */
export interface ExportedRoute {
  readonly destination: string;
  readonly minMessageWindowS: number;
  /** With the points that the peer is to see, source units of the ledger between us. */
  readonly curve?: Curve;
  /** Alternative lists of the ledgers in between, at least one list. */
  readonly paths: readonly (readonly string[])[];
}

/** What a peer is to know beyond what it was to know at some revision. */
export interface ExportedChanges {
  /** Of the tables now, above 0; whoever knows all of this asks for changes since then. */
  readonly revision: number;
  /** New and changed routes, and perhaps others. */
  readonly routes: readonly ExportedRoute[];
  /** Destinations that are no longer exported. */
  readonly withdrawn: readonly string[];
}

/** Asks the tables; since 0 = everything there is, and nothing withdrawn. */
export type ExportSource = (sinceRevision: number) => ExportedChanges;
