import fc from 'fast-check';
import { anyAmount, anyCurve, curveOf, smallCurve } from '../../../test/support/curve-arbitraries';
import { combineCurves } from './combine-curves';
import type { Curve } from './curve';

const better = (a: Curve, b: Curve, x: bigint): bigint =>
  a.amountAt(x) > b.amountAt(x) ? a.amountAt(x) : b.amountAt(x);

/** Two ways and sources to try: all of the small ones, or those around the points of big ones. */
const cases = fc.oneof(
  fc.tuple(smallCurve, smallCurve, fc.constant(Array.from({ length: 35 }, (_, x) => BigInt(x)))),
  fc
    .tuple(anyCurve, anyCurve, fc.array(anyAmount))
    .map(([a, b, amounts]): [Curve, Curve, bigint[]] => {
      const around = combineCurves(a, b).points.flatMap(([x]) => [x - 1n, x, x + 1n]);
      return [a, b, [...amounts, ...around].filter((x) => x >= 0n)];
    }),
);

describe('combined curves', () => {
  test('never promise more than the better one brings, at any source', () => {
    fc.assert(
      fc.property(cases, ([a, b, sources]) => {
        const combined = combineCurves(a, b);
        const exceeded = sources.filter((x) => combined.amountAt(x) > better(a, b, x));
        expect(exceeded).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('bring what the better one brings for one source unit less, but for one unit', () => {
    fc.assert(
      fc.property(cases, ([a, b, sources]) => {
        const combined = combineCurves(a, b);
        const missed = sources.filter(
          (x) => x > 0n && combined.amountAt(x) < better(a, b, x - 1n) - 1n,
        );
        expect(missed).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('bring exactly what the better one brings at every point of either', () => {
    fc.assert(
      fc.property(cases, ([a, b]) => {
        const combined = combineCurves(a, b);
        for (const curve of [a, b]) {
          const xs = curve.points.map(([x]) => x);
          expect(xs.map((x) => combined.amountAt(x))).toEqual(xs.map((x) => better(a, b, x)));
        }
        expect(combined.maxAmount).toBe(better(a, b, combined.maxSource));
      }),
    );
  });

  test('are the same in either order, and a curve is the better of itself', () => {
    fc.assert(
      fc.property(cases, ([a, b]) => {
        expect(combineCurves(a, b).points).toEqual(combineCurves(b, a).points);
        expect(combineCurves(a, a).points).toEqual(a.points);
      }),
    );
  });

  test('stay low until the second way begins where the first has ended (D-24)', () => {
    const low = curveOf([
      [0, 0],
      [10, 10],
    ]);
    const high = curveOf([
      [20, 50],
      [30, 60],
    ]);
    expect(combineCurves(low, high).points).toEqual([
      [0n, 0n],
      [10n, 10n],
      [19n, 10n],
      [20n, 50n],
      [30n, 60n],
    ]);
  });

  test('stay on the first way until the second begins above it (D-24)', () => {
    const low = curveOf([
      [0, 0],
      [30, 30],
    ]);
    const high = curveOf([
      [20, 50],
      [25, 60],
    ]);
    expect(combineCurves(low, high).points).toEqual([
      [0n, 0n],
      [19n, 19n],
      [20n, 50n],
      [25n, 60n],
      [30n, 60n],
    ]);
  });

  test('need no point before a beginning from nothing', () => {
    const early = curveOf([
      [0, 0],
      [10, 0],
    ]);
    const late = curveOf([
      [5, 0],
      [10, 5],
    ]);
    expect(combineCurves(early, late).points).toEqual([
      [0n, 0n],
      [5n, 0n],
      [10n, 5n],
    ]);
  });

  test('keep to the lower way up to a crossing that rounds onto a point above it', () => {
    const flat = curveOf([
      [0, 1_000_000],
      [2, 1_000_000],
    ]);
    const steep = curveOf([
      [0, 0],
      [30, 20_000_000],
    ]);
    // They cross at 1.5; straight from 0 to 2, one unit would bring 166,666 more than either.
    expect(combineCurves(flat, steep).points).toEqual([
      [0n, 1_000_000n],
      [1n, 1_000_000n],
      [2n, 1_333_333n],
      [30n, 20_000_000n],
    ]);
  });

  test('of 1,000 points each are found in no time', () => {
    const steps = (width: number, height: number): Curve =>
      curveOf(Array.from({ length: 1_000 }, (_, step) => [step * width, step * step * height]));
    expect(combineCurves(steps(1_001, 3), steps(997, 2)).points.length).toBeGreaterThan(1_900);
  });
});
