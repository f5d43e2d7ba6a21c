import type { Authority, Cause, Limits, PaymentPlan } from './events';
import type { LedgerId, TransferId } from './identifiers';

export type TransferStatus = 'prepared' | 'fulfilled' | 'rejected' | 'expired';

/** One transfer as the fold of its events. Buffers are never written to. */
export interface Transfer {
  readonly id: TransferId;
  readonly direction: 'incoming' | 'outgoing';
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: Buffer;
  readonly sideDataDigest: Buffer | null;
  readonly plan: PaymentPlan | undefined;
  readonly cause: Cause | undefined;
  status: TransferStatus;
  /** Set once fulfilled. */
  fulfillment: Buffer | null;
  fulfillmentData: Buffer | null;
  /** Encoded ILP error; set once rejected or expired. */
  reason: Buffer | null;
}

/** Sums of SPEC §7.3, all from our side, in base units, never negative. */
export interface Sums {
  incomingFulfilled: bigint;
  incomingPrepared: bigint;
  outgoingFulfilled: bigint;
  outgoingPrepared: bigint;
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
  readonly sums: Sums;
  /** Every transfer that is not final, and as many final ones as the owner keeps. */
  readonly transfers: Map<TransferId, Transfer>;
}

/** Only what is fulfilled counts; positive = the peer owes us (SPEC §7.3). */
export function balanceOf(sums: Sums): bigint {
  return sums.incomingFulfilled - sums.outgoingFulfilled;
}

/** Our own ILP address on the ledger. */
export function ownAddress(ledger: Pick<LedgerState, 'prefix' | 'account'>): string {
  return ledger.prefix + ledger.account;
}

/** The peer's ILP address on the ledger. */
export function peerAddress(ledger: Pick<LedgerState, 'prefix' | 'peerAccount'>): string {
  return ledger.prefix + ledger.peerAccount;
}
