import type { Curve } from '#domain/liquidity';
import type { Destination, LearntRoute } from './destination';
import type { Destinations } from './destinations';
import type { LedgerBook } from './ledger-book';
import type { RoutePaths } from './route-announcement';

/** Which destinations are listed. */
export interface ListingRange {
  /** With which their prefixes begin; empty = all. */
  readonly prefix: string;
  /** Only those that come after it in the order of their code units; undefined = from the first. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Only what was learnt on this ledger. */
  readonly learntOn?: string | undefined;
}

/** One thing that leads to a destination, from whichever of our ledgers. */
export interface ListedWay {
  readonly kind: 'local' | 'static' | 'learnt';
  readonly nextPrefix: string;
  /** undefined where the next ledger is the destination. */
  readonly nextHop: string | undefined;
  /** Ledgers on the way, both ends counted. */
  readonly length: number;
  /** What the next ledger's units bring, if the next connector said so. */
  readonly curve: Curve | undefined;
  /** What the next connector wants of time; undefined for what nobody told. */
  readonly minMessageWindowS: number | undefined;
  readonly paths: RoutePaths;
  /** undefined = never. */
  readonly expiresAtMs: number | undefined;
  /** Whether its next ledger is there and connected. */
  readonly isConnected: boolean;
}

export interface ListedDestination {
  readonly destination: string;
  readonly ways: readonly ListedWay[];
}

/** The destinations within the range, in the order of their prefixes. */
export function listDestinations(
  { destinations, ledgers }: { readonly destinations: Destinations; readonly ledgers: LedgerBook },
  { prefix, after, limit, learntOn }: ListingRange,
): ListedDestination[] {
  const wanted: Destination[] = [];
  destinations.forEach((destination) => {
    const { key, learnt } = destination;
    if (!key.startsWith(prefix) || (after !== undefined && key <= after)) return;
    if (learntOn !== undefined && !learnt.some(isLearntOn(learntOn))) return;
    wanted.push(destination);
  });
  wanted.sort((one, other) => (one.key < other.key ? -1 : 1));
  return wanted.slice(0, limit).map((destination) => {
    const learnt = destination.learnt
      .filter((route) => learntOn === undefined || isLearntOn(learntOn)(route))
      .map(learntWay);
    const ways = learntOn === undefined ? [...ownWays(destination, ledgers), ...learnt] : learnt;
    return { destination: destination.key, ways };
  });
}

/** The ledger itself, and wired routes. */
function ownWays({ ledger, statics }: Destination, ledgers: LedgerBook): ListedWay[] {
  const wired = statics.map(({ connectorLedger, connectorAccount, targetPrefix }): ListedWay => {
    return {
      ...NOTHING_TOLD,
      kind: 'static',
      nextPrefix: connectorLedger,
      nextHop: connectorAccount,
      length: targetPrefix === connectorLedger ? 2 : 3,
      isConnected: ledgers.byPrefix(connectorLedger)?.isConnected ?? false,
    };
  });
  if (ledger === undefined) return wired;
  const { prefix: nextPrefix, isConnected } = ledger;
  const local = { ...NOTHING_TOLD, nextPrefix, nextHop: undefined, length: 2, isConnected };
  return [{ ...local, kind: 'local' }, ...wired];
}

const NOTHING_TOLD = {
  curve: undefined,
  minMessageWindowS: undefined,
  paths: [],
  expiresAtMs: undefined,
};

function isLearntOn(ledgerId: string): (route: LearntRoute) => boolean {
  return ({ neighbour }) => neighbour.ledger.ledgerId === ledgerId;
}

function learntWay(route: LearntRoute): ListedWay {
  const { neighbour, curve, minMessageWindowS, paths, length } = route;
  return {
    kind: 'learnt',
    nextPrefix: neighbour.ledger.prefix,
    nextHop: neighbour.account,
    length,
    curve,
    minMessageWindowS,
    paths,
    expiresAtMs: neighbour.expiresAtMs,
    isConnected: neighbour.ledger.isConnected,
  };
}
