/**
 * The rules of one ledger between us and one peer: what may happen, what happened, how it is kept.
 * Pure: time, ids and bytes arrive inside the command.
 */
export { type BalanceBaseline, balanceRange, type BalanceRange, baselineOf } from './balance-range';
export {
  type ChangeLimits,
  type ChangeStanding,
  type ChangeThresholds,
  type CompareBalances,
  type ConfirmTransfer,
  type DisputeTransfer,
  type ExpireTransfer,
  type FulfillTransfer,
  type OpenLedger,
  type PrepareTransfer,
  type ReconcileLedger,
  type RecordSettlement,
  type RejectTransfer,
  type ReverseSettlement,
} from './commands';
export { baseUnits, inCurrency, InvalidAmountError } from './currency-amount';
export { decideChangeLimits } from './decide/change-limits';
export { decideChangeStanding } from './decide/change-standing';
export {
  decideCompareBalances,
  decideDisputeTransfer,
  decideReconcile,
} from './decide/compare-balances';
export { decideAcceptProposal, decideConfirmFulfillment } from './decide/confirm-transfer';
export type { Decision } from './decide/decision';
export { textRefusal } from './decide/order-text';
export { decideExpireTransfer } from './decide/expire-transfer';
export { decideFulfillTransfer } from './decide/fulfill-transfer';
export { decideOpenLedger } from './decide/open-ledger';
export { decidePrepareTransfer } from './decide/prepare-transfer';
export { decideRejectTransfer } from './decide/reject-transfer';
export { decideRecordSettlement, decideReverseSettlement } from './decide/settle-balance';
export { decideChangeThresholds, watchThresholds } from './decide/watch-thresholds';
export {
  decodeEvent,
  decodeRecorded,
  type EncodedEvent,
  encodeEvent,
  EVENT_TYPES,
  schemaVersionOf,
} from './event-codec';
export {
  AUTHORITIES,
  type Authority,
  BY_CONFIGURATION,
  type Cause,
  type ComparedBalances,
  type ForwardPlan,
  type LedgerEvent,
  type LedgerOpened,
  type Limits,
  type LimitsChanged,
  type PaymentOrder,
  type PaymentPlan,
  type PlanPricing,
  PRICED_BY,
  type PricedBy,
  type RefusePlan,
  type Thresholds,
  type TransferExpired,
  type TransferFulfilled,
  type TransferPrepared,
  type TransferProposed,
  type TransferRejected,
} from './events';
export { evolve, openLedger, replayLedger } from './evolve';
export { forgetTransfer, recallTransfer } from './forget-transfer';
export { type Carriable, carriable, MAX_AMOUNT, MAX_SUM } from './headroom';
export { isTransferId, type LedgerId, ledgerId, type TransferId, transferId } from './identifiers';
export { type AuditScope, ledgerViolations, type ViolatedRule, type Violation } from './invariants';
export { type InvariantRule, LedgerInvariantError } from './ledger-invariant-error';
export { overdueTransfers } from './overdue-transfers';
export { PRUNED_PACKET } from './pruned-packet';
export type {
  ConfirmRefusal,
  ExpireRefusal,
  FulfillRefusal,
  LimitsRefusal,
  NotOpen,
  OpenedField,
  OpenRefusal,
  OrderRefusal,
  PrepareRefusal,
  Refusal,
  RejectRefusal,
} from './refusals';
export {
  decodeSnapshot,
  encodeSnapshot,
  SNAPSHOT_SHAPE,
  UnreadableSnapshotError,
} from './snapshot-codec';
export {
  balanceOf,
  isOpen,
  isShadow,
  type LedgerState,
  ownAddress,
  peerAddress,
  type Settlement,
  type Standing,
  STANDINGS,
  type Sums,
  type Transfer,
  type TransferStatus,
} from './state';
export { saysTimedOut } from './timed-out';
export {
  isTransferEnd,
  type TransferBegun,
  type TransferEnded,
  type TransferEvent,
} from './transfer';
export { UnreadableEventError, type UnreadableEventRule } from './unreadable-event-error';
