/**
 * The rules of one ledger between us and one peer: what may happen, what happened, how it is kept.
 * Pure: time, ids and bytes arrive inside the command.
 */
export {
  type ChangeLimits,
  type ExpireTransfer,
  type FulfillTransfer,
  type OpenLedger,
  type PrepareTransfer,
  type RejectTransfer,
} from './commands';
export { decideChangeLimits } from './decide/change-limits';
export type { Decision } from './decide/decision';
export { decideExpireTransfer } from './decide/expire-transfer';
export { decideFulfillTransfer } from './decide/fulfill-transfer';
export { decideOpenLedger } from './decide/open-ledger';
export { decidePrepareTransfer } from './decide/prepare-transfer';
export { decideRejectTransfer } from './decide/reject-transfer';
export {
  decodeEvent,
  decodeRecorded,
  type EncodedEvent,
  encodeEvent,
  EVENT_TYPES,
  schemaVersionOf,
} from './event-codec';
export type {
  Authority,
  Cause,
  ForwardPlan,
  LedgerEvent,
  LedgerOpened,
  Limits,
  LimitsChanged,
  PaymentPlan,
  RefusePlan,
  TransferExpired,
  TransferFulfilled,
  TransferPrepared,
  TransferRejected,
} from './events';
export { evolve, openLedger, replayLedger } from './evolve';
export { forgetTransfer, recallTransfer } from './forget-transfer';
export { MAX_AMOUNT } from './headroom';
export { type LedgerId, ledgerId, type TransferId, transferId } from './identifiers';
export { type AuditScope, ledgerViolations, type ViolatedRule, type Violation } from './invariants';
export { type InvariantRule, LedgerInvariantError } from './ledger-invariant-error';
export { overdueTransfers } from './overdue-transfers';
export { PRUNED_PACKET } from './pruned-packet';
export type {
  ExpireRefusal,
  FulfillRefusal,
  LimitsRefusal,
  OpenedField,
  OpenRefusal,
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
  type LedgerState,
  ownAddress,
  peerAddress,
  type Sums,
  type Transfer,
  type TransferStatus,
} from './state';
export type { TransferEnded, TransferEvent } from './transfer';
export { UnreadableEventError, type UnreadableEventRule } from './unreadable-event-error';
