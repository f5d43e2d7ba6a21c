import type { Cause, LedgerOpened, Limits, PaymentPlan } from './events';
import type { LedgerId, TransferId } from './identifiers';

export interface OpenLedger extends Omit<LedgerOpened, 'type'> {
  readonly ledgerId: LedgerId;
}

export interface ChangeLimits {
  readonly ledgerId: LedgerId;
  readonly limits: Limits;
}

/** Puts money on hold. Incoming with a plan, outgoing with its cause. */
export interface PrepareTransfer {
  readonly transferId: TransferId;
  readonly direction: 'incoming' | 'outgoing';
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: Buffer;
  readonly sideDataDigest: Buffer | null;
  readonly plan?: PaymentPlan;
  readonly cause?: Cause;
}

/** The receiver of a transfer hands over the preimage. */
export interface FulfillTransfer {
  readonly transferId: TransferId;
  readonly fulfillment: Buffer;
  readonly data: Buffer | null;
  /** Who speaks: the peer fulfills what we sent (outgoing), we fulfill what the peer sent (incoming). */
  readonly by: 'peer' | 'self';
  /** When the frame arrived: a fulfillment counts if it was here before the expiry. */
  readonly receivedAtMs: number;
}

export interface RejectTransfer {
  readonly transferId: TransferId;
  /** Encoded ILP error. */
  readonly reason: Buffer;
  readonly by: 'peer' | 'self';
  readonly receivedAtMs: number;
}

/** The owner's clock looks at a transfer that is due. */
export interface ExpireTransfer {
  readonly transferId: TransferId;
  readonly nowMs: number;
  /** On a shadow ledger the peer's clock decides: how long past the expiry it may still speak. */
  readonly graceMs: number;
}
