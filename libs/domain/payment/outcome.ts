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
}
