/** Where payments go on from here, and what quotes follow from that. Pure. */
export {
  answerQuotePacket,
  type QuotePacketAnswer,
  refuseQuotePacket,
} from './answer-quote-packet';
export type { QuoteRules } from './answer-quote';
export * from './broadcasts';
export type { SectionRule } from './choose-way';
export type {
  ExplainedPrice,
  ExplainedSection,
  ExplainedWay,
  PassedOver,
  RouteExplanation,
  RouteQuestion,
} from './explain-route';
export type { RouteQuery } from './found-ways';
export type { ListedDestination, ListedWay } from './list-destinations';
export type { LedgerFacts, LocalLedger } from './local-ledger';
export type { PairOffer, PairPricing } from './pair-book';
export {
  type CurvelessRoute,
  type EffectiveRoute,
  type LearntWay,
  type LocalRoute,
  type PairConversions,
  type PairPrice,
  type Route,
  type UnusableRoute,
  type Way,
} from './route';
export {
  type ExportedRoute,
  type ReceivedRoute,
  type RejectedRoute,
  ROUTE_LIMITS,
  type RouteLimits,
  type RoutePaths,
  type RouteRejectionReason,
} from './route-announcement';
export {
  amountRequest,
  BadQuoteError,
  isAbout,
  liquidityRequest,
  type QuotedAmount,
  readQuotedAmount,
  readQuotedTail,
  type RemoteFailure,
  type RemoteOutcome,
  type RemoteQuoteNeeded,
  type RemoteQuoteRules,
} from './remote-quote';
export type { RouteExport } from './route-exports';
export type { QuotedRoute } from './quoted-route';
export type { QuotedTail } from './quoted-tails';
export { deliveredBy, reachedBy, sourceAmountFor } from './route-amounts';
export { type HoldDown, RoutingTables, type RoutingRules, type TellerName } from './routing-tables';
export { InvalidStaticRouteError, type StaticRouteRule } from './static-route';
export { whyUnusable } from './unusable-reason';
export type { RefusedWay, WayRefusal } from './ways';
