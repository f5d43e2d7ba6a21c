import type {
  Authority,
  Cause,
  ComparedBalances,
  Limits,
  PaymentOrder,
  PaymentPlan,
  Thresholds,
} from './events';
import type { LedgerId, TransferId } from './identifiers';

/**
 * Open: `proposed` (ours, not yet accepted by the authority), `prepared`, `submitted` (fulfilled by
 * us, not yet confirmed by the authority). Final: the others.
 */
export const TRANSFER_STATUSES = [
  'proposed',
  'prepared',
  'submitted',
  'fulfilled',
  'rejected',
  'expired',
] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

/** Whether new transfers are taken. */
export const STANDINGS = ['open', 'paused', 'draining', 'closed'] as const;
export type Standing = (typeof STANDINGS)[number];

/** A settlement as it is known by its reference. */
export type Settlement =
  | {
      readonly kind: 'settlement';
      readonly direction: 'paid' | 'received';
      readonly amount: bigint;
      /** Reference of the event that took it back. */
      reversedBy: string | null;
    }
  | { readonly kind: 'reversal'; readonly reverses: string };

/** One transfer as the fold of its events. Buffers are never written to. */
export interface Transfer {
  readonly id: TransferId;
  readonly direction: 'incoming' | 'outgoing';
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: Buffer;
  readonly sideDataDigest: Buffer | null;
  /** Protocol data to be handed on as it came; see TransferPrepared. */
  readonly sideData: Buffer | undefined;
  readonly plan: PaymentPlan | undefined;
  readonly cause: Cause | undefined;
  /** An operator had us pay; undefined of what is paid on. */
  readonly order: PaymentOrder | undefined;
  status: TransferStatus;
  /** Set once submitted or fulfilled. */
  fulfillment: Buffer | null;
  fulfillmentData: Buffer | null;
  /** Encoded ILP error; set once rejected or expired. */
  reason: Buffer | null;
}

/** Sums of SPEC §7.3, all from our side, in base units; but for `adjusted` never negative. */
export interface Sums {
  incomingFulfilled: bigint;
  incomingPrepared: bigint;
  outgoingFulfilled: bigint;
  outgoingPrepared: bigint;
  /** What we paid the peer outside of the ledger; reversals taken off. */
  settledPaid: bigint;
  settledReceived: bigint;
  /** What was added, by adopting an authority's balance; of either sign. */
  adjusted: bigint;
}

/** A ledger between us and one peer. Mutated by evolve only; its owner is one partition, alone. */
export interface LedgerState {
  readonly id: LedgerId;
  readonly prefix: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
  readonly account: string;
  readonly peerAccount: string;
  readonly authority: Authority;
  limits: Limits;
  /** What the configuration last asked for; an order of an operator may have changed it since. */
  configuredLimits: Limits;
  readonly sums: Sums;
  standing: Standing;
  thresholds: Thresholds;
  /** Which thresholds the balance is at or beyond, as the last event about them said. */
  readonly beyond: { low: boolean; high: boolean };
  /** The two figures that do not agree, while they do not: a dispute, or a shadow that diverged. */
  difference: ComparedBalances | null;
  /** Transfers that the two sides have not ended alike, until the dispute is resolved. */
  readonly disputed: Set<TransferId>;
  /** The figure on which both sides last agreed. */
  agreedBalance: bigint | null;
  /** By reference; settlements are made by people, so they stay few. */
  readonly settlements: Map<string, Settlement>;
  /** Every transfer that is not final, and as many final ones as the owner keeps. */
  readonly transfers: Map<TransferId, Transfer>;
}

/** Only what is final counts; positive = the peer owes us (SPEC §7.3). */
export function balanceOf(sums: Sums): bigint {
  const settled = sums.settledPaid - sums.settledReceived;
  return sums.incomingFulfilled - sums.outgoingFulfilled + settled + sums.adjusted;
}

/** Has the transfer yet to end? */
export function isOpen({ status }: Pick<Transfer, 'status'>): boolean {
  return status === 'prepared' || status === 'proposed' || status === 'submitted';
}

/** Does somebody else decide what happened on the ledger, so that ours is a copy (SPEC §7.2)? */
export function isShadow({ authority }: Pick<LedgerState, 'authority'>): boolean {
  return authority === 'shadow' || authority === 'validated';
}

/** Our own ILP address on the ledger. */
export function ownAddress(ledger: Pick<LedgerState, 'prefix' | 'account'>): string {
  return ledger.prefix + ledger.account;
}

/** The peer's ILP address on the ledger. */
export function peerAddress(ledger: Pick<LedgerState, 'prefix' | 'peerAccount'>): string {
  return ledger.prefix + ledger.peerAccount;
}
