import type { RatesReply } from '#contracts';
import { type PairPolicy, pairTerms } from '#domain/liquidity';
import { type RatesInForce, ratesInForce } from '#domain/rates';
import type { LocalLedger, PairPricing } from '#domain/routing';

/** What our exchanges cost at these rates. Where there is no rate there is no pair (SPEC §10.8). */
export function pricingAt(rates: RatesInForce, policy: PairPolicy): PairPricing {
  return (source, next) => {
    const sides = { source: sideOf(source), destination: sideOf(next) };
    const quoted = pairTerms(rates, sides, policy);
    if ('reason' in quoted) return undefined;
    const { rate, spreadPpm, fixedFee = 0n } = quoted.terms;
    return { rate, spreadPpm, fixedFee };
  };
}

/** Until somebody has said what the rates are, only currencies of one name are exchanged. */
export function ratesAt(said: RatesReply | undefined, nowMs: number): RatesInForce {
  return said === undefined ? { state: 'unknown' } : ratesInForce(said, nowMs);
}

function sideOf({ currencyCode = '', currencyScale }: LocalLedger) {
  return { currencyCode, currencyScale };
}
