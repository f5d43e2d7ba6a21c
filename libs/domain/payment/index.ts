/**
 * A payment: a transfer that comes in on one ledger and the transfer that goes out on another for
 * it. Each function records what happens on both and says who must hear of it.
 */
export { acceptPayment, type AcceptPayment, type IncomingPrepare } from './accept-payment';
export { btpRefusal, type BtpRefusal } from './btp-refusal';
export { confirmDelivery } from './confirm-delivery';
export { openDeliveries } from './deliveries';
export type {
  AnswerErrand,
  Errand,
  ForwardErrand,
  LegState,
  ReportErrand,
  Verdict,
} from './errand';
export { expirePayment, type ExpirePayment } from './expire-payment';
export { hearAnswer } from './hear-answer';
export { hearReport } from './hear-report';
export type { Ledgers, Patience } from './ledgers';
export { mayHaveComeBefore } from './may-have-come-before';
export type { LegName } from './leg';
export { isMirrored, mirrorAnswer, mirrorPayment } from './mirror';
export type { Delivery, Loss, News, Outcome } from './outcome';
export {
  type OrderedPayment,
  orderPayment,
  type OrderPayment,
  type PaymentOrderRefusal,
} from './order-payment';
export { planPayment, type PlanRequest, type PlanSettings } from './plan-payment';
export { type ForwardedPayment, priceAgain, type PricedAgain, type PriceFault } from './price-plan';
export { resumeLedger } from './resume-payment';
export { isSameOrder, type SaidOfPayment } from './same-order';
export { settleByFigure } from './settle-by-figure';
export { settleFulfilled, type SettleFulfilled } from './settle-fulfilled';
export { settleRefused, type SettleRefused } from './settle-refused';
export { settleRejected, type SettleRejected } from './settle-rejected';
export { settleUnpaid } from './settle-unpaid';
export { takeForward } from './take-forward';
