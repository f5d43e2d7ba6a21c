import fc from 'fast-check';
import { Curve } from '../../libs/domain/liquidity';

/** Greatest amount that a curve can speak of. */
const MAX_AMOUNT = 2n ** 64n - 1n;

/** A curve of points as vectors write them. */
export const curveOf = (points: readonly (readonly (string | number | bigint)[])[]): Curve =>
  Curve.of(points.map(([x = 0, y = 0]) => [BigInt(x), BigInt(y)]));

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** One to six points; sources and amounts are sorted, equal amounts make flat parts. */
const curveWithin = (most: bigint, shrink: fc.Arbitrary<bigint>): fc.Arbitrary<Curve> =>
  fc
    .tuple(
      fc.array(fc.bigInt({ min: 0n, max: most }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.bigInt({ min: 0n, max: most }), { minLength: 6, maxLength: 6 }),
      shrink,
      shrink,
    )
    .map(([xs, ys, narrow, low]) => {
      const sources = [...new Set(xs.map((x) => x / narrow))].sort(ascending);
      const heights = ys.map((y) => y / low).sort(ascending);
      return Curve.of(sources.map((x, index) => [x, heights[index] ?? 0n]));
    });

/** So small that points, crossings and ends of two of them often meet. */
export const smallCurve = curveWithin(30n, fc.constantFrom(1n, 1n, 3n, 31n));

/** From tiny to the whole range of amounts, as flat or as steep as that allows. */
export const anyCurve = fc.oneof(
  smallCurve,
  curveWithin(MAX_AMOUNT, fc.constantFrom(1n, 1_000n, 10n ** 12n, 10n ** 18n)),
);

/** A source or destination amount, small or anywhere in the range. */
export const anyAmount = fc.oneof(
  fc.bigInt({ min: 0n, max: 35n }),
  fc.bigInt({ min: 0n, max: MAX_AMOUNT }),
);
