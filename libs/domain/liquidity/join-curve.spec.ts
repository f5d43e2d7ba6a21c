import fc from 'fast-check';
import { anyAmount, anyCurve, curveOf, smallCurve } from '../../../test/support/curve-arbitraries';
import type { Curve } from './curve';
import { joinCurves } from './join-curve';

/** What the tail makes of what the head brings: the exact composition. */
const oneAfterTheOther = (head: Curve, tail: Curve, x: bigint): bigint =>
  tail.amountAt(head.amountAt(x));

const pairs = fc.oneof(fc.tuple(smallCurve, smallCurve), fc.tuple(anyCurve, anyCurve));

/**
 * Does any point of the tail share its source with another point that brings something else? Only
 * one of them is kept then, and the line around it is bent.
 */
function hasCollisions(head: Curve, tail: Curve): boolean {
  const amounts = new Map<bigint, bigint>();
  for (const [x, y] of head.points) {
    if (y >= tail.minSource && y <= tail.maxSource) amounts.set(x, tail.amountAt(y));
  }
  return tail.points.some(([u, v]) => {
    const x = head.minSourceFor(u);
    if (x === undefined) return false;
    const known = amounts.get(x);
    amounts.set(x, v);
    return known !== undefined && known !== v;
  });
}

describe('joined curves', () => {
  test('never promise more at their points than one way after the other brings (D-23)', () => {
    fc.assert(
      fc.property(pairs, ([head, tail]) => {
        for (const [x, y] of joinCurves(head, tail)?.points ?? []) {
          expect(y <= oneAfterTheOther(head, tail, x)).toBe(true);
        }
      }),
    );
  });

  test('bring exactly the composition at each point of the head that the tail takes', () => {
    fc.assert(
      fc.property(pairs, ([head, tail]) => {
        const joined = joinCurves(head, tail);
        for (const [x, y] of head.points) {
          if (y < tail.minSource || y > tail.maxSource) continue;
          expect(joined?.amountAt(x)).toBe(tail.amountAt(y));
        }
      }),
    );
  });

  test('are one after the other within one unit between, unless points fall together', () => {
    fc.assert(
      fc.property(pairs, fc.array(anyAmount, { minLength: 20 }), ([head, tail], sources) => {
        fc.pre(!hasCollisions(head, tail));
        const joined = joinCurves(head, tail);
        for (const x of sources) {
          if (joined === undefined || x < joined.minSource) continue;
          const amount = joined.amountAt(x);
          expect(amount <= tail.amountAt(head.amountAt(x) + 1n)).toBe(true);
          if (x > 0n) expect(amount >= oneAfterTheOther(head, tail, x - 1n) - 1n).toBe(true);
        }
      }),
    );
  });

  test('exist exactly where the head brings enough for the tail', () => {
    fc.assert(
      fc.property(pairs, ([head, tail]) => {
        const isReached = head.maxAmount >= tail.minSource;
        expect(joinCurves(head, tail) !== undefined).toBe(isReached);
      }),
    );
  });

  test('begin where the tail can be paid, and bring nothing below', () => {
    const joined = joinCurves(
      curveOf([
        [0, 0],
        [10, 20],
      ]),
      curveOf([
        [5, 5],
        [15, 35],
      ]),
    );
    expect(joined?.points).toEqual([
      [3n, 5n],
      [8n, 35n],
    ]);
    expect(joined?.amountAt(2n)).toBe(0n);
  });

  test('do not add up: a long chain of 1,000 points each is joined in no time', () => {
    const steps = (rise: number): Curve =>
      curveOf(Array.from({ length: 1_000 }, (_, step) => [step * 1_000, step * rise]));
    const joined = joinCurves(steps(997), steps(991));
    expect(joined?.points.length).toBeGreaterThan(1_900);
    expect(joined?.amountAt(500_000n)).toBe(494_013n);
  });
});
