import type { LedgerOpened, Limits } from './events';

/**
 * Why a command changes nothing. Each decision tests them in the order they stand in here, the
 * most basic first, so that of several faults the same one is always named.
 */
export type PrepareRefusal =
  | { readonly kind: 'LedgerNotFound'; readonly ledgerId: string }
  | { readonly kind: 'AmountOutOfRange'; readonly amount: bigint; readonly maximum: bigint }
  | { readonly kind: 'DuplicateId'; readonly transferId: string }
  | { readonly kind: 'AlreadyFulfilled'; readonly transferId: string }
  | { readonly kind: 'AlreadyRolledBack'; readonly transferId: string }
  | { readonly kind: 'InsufficientBalance'; readonly required: bigint; readonly available: bigint };

export type FulfillRefusal =
  | { readonly kind: 'LedgerNotFound'; readonly ledgerId: string }
  | { readonly kind: 'TransferNotFound'; readonly transferId: string }
  | { readonly kind: 'WrongDirection'; readonly transferId: string }
  | { readonly kind: 'AlreadyRolledBack'; readonly transferId: string }
  | { readonly kind: 'InvalidFulfillment'; readonly transferId: string };

export type RejectRefusal =
  | { readonly kind: 'LedgerNotFound'; readonly ledgerId: string }
  | { readonly kind: 'TransferNotFound'; readonly transferId: string }
  | { readonly kind: 'WrongDirection'; readonly transferId: string }
  | { readonly kind: 'AlreadyFulfilled'; readonly transferId: string };

/** What a peer may be told; `payment/btp-refusal` gives each its BTP error. */
export type Refusal = PrepareRefusal | FulfillRefusal | RejectRefusal;

/** Why the owner's clock may not end a transfer yet. Never heard by a peer. */
export type ExpireRefusal =
  | { readonly kind: 'TransferNotFound'; readonly transferId: string }
  | { readonly kind: 'AlreadyFulfilled'; readonly transferId: string }
  | { readonly kind: 'NotYetExpired'; readonly nowMs: number; readonly expiresAtMs: number };

/** Why limits make no sense: what they are, and the bound that they break. */
export interface LimitsRefusal {
  readonly kind: 'InvalidLimits';
  readonly field: keyof Limits;
  readonly rule: 'must-not-be-positive' | 'must-not-be-below-min-balance';
  readonly value: bigint;
  readonly bound: bigint;
}

/** Why a ledger cannot be opened as asked. Never heard by a peer. */
export type OpenRefusal =
  | {
      readonly kind: 'InvalidField';
      readonly field: OpenedField;
      readonly rule:
        'not-a-ledger-prefix' | 'not-an-account' | 'not-a-code' | 'not-a-scale' | 'same';
      readonly value: string;
    }
  | LimitsRefusal
  | {
      readonly kind: 'LedgerConflict';
      readonly field: OpenedField;
      readonly stored: string;
      readonly wanted: string;
    };

/** What a ledger is opened with and keeps for ever. */
export type OpenedField = Exclude<keyof LedgerOpened, 'type' | 'limits'>;
