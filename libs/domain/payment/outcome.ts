import type { LedgerId, Refusal, TransferId } from '#domain/ledger';
import type { Errand } from './errand';

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
      /** The whole protocol data where it is more than the packet and goes on as it came. */
      readonly sideData?: Buffer | undefined;
    }
  | {
      readonly kind: 'fulfill';
      readonly ledgerId: LedgerId;
      readonly transferId: TransferId;
      readonly fulfillment: Buffer;
      readonly data: Buffer | null;
      readonly expiresAtMs: number;
      /** Nothing but the peer's answer ends it, however late (SPEC §7.2). */
      readonly awaitsAuthority: boolean;
    }
  | {
      readonly kind: 'reject';
      readonly ledgerId: LedgerId;
      readonly transferId: TransferId;
      /** Encoded ILP error. */
      readonly reason: Buffer;
    };

/** Who has to hear of what happened. */
export interface News {
  readonly deliveries: readonly Delivery[];
  /** What owners of other ledgers must be asked or told. */
  readonly errands: readonly Errand[];
}

/** What a command came to: the answer to whoever asked, and what others must hear. */
export interface Outcome extends News {
  /** undefined = accepted (or a repetition of what was accepted before). */
  readonly refusal: Refusal | undefined;
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

export const NO_NEWS: News = { deliveries: [], errands: [] };

export const NOTHING: Outcome = { refusal: undefined, ...NO_NEWS };

export function refused(refusal: Refusal): Outcome {
  return { refusal, ...NO_NEWS };
}

/** News for peers alone. */
export function delivering(deliveries: readonly Delivery[]): News {
  return deliveries.length === 0 ? NO_NEWS : { deliveries, errands: NO_NEWS.errands };
}

/** News for another owner alone. */
export function asking(...errands: readonly Errand[]): News {
  return { deliveries: NO_NEWS.deliveries, errands };
}

export function both(one: News, other: News): News {
  return {
    deliveries: [...one.deliveries, ...other.deliveries],
    errands: [...one.errands, ...other.errands],
  };
}
