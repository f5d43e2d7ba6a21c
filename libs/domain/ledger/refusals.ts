import type { LedgerOpened, Limits, Thresholds } from './events';
import type { Standing } from './state';

/** Takes no new transfers. */
export type NotOpen = Exclude<Standing, 'open'>;

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
  | { readonly kind: 'LedgerNotOpen'; readonly ledgerId: string; readonly standing: NotOpen }
  | { readonly kind: 'SumOutOfRange'; readonly sum: bigint; readonly maximum: bigint }
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
  /** We have shown the preimage: only the authority of the ledger can tell what became of it. */
  | { readonly kind: 'AwaitsAuthority'; readonly transferId: string }
  | { readonly kind: 'NotYetExpired'; readonly nowMs: number; readonly expiresAtMs: number };

/** Why limits make no sense: what they are, and the bound that they break. */
export interface LimitsRefusal {
  readonly kind: 'InvalidLimits';
  readonly field: keyof Limits;
  readonly rule: 'out-of-range' | 'must-not-be-positive' | 'must-not-be-below-min-balance';
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

/** Why an operator's order changes nothing. Never heard by a peer. */
export type OrderRefusal =
  | { readonly kind: 'LedgerNotFound'; readonly ledgerId: string }
  /** text: a `by`, `reason`, `note` or `reference` that is empty, too long or not printable. */
  | {
      readonly kind: 'InvalidText';
      readonly field: 'by' | 'reason' | 'note' | 'reference' | 'reverses' | 'memo';
      readonly rule: 'must-not-be-empty' | 'too-long' | 'not-printable';
      readonly length: number;
      readonly maximum: number;
    }
  | LimitsRefusal
  | {
      readonly kind: 'InvalidThresholds';
      readonly field: keyof Thresholds;
      readonly rule: 'must-be-below-high' | 'must-lie-between' | 'out-of-range';
      readonly value: bigint;
      readonly bound: bigint;
    }
  | { readonly kind: 'AmountOutOfRange'; readonly amount: bigint; readonly maximum: bigint }
  /** The reference was used for something else. */
  | { readonly kind: 'ReferenceInUse'; readonly reference: string }
  | { readonly kind: 'SettlementNotFound'; readonly reference: string }
  | { readonly kind: 'AlreadyReversed'; readonly reference: string; readonly by: string }
  | { readonly kind: 'LedgerClosed'; readonly ledgerId: string }
  | { readonly kind: 'SumOutOfRange'; readonly sum: bigint; readonly maximum: bigint }
  | { readonly kind: 'TransfersOpen'; readonly open: number }
  | {
      readonly kind: 'BalanceNotAcknowledged';
      readonly balance: bigint;
      readonly acknowledged: bigint;
    }
  | { readonly kind: 'NothingToReconcile'; readonly ledgerId: string }
  /** The figures have changed since the operator read them. */
  | { readonly kind: 'BalanceMoved'; readonly read: bigint; readonly now: bigint };

/** Why an answer of the authority changes nothing. Never heard by a peer. */
export type ConfirmRefusal =
  | { readonly kind: 'TransferNotFound'; readonly transferId: string }
  | { readonly kind: 'NothingToConfirm'; readonly transferId: string };
