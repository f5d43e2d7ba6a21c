import fc from 'fast-check';
import type { CurvePoint } from '../ilp/ilp-packet';
import { safePoints } from './safe-points';

const MAX_SAFE = 2n ** 53n - 1n;

describe('a curve in doubles', () => {
  test.each<[string, CurvePoint[], CurvePoint[]]>([
    [
      'within them is unchanged',
      [
        [0n, 0n],
        [MAX_SAFE, MAX_SAFE],
      ],
      [
        [0n, 0n],
        [MAX_SAFE, MAX_SAFE],
      ],
    ],
    [
      'is cut where x leaves them',
      [
        [0n, 0n],
        [2n ** 54n, 10n],
      ],
      [
        [0n, 0n],
        [MAX_SAFE, 4n],
      ],
    ],
    [
      'is cut where y leaves them',
      [
        [0n, 0n],
        [10n, 2n ** 54n],
      ],
      [
        [0n, 0n],
        [4n, (2n ** 54n * 4n) / 10n],
      ],
    ],
    [
      'is cut once',
      [
        [1n, 0n],
        [5n, 7n],
        [2n ** 60n, 7n],
        [2n ** 61n, 2n ** 62n],
      ],
      [
        [1n, 0n],
        [5n, 7n],
        [MAX_SAFE, 7n],
      ],
    ],
    [
      'ends in its last point where y jumps beyond',
      [
        [3n, 3n],
        [4n, 2n ** 60n],
      ],
      [[3n, 3n]],
    ],
    [
      'is nothing where it begins beyond',
      [
        [2n ** 53n, 0n],
        [2n ** 54n, 1n],
      ],
      [],
    ],
    ['is nothing where its least amount is beyond', [[0n, 2n ** 53n]], []],
  ])('%s', (_what, points, expected) => {
    expect(safePoints(points)).toEqual(expected);
  });

  test('never promises more, and leaves no coordinate beyond them', () => {
    const amount = fc.bigInt(0n, 2n ** 64n - 1n);
    const curve = fc
      .tuple(
        fc.uniqueArray(amount, { minLength: 1, maxLength: 6 }),
        fc.array(amount, { minLength: 6, maxLength: 6 }),
      )
      .map(([xs, ys]): CurvePoint[] => {
        const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));
        const rising = ys.sort(ascending);
        return xs.sort(ascending).map((x, index) => [x, rising[index] ?? 0n]);
      });
    fc.assert(
      fc.property(curve, (points) => {
        const safe = safePoints(points);
        for (const [x, y] of safe) {
          expect(x <= MAX_SAFE && y <= MAX_SAFE).toBe(true);
          expect(y <= exactTimes(points, x)).toBe(true);
        }
        safe.slice(1).forEach(([x, y], index) => {
          const [x0, y0] = safe[index] ?? [0n, 0n];
          expect(x > x0 && y >= y0).toBe(true);
        });
      }),
    );
  });
});

/** The curve's amount at x, rounded down. */
function exactTimes(points: readonly CurvePoint[], x: bigint): bigint {
  const after = points.findIndex((point) => point[0] >= x);
  const [x1, y1] = points[after] ?? [0n, 0n];
  const [x0, y0] = points[after - 1] ?? [x1, y1];
  return x === x1 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
