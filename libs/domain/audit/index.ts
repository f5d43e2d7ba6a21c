/**
 * What an auditor asks of a log, worked out from its events alone: the fold of each ledger in
 * bounded memory, the rules that join the legs of payments, signed heads, and two sides compared.
 */
export { type AuditProblem, describeAuditProblem, type Tell } from './audit-problem';
export { LATE_AFTER_MS, LedgerAudit } from './ledger-audit';
export {
  type BalanceDifference,
  contributionOf,
  diffBalances,
  diffLedgers,
  diffTransfer,
  type FieldDifference,
  type LedgerSide,
  type TransferDifference,
} from './ledger-diff';
export { LedgerFold } from './ledger-fold';
export { type Leg, legKey, paymentKey } from './leg';
export { LEG_RECORD_BYTES, LegCodec } from './leg-codec';
export { auditIdentities, auditPayments, noPayments, type PaymentCounts } from './payment-audit';
export {
  headText,
  isSignedBy,
  type PublicKey,
  publicKeyBytes,
  publicKeyOf,
  publicKeyText,
  readPublicKey,
  SIGNATURE_SIZE,
  signText,
  UnusableKeyError,
} from './signed-head';
