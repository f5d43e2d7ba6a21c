import fc from 'fast-check';
import type { CurvePoint } from '#protocol';
import { anyAmount, anyCurve, curveOf, smallCurve } from '../../../test/support/curve-arbitraries';
import { Curve } from './curve';
import { simplifyCurve } from './simplify-curve';

const bend = (a: CurvePoint, b: CurvePoint, c: CurvePoint): bigint => {
  const twice = (a[0] - c[0]) * (b[1] - a[1]) - (a[0] - b[0]) * (c[1] - a[1]);
  return twice < 0n ? -twice : twice;
};

/** The inner points' areas, by index, as the points stand. */
const bends = (points: readonly CurvePoint[]): bigint[] =>
  points.slice(1, -1).map((point, index) => bend(points[index]!, point, points[index + 2]!));

/** The same by looking at every point again after each removal. */
function simplifiedSlowly(points: readonly CurvePoint[], mostPoints: number): CurvePoint[] {
  const left = [...points];
  if (left.length <= mostPoints) return left;
  for (let flat = bends(left).indexOf(0n); flat >= 0; flat = bends(left).indexOf(0n)) {
    left.splice(flat + 1, 1);
  }
  while (left.length > Math.max(mostPoints, 2)) {
    const areas = bends(left);
    const least = areas.reduce((a, b) => (b < a ? b : a));
    left.splice(areas.indexOf(least) + 1, 1);
  }
  return left;
}

/** Up to 60 points: small steps, so that many areas are equal and many points lie on a line. */
const longCurve = fc
  .array(fc.tuple(fc.bigInt({ min: 1n, max: 4n }), fc.bigInt({ min: 0n, max: 4n })), {
    minLength: 1,
    maxLength: 60,
    size: 'max',
  })
  .map((steps) => {
    let [x, y] = [0n, 0n];
    return Curve.of(steps.map(([right, up]): CurvePoint => [(x += right), (y += up)]));
  });

const someCurve = fc.oneof(smallCurve, anyCurve, longCurve);
const mostPoints = fc.integer({ min: 2, max: 12 });

describe('a simplified curve', () => {
  test('has the ends of the curve, no more points than asked for, and none of its own', () => {
    fc.assert(
      fc.property(someCurve, mostPoints, (curve, most) => {
        const { points } = simplifyCurve(curve, most);
        expect(points.length).toBeLessThanOrEqual(most);
        expect([points[0], points.at(-1)]).toEqual([curve.points[0], curve.points.at(-1)]);
        expect(points.every((point) => curve.points.includes(point))).toBe(true);
      }),
    );
  });

  test('is the curve itself where that is short enough', () => {
    fc.assert(
      fc.property(someCurve, mostPoints, (curve, more) => {
        expect(simplifyCurve(curve, curve.points.length + more - 2)).toBe(curve);
      }),
    );
  });

  test('loses whatever bends it least, again and again', () => {
    fc.assert(
      fc.property(someCurve, mostPoints, (curve, most) => {
        expect(simplifyCurve(curve, most).points).toEqual(simplifiedSlowly(curve.points, most));
      }),
      { numRuns: 1_000 },
    );
  });

  test('brings the same everywhere where only points on a line were lost', () => {
    fc.assert(
      fc.property(smallCurve, anyAmount, fc.bigInt({ min: 1n, max: 5n }), (curve, x, parts) => {
        const split = curve.points.flatMap((point, index): CurvePoint[] => {
          const next = curve.points[index + 1];
          if (next === undefined) return [[point[0] * 6n, point[1] * 6n]];
          const along = (end: 0 | 1): bigint => point[end] * 6n + (next[end] - point[end]) * parts;
          return [
            [point[0] * 6n, point[1] * 6n],
            [along(0), along(1)],
          ];
        });
        const most = Math.max(split.length - 1, 2);
        const simplified = simplifyCurve(Curve.of(split), most);
        expect(simplified.amountAt(x)).toBe(Curve.of(split).amountAt(x));
      }),
    );
  });

  test('has two points at least', () => {
    const curve = curveOf([
      [0, 0],
      [1, 5],
      [2, 6],
    ]);
    for (const most of [2, 1, 0]) expect(simplifyCurve(curve, most).points).toHaveLength(2);
  });

  test('loses the least x of equals', () => {
    const zigzag = curveOf([
      [0, 0],
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
    expect(simplifyCurve(zigzag, 3).points).toEqual([
      [0n, 0n],
      [2n, 1n],
      [3n, 2n],
    ]);
  });

  test('of 1,000 points is found in no time, to the last unit at any size', () => {
    const big = 2n ** 33n;
    const parabola = Array.from({ length: 1_000 }, (_, step): CurvePoint => {
      const n = BigInt(step);
      return [n * big, n * n * big + (n % 7n)];
    });
    expect(simplifyCurve(Curve.of(parabola), 10).points).toEqual(simplifiedSlowly(parabola, 10));
  });
});
