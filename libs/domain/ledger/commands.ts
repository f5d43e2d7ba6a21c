import type { Cause, LedgerOpened, Limits, PaymentOrder, PaymentPlan, Thresholds } from './events';
import type { LedgerId, TransferId } from './identifiers';

export interface OpenLedger extends Omit<LedgerOpened, 'type'> {
  readonly ledgerId: LedgerId;
}

export interface ChangeLimits {
  readonly limits: Limits;
  readonly by: string;
}

/** Puts money on hold. Incoming with a plan, outgoing with its cause or the order of an operator. */
export interface PrepareTransfer {
  readonly transferId: TransferId;
  readonly direction: 'incoming' | 'outgoing';
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: Buffer;
  readonly sideDataDigest: Buffer | null;
  /** The whole protocol data, for a ledger that hands it on as it came. */
  readonly sideData?: Buffer | undefined;
  readonly plan?: PaymentPlan;
  readonly cause?: Cause;
  readonly order?: PaymentOrder;
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

/** The authority of a ledger has answered our Prepare or our Fulfill with a Response. */
export interface ConfirmTransfer {
  readonly transferId: TransferId;
}

/** What the other side says it has counted, and what may explain a difference. */
export interface CompareBalances {
  /** Minus the other side's balance. */
  readonly theirs: bigint;
  /**
   * Our balance, had everything that was open or moved while the question was under way been
   * counted the one way or the other by them; ours as it is now lies between. Agreement is certain
   * where both are our balance, a difference is certain outside of them.
   */
  readonly lowest: bigint;
  readonly highest: bigint;
  /** Whether a shadow adopts a differing figure by itself, once nothing moves. */
  readonly adopts: boolean;
}

/** The two sides of a symmetric ledger hold different outcomes of one transfer. */
export interface DisputeTransfer {
  readonly transferId: TransferId;
}

/** The operator ends a dispute or adopts the authority's figure. */
export interface ReconcileLedger {
  readonly by: string;
  readonly note: string;
  /** As the operator read it: what he agrees to. */
  readonly theirs: bigint;
}

export interface ChangeStanding {
  readonly to: 'paused' | 'open' | 'draining' | 'closed';
  readonly by: string;
  readonly reason: string;
  /** Closing with a balance that is not 0 needs it said. */
  readonly acknowledgedBalance?: bigint;
}

export interface ChangeThresholds {
  readonly thresholds: Thresholds;
  readonly by: string;
}

export interface RecordSettlement {
  readonly reference: string;
  readonly direction: 'paid' | 'received';
  readonly amount: bigint;
  readonly by: string;
}

export interface ReverseSettlement {
  readonly reference: string;
  readonly reverses: string;
  readonly reason: string;
  readonly by: string;
}
