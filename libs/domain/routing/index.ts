/** Where payments go on from here, and what quotes follow from that. Pure. */
export { answerQuotePacket, type QuotePacketAnswer } from './answer-quote-packet';
export type { QuoteRules } from './answer-quote';
export * from './broadcasts';
export type { LedgerFacts, LocalLedger } from './local-ledger';
export type { LocalRoute, Route, StaticRoute } from './route';
export { RouteTable, type RoutingRules } from './route-table';
export { InvalidStaticRouteError, type StaticRouteRule } from './static-route';
