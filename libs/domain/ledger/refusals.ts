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
  | { readonly kind: 'InvalidFulfillment'; readonly transferId: string }
  | { readonly kind: 'AlreadyRolledBack'; readonly transferId: string };

export type RejectRefusal =
  | { readonly kind: 'LedgerNotFound'; readonly ledgerId: string }
  | { readonly kind: 'TransferNotFound'; readonly transferId: string }
  | { readonly kind: 'WrongDirection'; readonly transferId: string }
  | { readonly kind: 'AlreadyFulfilled'; readonly transferId: string };

export type Refusal = PrepareRefusal | FulfillRefusal | RejectRefusal;
