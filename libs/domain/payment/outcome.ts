import type { LedgerId, Refusal, TransferId } from '#domain/ledger';

/** What a peer must be told because of an event; repeated until it answered. */
export type Delivery =
  | {
      readonly kind: 'prepare';
      readonly ledgerId: LedgerId;
      readonly transferId: TransferId;
      readonly amount: bigint;
      readonly condition: Buffer;
      readonly expiresAtMs: number;
      readonly packet: Buffer;
    }
  | {
      readonly kind: 'fulfill';
      readonly ledgerId: LedgerId;
      readonly transferId: TransferId;
      readonly fulfillment: Buffer;
      readonly data: Buffer | null;
      readonly expiresAtMs: number;
    }
  | {
      readonly kind: 'reject';
      readonly ledgerId: LedgerId;
      readonly transferId: TransferId;
      /** Encoded ILP error. */
      readonly reason: Buffer;
    };

/** What a command came to: the answer to whoever asked, and what others must hear. */
export interface Outcome {
  /** undefined = accepted (or a repetition of what was accepted before). */
  readonly refusal: Refusal | undefined;
  readonly deliveries: readonly Delivery[];
  readonly loss?: Loss;
}

/** We have paid, and who asked us to can no longer be made to pay us. */
export interface Loss {
  /** The ledger on which we paid. */
  readonly ledgerId: LedgerId;
  /** The outgoing transfer. */
  readonly transferId: TransferId;
  /** What we paid, in base units of that ledger. */
  readonly amount: bigint;
}

export const NOTHING: Outcome = { refusal: undefined, deliveries: [] };

export function refused(refusal: Refusal): Outcome {
  return { refusal, deliveries: [] };
}
