/**
 * A payment: a transfer that comes in on one ledger and the transfer that goes out on another for
 * it. Each function records what happens on both and says who must hear of it.
 */
export { acceptPayment, type AcceptPayment, type IncomingPrepare } from './accept-payment';
export { btpRefusal, type BtpRefusal } from './btp-refusal';
export { openDeliveries } from './deliveries';
export { expirePayment, type ExpirePayment } from './expire-payment';
export type { Ledgers } from './ledgers';
export type { Delivery, Loss, Outcome } from './outcome';
export { planPayment, type PlanRequest, type PlanSettings } from './plan-payment';
export { resumeLedger } from './resume-payment';
export { settleFulfilled, type SettleFulfilled } from './settle-fulfilled';
export { settleRefused, type SettleRefused } from './settle-refused';
export { settleRejected, type SettleRejected } from './settle-rejected';
