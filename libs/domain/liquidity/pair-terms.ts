import { RateError, type RatesInForce } from '#domain/rates';
import { ONE_TO_ONE, type PairTerms, type Rate } from './pair-exchange';

/** One of the two ledgers of a pair. */
export interface PairSide {
  /** Three upper-case letters. */
  readonly currencyCode: string;
  readonly currencyScale: number;
}

/** What an operator takes for one exchange in particular, in this direction only. */
export interface PairOverride {
  /** Currency codes, three upper-case letters. */
  readonly source: string;
  readonly destination: string;
  /** undefined = that of all others. */
  readonly spreadPpm: bigint | undefined;
  /** Base units of the source ledger, for each payment. */
  readonly fee: bigint;
}

export interface PairPolicy {
  /** Parts per million, for every pair without an override. */
  readonly spreadPpm: bigint;
  readonly pairs: readonly PairOverride[];
}

/** Why there is no exchange between two currencies now. */
export type NoPairReason = 'rates-unknown' | 'rates-stale' | 'missing-currency';

/** The terms of a pair, and the version of the rates that they rest on; none = one for one. */
export interface PricedTerms {
  readonly terms: PairTerms;
  readonly ratesVersion?: number;
}

export type QuotedPair =
  PricedTerms | { readonly reason: NoPairReason; readonly currency?: string };

/**
 * The terms of the pair of two of our ledgers at the rates in force (SPEC §10.8), or why there is no
 * such pair. A currency is exchanged for itself whether there are rates or not.
 */
export function pairTerms(
  rates: RatesInForce,
  { source, destination }: { readonly source: PairSide; readonly destination: PairSide },
  policy: PairPolicy,
): QuotedPair {
  const found = rateOf(rates, source.currencyCode, destination.currencyCode);
  if ('reason' in found) return found;
  const override = policy.pairs.find(
    (pair) => pair.source === source.currencyCode && pair.destination === destination.currencyCode,
  );
  const terms: PairTerms = {
    rate: found.rate,
    spreadPpm: override?.spreadPpm ?? policy.spreadPpm,
    fixedFee: override?.fee,
    sourceScale: source.currencyScale,
    destinationScale: destination.currencyScale,
  };
  const { ratesVersion } = found;
  return ratesVersion === undefined ? { terms } : { terms, ratesVersion };
}

type FoundRate =
  | { readonly rate: Rate; readonly ratesVersion?: number }
  | { readonly reason: NoPairReason; readonly currency?: string };

function rateOf(rates: RatesInForce, source: string, destination: string): FoundRate {
  if (rates.state === 'one-to-one' || source === destination) return { rate: ONE_TO_ONE };
  if (rates.state !== 'fresh') return { reason: `rates-${rates.state}` };
  try {
    return { rate: rates.table.rate(source, destination), ratesVersion: rates.version };
  } catch (error) {
    if (!(error instanceof RateError)) throw error;
    return { reason: 'missing-currency', currency: error.field };
  }
}
