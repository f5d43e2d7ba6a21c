/** What one currency is worth in another: exact rates, where they come from, how long they hold. Pure. */
export { type Fraction, readRate } from './decimal-rate';
export { ECB_BASE, readEcbDaily } from './ecb-daily';
export { impossibleRates } from './impossible-rates';
export { type JsonRatesShape, readJsonRates } from './json-rates';
export { MAX_DOCUMENT_CHARACTERS, type PublishedRates } from './published-rates';
export { RateError, type RateRule } from './rate-error';
export {
  isSameSheet,
  type NewSheet,
  type RateSheet,
  rateSheetJson,
  readRateSheet,
} from './rate-sheet';
export { type QuotedRates, RateTable, readCurrencyCode, readQuotedRates } from './rate-table';
export { decodeRatesEvent, encodeRatesEvent, UnreadableRatesEventError } from './rates-codec';
export {
  BY_CONFIGURATION,
  isRatesEventType,
  type LoggedRatesEvent,
  RATES_EVENT_TYPES,
  type RatesEvent,
  ratesVersionOf,
} from './rates-event';
export {
  afterRatesEvent,
  decideConfigured,
  decideConfirmed,
  decideFetched,
  decideWithdrawal,
  evolveRates,
  historyOfNewest,
  NO_RATES,
  type RatesHistory,
  TABLE_SOURCE,
} from './rates-history';
export { type RatesInForce, ratesInForce, type RatesSaid, standingOf } from './rates-in-force';
export { SaidRates } from './said-rates';
export { decideSet, type RateChanges } from './set-rates';
