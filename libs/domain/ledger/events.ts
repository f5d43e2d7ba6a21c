import type { LedgerId, TransferId } from './identifiers';

/** Who decides what happened on a ledger (SPEC §7.2). */
export type Authority = 'admin' | 'shadow';

/** Limits of our own balance, in base units; null is unlimited (SPEC §7.3). */
export interface Limits {
  /** How much the peer may owe us; null = no limit. */
  readonly maxBalance: bigint | null;
  /** At most 0: minus how much we may owe the peer; null = no limit. */
  readonly minBalance: bigint | null;
}

/** A ledger between us and one peer came into being. */
export interface LedgerOpened {
  readonly type: 'LedgerOpened';
  /** ILP prefix, ends in a dot. */
  readonly prefix: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
  /** Our account's name, without the prefix. */
  readonly account: string;
  readonly peerAccount: string;
  readonly authority: Authority;
  readonly limits: Limits;
}

export interface LimitsChanged {
  readonly type: 'LimitsChanged';
  readonly limits: Limits;
}

/** The next hop, fixed for ever when the incoming transfer is prepared (one plan per payment). */
export interface ForwardPlan {
  readonly kind: 'forward';
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  /** Base units of the outgoing ledger. */
  readonly amount: bigint;
  readonly expiresAtMs: number;
}

/** The payment cannot go on: the incoming transfer is prepared and at once rejected with this ILP error. */
export interface RefusePlan {
  readonly kind: 'refuse';
  /** ILP error code, e.g. `F02` (SPEC §6.5). */
  readonly code: string;
  /** ILP address of whoever found the fault. */
  readonly triggeredBy: string;
  readonly message: string;
}

export type PaymentPlan = ForwardPlan | RefusePlan;

/** The incoming transfer that an outgoing one was made for (note to self, SPEC §13.2). */
export interface Cause {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  readonly amount: bigint;
}

/** Money is on hold on this ledger until the transfer is fulfilled, rejected or expired. */
export interface TransferPrepared {
  readonly type: 'TransferPrepared';
  readonly transferId: TransferId;
  /** incoming: the peer pays us; outgoing: we pay the peer. */
  readonly direction: 'incoming' | 'outgoing';
  readonly amount: bigint;
  /** 32 bytes. */
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  /** ILP packet as it travels, byte for byte; may be empty when an incoming Prepare carried none. */
  readonly packet: Buffer;
  /** SHA-256 of the whole protocol data when it held more than the one `ilp` entry, else null. */
  readonly sideDataDigest: Buffer | null;
  /** Incoming transfers only. */
  readonly plan?: PaymentPlan;
  /** Outgoing transfers only. */
  readonly cause?: Cause;
}

export interface TransferFulfilled {
  readonly type: 'TransferFulfilled';
  readonly transferId: TransferId;
  /** 32 bytes. */
  readonly fulfillment: Buffer;
  /** Fulfillment data (`ilp` of the Fulfill), relayed unchanged; null when there was none. */
  readonly data: Buffer | null;
}

/** Rejected by its receiver: the peer of what we sent, we of what the peer sent. */
export interface TransferRejected {
  readonly type: 'TransferRejected';
  readonly transferId: TransferId;
  /** Encoded ILP error packet (type 8) that the payer hears. */
  readonly reason: Buffer;
}

/** Rolled back because its time was over, in the words of whose clock decides (R00, SPEC §5.7). */
export interface TransferExpired {
  readonly type: 'TransferExpired';
  readonly transferId: TransferId;
  readonly reason: Buffer;
}

/**
 * What can happen on a ledger. A type is a storage format: it is never renamed, only upcast.
 */
export type LedgerEvent =
  | LedgerOpened
  | LimitsChanged
  | TransferPrepared
  | TransferFulfilled
  | TransferRejected
  | TransferExpired;
