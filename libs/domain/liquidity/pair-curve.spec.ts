import fc from 'fast-check';
import vectors from '../../../test/vectors/vectors.json';
import { MAX_AMOUNT } from './curve';
import {
  exactPairCurve,
  isTrivialPair,
  NO_LIQUIDITY,
  ONE_TO_ONE,
  pairCurve,
  PPM,
  type PairTerms,
  type Rate,
} from './pair-curve';

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
    expect(pairCurve({ ...NANO, ...terms })).toBe(NO_LIQUIDITY);
    expect(NO_LIQUIDITY.points).toEqual([
      [0n, 0n],
      [10n ** 14n, 0n],
    ]);
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
        const curve = pairCurve(terms);
        if (curve !== NO_LIQUIDITY) expect(curve.maxSource <= terms.maxIn).toBe(true);
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
    expect(exactPairCurve({ ...terms, maxIn: 1501n }).points).toEqual([
      [500n, 0n],
      [1500n, 998n],
      [1501n, 998n],
    ]);
    expect(pairCurve({ ...terms, maxIn: 500n })).toBe(NO_LIQUIDITY);
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

describe('the exact curve of a local pair', () => {
  test('gives 9980 for 100 at 99.8, where the rounded end alone would give 9979', () => {
    const terms = { ...NANO, spreadPpm: 2000n, sourceScale: 2, destinationScale: 4 };
    expect(pairCurve(terms).amountAt(100n)).toBe(9979n);
    expect(exactPairCurve(terms).amountAt(100n)).toBe(9980n);
  });

  test('is the exact product rounded down up to its last point but one', () => {
    fc.assert(
      fc.property(anyTerms, anyAmount, (terms, amount) => {
        const curve = exactPairCurve(terms);
        const knee = curve.points.length === 3 ? curve.points[1]![0] : 0n;
        const x = amount % (knee + 1n);
        expect(curve.amountAt(x)).toBe(knee === 0n ? 0n : exactly(terms, x));
      }),
    );
  });

  test('promises no less than the curve without it, ends like it, and never exceeds the rate', () => {
    fc.assert(
      fc.property(anyTerms, anyAmount, (terms, x) => {
        const exact = exactPairCurve(terms);
        const plain = pairCurve(terms);
        expect(exact.points.at(-1)).toEqual(plain.points.at(-1));
        expect(exact.amountAt(x) >= plain.amountAt(x)).toBe(true);
        expect(exact.amountAt(x) <= exactly(terms, x)).toBe(true);
      }),
    );
  });

  test('needs no further point where the line is exact anyway', () => {
    expect(exactPairCurve({ ...NANO, spreadPpm: 2000n }).points).toHaveLength(2);
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
