/** What one currency is worth in another: exact rates, where they come from, how long they hold. Pure. */
export { type Fraction, readRate } from './decimal-rate';
export { ECB_BASE, readEcbDaily } from './ecb-daily';
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
export {
  BY_CONFIGURATION,
  RATES_EVENT_TYPES,
  RATES_SCHEMA_VERSION,
  type RatesEvent,
  ratesEventPayload,
  readRatesEvent,
} from './rates-event';
export {
  decideConfigured,
  decideConfirmed,
  decideFetched,
  decideWithdrawal,
  evolveRates,
  NO_RATES,
  type RatesHistory,
  TABLE_SOURCE,
} from './rates-history';
export { type RatesInForce, ratesInForce, type RatesSaid, standingOf } from './rates-in-force';
export { decideSet, type RateChanges } from './set-rates';
