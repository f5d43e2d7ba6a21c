import type { RatesReply } from '#contracts';
import { type PairPolicy, pairTerms } from '#domain/liquidity';
import { type RatesInForce, ratesInForce } from '#domain/rates';
import type { LocalLedger, PairPricing } from '#domain/routing';

/**
 * What our exchanges cost at these rates. A currency that the rates do not name has no pair (SPEC
 * §10.8); where there are no rates now the pair is there, without a price.
 */
export function pricingAt(rates: RatesInForce, policy: PairPolicy): PairPricing {
  return (source, next) => {
    const sides = { source: sideOf(source), destination: sideOf(next) };
    const quoted = pairTerms(rates, sides, policy);
    if ('reason' in quoted) {
      const { reason } = quoted;
      return reason === 'missing-currency' ? undefined : { unpriced: reason };
    }
    const { ratesVersion } = quoted;
    const { rate, spreadPpm, fixedFee = 0n } = quoted.terms;
    return { rate, spreadPpm, fixedFee, ratesVersion };
  };
}

/** Until somebody has said what the rates are, only currencies of one name are exchanged. */
export function ratesAt(said: RatesReply | undefined, nowMs: number): RatesInForce {
  return said === undefined ? { state: 'unknown' } : ratesInForce(said, nowMs);
}

function sideOf({ currencyCode = '', currencyScale }: LocalLedger) {
  return { currencyCode, currencyScale };
}
