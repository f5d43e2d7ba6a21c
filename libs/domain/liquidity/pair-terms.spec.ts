import { RateTable } from '#domain/rates';
import { isTrivialPair, PairExchange } from './pair-exchange';
import { type PairPolicy, pairTerms } from './pair-terms';

const EUR = { currencyCode: 'EUR', currencyScale: 4 };
const USD = { currencyCode: 'USD', currencyScale: 4 };
const POLICY: PairPolicy = {
  spreadPpm: 2_000n,
  pairs: [
    { source: 'EUR', destination: 'USD', spreadPpm: 0n, fee: 5n },
    { source: 'USD', destination: 'GBP', spreadPpm: undefined, fee: 3n },
  ],
};
const fresh = {
  state: 'fresh',
  version: 7,
  table: RateTable.of({ base: 'EUR', rates: { USD: '1.0592', GBP: '0.86' } }),
} as const;

it('terms hold the exact rate, the scales, and the spread and fee of the pair', () => {
  expect(pairTerms(fresh, { source: EUR, destination: USD }, POLICY)).toEqual({
    terms: {
      rate: { numerator: 662n, denominator: 625n },
      spreadPpm: 0n,
      fixedFee: 5n,
      sourceScale: 4,
      destinationScale: 4,
    },
    ratesVersion: 7,
  });
});

it('an override holds in its own direction, and only for what it says', () => {
  expect(pairTerms(fresh, { source: USD, destination: EUR }, POLICY)).toMatchObject({
    terms: {
      spreadPpm: 2_000n,
      rate: { numerator: 625n, denominator: 662n },
      fixedFee: undefined,
    },
  });
  const GBP = { currencyCode: 'GBP', currencyScale: 2 };
  expect(pairTerms(fresh, { source: USD, destination: GBP }, POLICY)).toMatchObject({
    terms: { spreadPpm: 2_000n, destinationScale: 2, fixedFee: 3n },
  });
});

it('a rate from a table makes the curve of SPEC §10.8, and a fee moves it to the right', () => {
  const dear = { source: 'EUR', destination: 'USD', spreadPpm: undefined, fee: 5n };
  const policy = { ...POLICY, pairs: [dear] };
  const pair = pairTerms(fresh, { source: EUR, destination: USD }, policy);
  if ('reason' in pair) throw new Error(pair.reason);
  expect(new PairExchange({ ...pair.terms, fixedFee: undefined }).curve.points).toEqual([
    [0n, 0n],
    [94_600_076_285_502n, 100_000_000_000_000n],
  ]);
  expect(new PairExchange(pair.terms).curve.points).toEqual([
    [5n, 0n],
    [94_600_076_285_507n, 100_000_000_000_000n],
  ]);
  // What the ledger can still take in has to hold the fee as well.
  expect(new PairExchange({ ...pair.terms, maxIn: 1_000n }).bound).toEqual({ maxIn: 1_000n });
});

it('without usable rates there is no pair but of a currency with itself', () => {
  const pair = { source: EUR, destination: USD };
  expect(pairTerms({ state: 'stale' }, pair, POLICY)).toEqual({ reason: 'rates-stale' });
  expect(pairTerms({ state: 'unknown' }, pair, POLICY)).toEqual({ reason: 'rates-unknown' });
  const own = { source: EUR, destination: { ...EUR, currencyScale: 2 } };
  expect(pairTerms({ state: 'stale' }, own, POLICY)).toMatchObject({
    terms: { rate: { numerator: 1n, denominator: 1n }, destinationScale: 2 },
  });
});

it('a currency without a rate is named', () => {
  const destination = { currencyCode: 'XYZ', currencyScale: 2 };
  expect(pairTerms(fresh, { source: EUR, destination }, POLICY)).toEqual({
    reason: 'missing-currency',
    currency: 'XYZ',
  });
});

it('one to one needs no rates, and is trivial without spread', () => {
  const pair = pairTerms({ state: 'one-to-one' }, { source: EUR, destination: USD }, POLICY);
  if ('reason' in pair) throw new Error(pair.reason);
  expect(isTrivialPair(pair.terms)).toBe(true);
});
