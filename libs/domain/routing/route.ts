import type { Conversion, Curve, NoPairReason, PairExchange } from '#domain/liquidity';
import type { LocalLedger } from './local-ledger';

/** How a pair is priced: enough to work out again what it makes of any amount. */
export interface PairPrice {
  readonly exchange: PairExchange;
  /** Of the exchange rates that the rate is taken from; undefined = of none. */
  readonly ratesVersion: number | undefined;
}

/** What a local pair makes of amounts, in its two forms (SPEC §10.7). */
export interface PairConversions {
  /** What payments and quotes go by. */
  readonly local: Conversion;
  /** What others rely on: its curve, shifted. */
  readonly public: Curve;
  /** Source units that others pay for what the hop before them rounded off; 0 of a trivial pair. */
  readonly shift: bigint;
  /** How both came about; undefined where nobody said so. */
  readonly price?: PairPrice | undefined;
}

/** Why a pair that there is has no price now. */
export type UnpricedReason = Exclude<NoPairReason, 'missing-currency'>;

/** Why a route cannot be used for the time being. */
export type WaitingReason = 'next-ledger-unknown' | 'next-ledger-disconnected' | UnpricedReason;

interface AnyRoute {
  /** The key of the table that the destination matched. */
  readonly matchedKey: string;
  readonly source: LocalLedger;
}

interface UsableRoute extends AnyRoute {
  /** The ledger that the outgoing transfer is made on. */
  readonly next: LocalLedger;
  /** Of the pair that the payment takes here: the first part of the way. */
  readonly head: PairConversions;
  /** Ledgers on the way, both ends counted (SPEC §11.4). */
  readonly length: number;
  /** Among the groups of ways of one length, 1 being the shortest. */
  readonly group: number;
  /** Time that a payment needs from here on, ours included. */
  readonly minMessageWindowMs: number;
}

/** The destination lies on a ledger of ours: the last hop is the next one. */
export interface LocalRoute extends UsableRoute {
  readonly kind: 'local';
}

/** Another connector goes on from there, and told us what it takes. */
export interface LearntWay extends UsableRoute {
  readonly kind: 'learnt';
  /** The next connector's address on the next ledger. */
  readonly nextHop: string;
  /** What the next ledger's units bring at the destination. */
  readonly tail: Curve;
  /** Given where it was asked for a quote: until when that holds. */
  readonly quotedUntilMs?: number;
}

/** Another connector goes on from there; what it takes is to be asked of it (SPEC §12.3). */
export interface CurvelessRoute extends UsableRoute {
  readonly kind: 'curve-less';
  readonly nextHop: string;
  /** Of it what we want ourselves. */
  readonly ownWindowMs: number;
  /** Ways of the same length that are to be asked after this one, in this order (D-38). */
  readonly others: readonly CurvelessRoute[];
}

/**
 * There is a route that cannot be used now: its next ledger is not one that we hold, is not connected,
 * or has no price in units of the source.
 */
export interface UnusableRoute extends AnyRoute {
  readonly kind: 'unusable';
  readonly nextPrefix: string;
  /** undefined = we do not hold it. */
  readonly next: LocalLedger | undefined;
  readonly reason: WaitingReason;
}

/** There are routes, and none of them brings the destination amount that was asked for. */
export interface OutOfReachRoute extends AnyRoute {
  readonly kind: 'out-of-reach';
  /** The greatest destination amount that any of them brings. */
  readonly maxAmount: bigint;
}

/** A route that a transfer can take. */
export type Way = LocalRoute | LearntWay | CurvelessRoute;

export type Route = Way | UnusableRoute | OutOfReachRoute;

/** What can be promised of all routes to a destination together (SPEC §11.5, E). */
export interface EffectiveRoute extends AnyRoute {
  readonly kind: 'effective';
  readonly curve: Curve;
  /** As far as the same holds for neighbours of the destination (SPEC §12.4). */
  readonly appliesToPrefix: string;
  /** The longest of those that the curve is made of. */
  readonly minMessageWindowMs: number;
  /** Of the exchange rates that any of them rests on; undefined = one for one. */
  readonly ratesVersion: number | undefined;
  /** When the first of those routes ends unless told otherwise. */
  readonly expiresAtMs: number | undefined;
}
