import fc from 'fast-check';
import vectors from '../../../test/vectors/vectors.json';
import { type Curve, MAX_AMOUNT } from './curve';
import {
  isTrivialPair,
  ONE_TO_ONE,
  PairExchange,
  type PairTerms,
  PPM,
  type Rate,
} from './pair-exchange';

const NANO = { rate: ONE_TO_ONE, spreadPpm: 0n, sourceScale: 9, destinationScale: 9 } as const;

/** `12.345` as an exact fraction. */
function fraction(decimal: string): Rate {
  const [whole = '', decimals = ''] = decimal.split('.');
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(decimals.length) };
}

function termsOf(vector: (typeof vectors.backend_curves)[number]): PairTerms {
  const { source, destination, rates } = vector;
  const value = (currency: string): Rate =>
    fraction(String(new Map(Object.entries(rates ?? {})).get(currency) ?? 1));
  const from = value(vector.source_currency);
  const to = value(vector.destination_currency);
  const spread = fraction(vector.spread);
  return {
    rate: {
      numerator: to.numerator * from.denominator,
      denominator: to.denominator * from.numerator,
    },
    spreadPpm: (spread.numerator * PPM) / spread.denominator,
    sourceScale: source.currencyScale,
    destinationScale: destination.currencyScale,
    maxIn:
      source.maxBalance === undefined
        ? undefined
        : BigInt(source.maxBalance) - BigInt(vector.source_balance ?? '0'),
    maxOut:
      destination.minBalance === undefined
        ? undefined
        : BigInt(vector.destination_balance ?? '0') - BigInt(destination.minBalance),
  };
}

/** The historic end points, their fractions rounded x up and y down. */
function roundedSafely(points: readonly (readonly string[])[]): bigint[][] {
  return points.map(([x = '', y = '']) => [
    BigInt(x.split('.')[0] ?? '') + (x.includes('.') ? 1n : 0n),
    BigInt(y.split('.')[0] ?? ''),
  ]);
}

const pairCurve = (terms: PairTerms): Curve => new PairExchange(terms).curve;

/** (x − fee) · r · (1 − spread) · 10^(s_dst − s_src), rounded down; nothing up to the fee. */
function exactly(terms: PairTerms, source: bigint): bigint {
  const x = source - (terms.fixedFee ?? 0n);
  if (x < 0n) return 0n;
  const up = 10n ** BigInt(Math.max(0, terms.destinationScale - terms.sourceScale));
  const down = 10n ** BigInt(Math.max(0, terms.sourceScale - terms.destinationScale));
  const { numerator, denominator } = terms.rate;
  return (x * numerator * (PPM - terms.spreadPpm) * up) / (denominator * PPM * down);
}

const anyAmount = fc.bigInt({ min: 0n, max: MAX_AMOUNT });
const limit = fc.option(fc.bigInt({ min: -10n, max: 10n ** 20n }), { nil: undefined });
const scale = fc.integer({ min: -3, max: 18 });
const rateTerm = fc.oneof(
  fc.bigInt({ min: 1n, max: 20n }),
  fc.bigInt({ min: 1n, max: 10n ** 12n }),
);
const anyTerms = fc.record({
  rate: fc.record({ numerator: rateTerm, denominator: rateTerm }),
  spreadPpm: fc.oneof(fc.constant(2000n), fc.bigInt({ min: 0n, max: PPM })),
  sourceScale: scale,
  destinationScale: scale,
  maxIn: limit,
  maxOut: limit,
  fixedFee: fc.option(fc.oneof(fc.bigInt({ min: 0n, max: 20n }), anyAmount), { nil: undefined }),
});

describe('the curve of a local pair', () => {
  test.each(vectors.backend_curves)('$id: history, rounded x up and y down', (vector) => {
    expect(pairCurve(termsOf(vector)).points).toEqual(roundedSafely(vector.raw_points));
  });

  test('the four worked examples of the specification', () => {
    const end = (terms: Partial<PairTerms>): unknown => pairCurve({ ...NANO, ...terms }).points[1];
    expect(end({ spreadPpm: 2000n, maxIn: 750_000n })).toEqual([750_000n, 748_500n]);
    expect(end({ spreadPpm: 2000n, maxOut: 400_000n })).toEqual([400_802n, 400_000n]);
    expect(end({ spreadPpm: 2000n, maxIn: 100_000n, maxOut: 5_000_000n })).toEqual([
      100_000n,
      99_800n,
    ]);
    expect(
      end({ rate: fraction('1.0592'), spreadPpm: 2000n, sourceScale: 4, destinationScale: 4 }),
    ).toEqual([94_600_076_285_502n, 10n ** 14n]);
  });

  test.each([
    ['nothing may come in', { maxIn: 0n }],
    ['less than nothing may come in', { maxIn: -5n }],
    ['nothing may go out', { maxOut: 0n }],
    ['the spread takes everything', { spreadPpm: PPM }],
    ['the spread takes everything of a limited amount', { spreadPpm: PPM, maxOut: 7n }],
  ])('is flat at nothing when %s', (_case, terms) => {
    const exchange = new PairExchange({ ...NANO, ...terms });
    expect(exchange.curve.points).toEqual([
      [0n, 0n],
      [10n ** 14n, 0n],
    ]);
    expect(exchange.bound).toBeUndefined();
    expect(exchange.amountAt(MAX_AMOUNT)).toBe(0n);
    expect(exchange.minSourceFor(0n)).toBe(0n);
    expect(exchange.minSourceFor(1n)).toBeUndefined();
  });

  test('stays inside the range of amounts however far the scales lie apart', () => {
    const wide = pairCurve({ ...NANO, destinationScale: 30, maxIn: MAX_AMOUNT * 9n });
    expect(wide.points).toEqual([
      [0n, 0n],
      [1n, MAX_AMOUNT],
    ]);
    const narrow = pairCurve({ ...NANO, sourceScale: 30, maxOut: MAX_AMOUNT });
    expect(narrow.points).toEqual([
      [0n, 0n],
      [MAX_AMOUNT, 0n],
    ]);
  });

  test('scales may be negative', () => {
    expect(pairCurve({ ...NANO, sourceScale: -2, destinationScale: 0 }).points[1]).toEqual([
      10n ** 12n,
      10n ** 14n,
    ]);
  });

  test('never promises more than rate and spread give, and no more than the limits allow', () => {
    fc.assert(
      fc.property(anyTerms, anyAmount, (terms, x) => {
        const y = pairCurve(terms).amountAt(x);
        expect(y <= exactly(terms, x)).toBe(true);
        if (terms.maxOut !== undefined && y > 0n) expect(y <= terms.maxOut).toBe(true);
      }),
    );
  });

  test('never speaks of more than the source ledger can take in', () => {
    fc.assert(
      fc.property(anyTerms, (terms) => {
        fc.pre(terms.maxIn !== undefined);
        const { bound, maxSource } = new PairExchange(terms);
        if (bound !== undefined) expect(maxSource <= terms.maxIn).toBe(true);
      }),
    );
  });

  test('starts behind a fixed fee, for which the source limit must have room', () => {
    const terms = { ...NANO, spreadPpm: 2000n, fixedFee: 500n };
    expect(pairCurve({ ...terms, maxOut: 998n }).points).toEqual([
      [500n, 0n],
      [1500n, 998n],
    ]);
    expect(pairCurve({ ...terms, maxIn: 1500n }).points).toEqual([
      [500n, 0n],
      [1500n, 998n],
    ]);
    expect(pairCurve({ ...terms, maxIn: 1501n }).points).toEqual([
      [500n, 0n],
      [1500n, 998n],
    ]);
    expect(new PairExchange({ ...terms, maxIn: 500n }).bound).toBeUndefined();
  });

  test('exchanges at rates no decimal can tell', () => {
    // A third of a euro in yen: 1 unit in 3 · 163.17, to the last unit of the limit.
    const rate = { numerator: 16_317n, denominator: 300n };
    expect(pairCurve({ ...NANO, rate, maxOut: 54_390n }).points[1]).toEqual([1000n, 54_390n]);
    expect(pairCurve({ ...NANO, rate, maxOut: 54_391n }).points[1]).toEqual([1001n, 54_391n]);
  });

  test.each([
    ['rate', { rate: { numerator: 0n, denominator: 1n } }],
    ['rate', { rate: { numerator: 1n, denominator: 0n } }],
    ['spreadPpm', { spreadPpm: -1n }],
    ['spreadPpm', { spreadPpm: PPM + 1n }],
    ['fixedFee', { fixedFee: -1n }],
    ['fixedFee', { fixedFee: MAX_AMOUNT + 1n }],
  ])('refuses a meaningless %s', (field, terms) => {
    expect(() => pairCurve({ ...NANO, ...terms })).toThrow(field);
  });
});

describe('what a local pair makes of an amount', () => {
  test('is 9980 of 100 at 99.8, where the rounded end of its curve would make 9979', () => {
    const terms = { ...NANO, spreadPpm: 2000n, sourceScale: 2, destinationScale: 4 };
    expect(pairCurve(terms).amountAt(100n)).toBe(9979n);
    expect(new PairExchange(terms).amountAt(100n)).toBe(9980n);
  });

  test('is the exact product rounded down, up to the end', () => {
    fc.assert(
      fc.property(anyTerms, anyAmount, (terms, amount) => {
        const exchange = new PairExchange(terms);
        const { minSource, maxSource, maxAmount } = exchange;
        const x = minSource + (amount % (maxSource - minSource));
        const most = exchange.bound === undefined ? 0n : exactly(terms, x);
        expect(exchange.amountAt(x)).toBe(most);
        expect(exchange.amountAtMost(x) - most).toBeLessThanOrEqual(1n);
        for (const beyond of [maxSource, maxSource + amount]) {
          expect(exchange.amountAt(beyond)).toBe(maxAmount);
          expect(exchange.amountAtMost(beyond)).toBe(maxAmount);
        }
      }),
    );
  });

  test('is what every amount between the curve and the rate says', () => {
    fc.assert(
      fc.property(anyTerms, anyAmount, (terms, x) => {
        const exchange = new PairExchange(terms);
        const told = exchange.curve;
        expect(told.maxAmount).toBe(exchange.maxAmount);
        expect(exchange.amountAt(x)).toBeGreaterThanOrEqual(told.amountAt(x));
        expect(exchange.amountAt(x)).toBeLessThanOrEqual(exactly(terms, x));
      }),
    );
  });

  test('costs the least amount that brings it, and no other', () => {
    fc.assert(
      fc.property(anyTerms, anyAmount, (terms, amount) => {
        const exchange = new PairExchange(terms);
        const y = amount % (exchange.maxAmount + 1n);
        const x = exchange.minSourceFor(y) ?? -1n;
        expect(exchange.amountAt(x)).toBeGreaterThanOrEqual(y);
        if (x > exchange.minSource) expect(exchange.amountAt(x - 1n)).toBeLessThan(y);
        const historic = exchange.amountReverse(y) ?? -1n;
        expect([x, x - 1n]).toContain(historic);
        expect(exchange.minSourceFor(exchange.maxAmount + 1n)).toBeUndefined();
        expect(exchange.amountReverse(exchange.maxAmount + 1n)).toBeUndefined();
      }),
    );
  });

  test('is the same under the one limit that counts', () => {
    fc.assert(
      fc.property(anyTerms, anyAmount, (terms, x) => {
        const exchange = new PairExchange(terms);
        fc.pre(exchange.bound !== undefined);
        const bound = { maxIn: undefined, maxOut: undefined, ...exchange.bound };
        const alone = new PairExchange({ ...terms, ...bound });
        expect(alone.isSame(exchange)).toBe(true);
        expect(alone.amountAt(x)).toBe(exchange.amountAt(x));
      }),
    );
  });

  test('is not the same where rate, fee or limit differ', () => {
    const terms = { ...NANO, maxIn: 1_000n };
    const exchange = new PairExchange(terms);
    expect(exchange.isSame(new PairExchange({ ...terms, rate: fraction('1.0') }))).toBe(true);
    for (const other of [{ rate: fraction('1.1') }, { fixedFee: 1n }, { maxIn: 999n }]) {
      expect(exchange.isSame(new PairExchange({ ...terms, ...other }))).toBe(false);
    }
  });
});

describe('a pair is trivial', () => {
  test('only one to one, without spread, at equal scales', () => {
    expect(isTrivialPair(NANO)).toBe(true);
    expect(isTrivialPair({ ...NANO, rate: { numerator: 7n, denominator: 7n } })).toBe(true);
    expect(isTrivialPair({ ...NANO, rate: { numerator: 7n, denominator: 6n } })).toBe(false);
    expect(isTrivialPair({ ...NANO, spreadPpm: 1n })).toBe(false);
    expect(isTrivialPair({ ...NANO, sourceScale: 8 })).toBe(false);
  });
});
