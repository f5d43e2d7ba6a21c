import type { QuotedRates } from './rate-table';

/** What a source says of itself. */
export interface PublishedRates extends QuotedRates {
  /** ISO 8601 date, where the source has one. */
  readonly publishedAt?: string | undefined;
}

/** Documents of rates are some kilobytes long; what is longer is none. */
export const MAX_DOCUMENT_CHARACTERS = 1_048_576;
