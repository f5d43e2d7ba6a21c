import type { Curve } from '#domain/liquidity';
import { isAddress, isPeerLedger, MAX_ADDRESS_LENGTH } from '#protocol';

/** Alternative lists of ledgers strictly between the next ledger and the destination. */
export type RoutePaths = readonly (readonly string[])[];

/** Nothing is said to lie between (SPEC §11.4). */
export const DIRECT: RoutePaths = [[]];

export function samePaths(one: RoutePaths, other: RoutePaths): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  return one.every((path, index) => path.join(' ') === other[index]?.join(' '));
}

/** What the peers on one ledger are to know of one destination (SPEC §11.6). */
export interface ExportedRoute {
  readonly destination: string;
  /** Seconds. */
  readonly minMessageWindowS: number;
  /** From the ledger of those peers; absent where nobody said what the way takes. */
  readonly curve?: Curve;
  readonly paths: RoutePaths;
}

/** One route as a peer tells it (SPEC §11.8), whatever the dialect; its points may be no curve. */
export interface ReceivedRoute extends Omit<ExportedRoute, 'curve'> {
  /** Prefix of the ledger that the two share. */
  readonly sourceLedger: string;
  /** The peer's account on it. */
  readonly sourceAccount: string;
  readonly curve?: Curve | 'invalid' | undefined;
}

/** How many quotes of next hops are kept (SPEC §12.3); beyond that the oldest go. */
export interface QuoteLimits {
  /** Of the next hops on one ledger. */
  readonly quotesPerPeer: number;
  readonly quotesInAll: number;
}

export interface RouteLimits extends QuoteLimits {
  /** Routes that one peer can have on one ledger. */
  readonly routesPerPeer: number;
  /** Points of a curve that a peer sends. */
  readonly pointsReceived: number;
  /** Points of a curve that we send. */
  readonly pointsSent: number;
  /** Alternatives of one route. */
  readonly pathsPerRoute: number;
  /** Ledgers in one of them. */
  readonly ledgersPerPath: number;
}

export const ROUTE_LIMITS: RouteLimits = {
  routesPerPeer: 100_000,
  pointsReceived: 1_000,
  pointsSent: 10,
  pathsPerRoute: 100,
  ledgersPerPath: 100,
  quotesPerPeer: 1_000,
  quotesInAll: 10_000,
};

/** Why a received route is not used (SPEC §11.3). */
export type RouteRejectionReason =
  | 'unknown-ledger'
  /** The update came from somebody else than the peer of the ledger (SPEC §11.10). */
  | 'not-the-peer'
  | 'source-account-not-senders'
  | 'source-account-not-on-ledger'
  | 'source-ledger-not-shared'
  | 'prefix-too-long'
  | 'not-an-address'
  | 'peer-prefix'
  | 'invalid-window'
  | 'invalid-curve'
  | 'too-many-points'
  | 'too-many-paths'
  | 'path-too-long'
  | 'too-many-routes'
  /** It passes the shared ledger twice, or every ledger of ours that could use it. */
  | 'loop'
  /** Whatever our pairs deliver is less than the least amount that it takes. */
  | 'no-common-amounts';

export interface RejectedRoute {
  readonly destination: string;
  readonly reason: RouteRejectionReason;
  /**
   * The route itself is in order and kept: it is used as soon as a new ledger or another curve of
   * ours makes that possible.
   */
  readonly isKept: boolean;
}

/** Who sent the route, on which ledger, and how much is let in. */
export interface AnnouncementContext {
  /** Prefix of the ledger that it came in on. */
  readonly ledgerPrefix: string;
  readonly sender: string;
  readonly limits: RouteLimits;
}

/** What is wrong with a received route whatever our own ledgers are, in this order. */
export function announcementFault(
  route: ReceivedRoute,
  context: AnnouncementContext,
): RouteRejectionReason | undefined {
  return originFault(route, context) ?? destinationFault(route) ?? contentFault(route, context);
}

function originFault(
  { sourceLedger, sourceAccount }: ReceivedRoute,
  { ledgerPrefix, sender }: AnnouncementContext,
): RouteRejectionReason | undefined {
  if (sourceAccount !== sender) return 'source-account-not-senders';
  if (!sourceAccount.startsWith(sourceLedger)) return 'source-account-not-on-ledger';
  if (sourceLedger !== ledgerPrefix) return 'source-ledger-not-shared';
  return undefined;
}

function destinationFault({ destination }: ReceivedRoute): RouteRejectionReason | undefined {
  if (destination.length > MAX_ADDRESS_LENGTH) return 'prefix-too-long';
  if (!isAddress(destination)) return 'not-an-address';
  if (isPeerLedger(destination)) return 'peer-prefix';
  return undefined;
}

function contentFault(
  { minMessageWindowS, curve, paths, destination }: ReceivedRoute,
  { limits, ledgerPrefix }: AnnouncementContext,
): RouteRejectionReason | undefined {
  if (!Number.isFinite(minMessageWindowS) || minMessageWindowS < 0) return 'invalid-window';
  if (curve === 'invalid') return 'invalid-curve';
  if (curve !== undefined && curve.points.length > limits.pointsReceived) return 'too-many-points';
  if (paths.length > limits.pathsPerRoute) return 'too-many-paths';
  if (paths.some((path) => path.length > limits.ledgersPerPath)) return 'path-too-long';
  const passesTwice = (ledger: string): boolean =>
    ledger === ledgerPrefix || ledger === destination;
  if (destination === ledgerPrefix || paths.some((path) => path.some(passesTwice))) return 'loop';
  return undefined;
}
