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
  /** The routes are all there are, though only changes were asked for: others are withdrawn. */
  readonly isComplete?: boolean;
}

/** Asks the tables; since 0 = everything there is, and nothing withdrawn. */
export type ExportSource = (sinceRevision: number) => ExportedChanges;

/** Everything that a peer is to know, and what of it is news. */
export interface PeerExport {
  /** By destination. */
  readonly routes: ReadonlyMap<string, ExportedRoute>;
  readonly revision: number;
  /** Destinations that came, went or changed; undefined where that is not known any more. */
  changedSince(revision: number): Iterable<string> | undefined;
}

/** The source that such an export amounts to. It is only looked at when an update is due. */
export function exportSource(exported: () => PeerExport): ExportSource {
  return (sinceRevision) => {
    const now = exported();
    const { revision, routes } = now;
    const changed = sinceRevision === 0 ? undefined : now.changedSince(sinceRevision);
    if (changed === undefined) {
      return { revision, routes: [...routes.values()], withdrawn: [], isComplete: true };
    }
    const keys = [...changed];
    return {
      revision,
      routes: keys.flatMap((key) => routes.get(key) ?? []),
      withdrawn: keys.filter((key) => !routes.has(key)),
    };
  };
}
