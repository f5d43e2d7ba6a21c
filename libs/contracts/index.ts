export * from './control-plane';
export { cloudEvent, eventMessage } from './cloud-event';
export { eventJson } from './event-json';
export { eventStream } from './event-stream';
export {
  asyncApi,
  connectorEnvelopeDocument,
  envelopeDocument,
  eventSchemaDocument,
  namedSchemas,
  schemaDigest,
  schemaDocuments,
} from './events';
export { type GatewayPresence, readGatewayPresence } from './gateway-presence';
export * from './hot-messages';
export { decodeHot, encodeHot, UnreadableMessageError } from './hot-codec';
export {
  type LedgerFigures,
  type LedgerFiguresAnnouncement,
  ledgerFigures,
  readLedgerFigures,
} from './ledger-figures';
export { type LedgerOpenReply, readLedgerOpenReply } from './ledger-open-reply';
export {
  type LedgerOrderReply,
  type OrderedLedger,
  type OrderRefused,
  readLedgerOrderReply,
  readOrderedLedger,
} from './ledger-order-reply';
export { type LedgerOrder, type OrderProblem, readLedgerOrder } from './ledger-orders';
export {
  allPartitions,
  CONNECTOR_STREAM,
  connectorPartition,
  DEFAULT_PARTITIONS,
  partitionOf,
} from './partition';
export {
  encodePeerBroadcast,
  encodePeerBroadcastReply,
  type PeerBroadcast,
  type PeerBroadcastReply,
  readPeerBroadcast,
  readPeerBroadcastReply,
} from './peer-broadcast';
export {
  encodePeerAnswer,
  encodePeerQuestion,
  MalformedPeerQuestionError,
  PEER_REFUSAL,
  type PeerAnswer,
  type PeerQuestion,
  readPeerAnswer,
  readPeerQuestion,
} from './peer-question';
export { type PeerRefusal, refusalIn } from './peer-refusal';
export {
  decodePeerQuoteAnswer,
  decodePeerQuoteQuestion,
  encodePeerQuoteAnswer,
  encodePeerQuoteQuestion,
  type PeerQuoteQuestion,
} from './quote-codec';
export {
  mergePeerStates,
  type PeerStanding,
  type PeerStandingAt,
  type PeerState,
  type PeerStateReply,
  readPeerStateReply,
} from './peer-states';
export {
  type HostLookUp,
  type HostLookUpReply,
  type ListedPeer,
  type PeersListReply,
  type PeerTrial,
  type PeerTrialReply,
  readHostLookUp,
  readHostLookUpReply,
  readPeersListReply,
  readPeerTrial,
  readPeerTrialReply,
} from './run-time-peers';
export {
  encodePaymentOrder,
  type PaymentOrderQuestion,
  type PaymentOrderReply,
  readPaymentOrder,
  readPaymentOrderReply,
} from './payment-orders';
export {
  isUnits,
  type PriceQuestion,
  type QuoteQuestion,
  readPriceQuestion,
  readQuoteQuestion,
  UNITS_RULE,
} from './quote-question';
export {
  type PriceReply,
  QUOTE_REFUSAL,
  type QuoteExplained,
  readPriceReply,
  readQuoteExplained,
} from './quote-reply';
export { quotedRatesFault, type RatesReply, readRatesReply } from './rates';
export {
  type RatesOrder,
  type RatesOrderReply,
  readRatesOrder,
  readRatesOrderReply,
} from './rates-order';
export {
  type ExplainReply,
  type HeardReply,
  readExplainReply,
  readHeardReply,
  readRoutesReply,
  readToldReply,
  ROUTES_REFUSAL,
  type RoutesReply,
  type ToldReply,
} from './routes-reply';
export {
  type ExplainQuestion,
  type PeerRoutesQuestion,
  readExplainQuestion,
  readPeerRoutesQuestion,
  readRoutesQuestion,
  ROUTES_PAGE,
  type RoutesQuestion,
} from './routes-question';
export { readSessionNews, type SessionNews, type Spoken } from './session-news';
export { CONTROL, controlSubject, eventSubject, subjectsOf, type Subjects } from './subjects';
