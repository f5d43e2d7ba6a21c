import fc from 'fast-check';
import { Curve } from '#domain/liquidity';
import { effectiveCurve } from './effective-curve';

const AMOUNTS = Array.from({ length: 40 }, (_, x) => BigInt(x));

type Points = readonly (readonly [number, number])[];

const curve = (points: Points): Curve => Curve.of(points.map(([x, y]) => [BigInt(x), BigInt(y)]));

/** What a payment of x brings, group by group (SPEC §11.5, D-29). */
function broughtBy(groups: readonly Curve[], x: bigint): bigint {
  let most = 0n;
  for (const group of groups.filter(({ maxAmount }) => maxAmount > 0n)) {
    const brought = group.amountAt(x);
    if (brought > most) most = brought;
    if (group.minSource <= x && x <= group.maxSource) break;
  }
  return most;
}

const someCurve = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
    fc.boolean(),
    fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 4, maxLength: 4 }),
  )
  .map(([xs, isFromNothing, ys]) => {
    const rising = ys.sort((a, b) => a - b);
    const rightwards = xs.sort((a, b) => a - b);
    if (isFromNothing) rightwards[0] = 0;
    return curve(rightwards.map((x, index) => [x, rising[index] ?? 0]));
  });

test('of groups that end at one amount, the one that brings most counts beyond it', () => {
  const groups = [10, 20, 30].map((y) =>
    curve([
      [0, 0],
      [100, y],
    ]),
  );
  expect(effectiveCurve(groups)?.points).toEqual([
    [0n, 0n],
    [100n, 10n],
    [101n, 30n],
  ]);
});

test('together the groups promise what each amount brings, and never more', () => {
  fc.assert(
    fc.property(fc.array(someCurve, { minLength: 1, maxLength: 5 }), (groups) => {
      const effective = effectiveCurve(groups);
      if (effective === undefined) return;
      const isWhole = groups.every(({ minSource }) => minSource === 0n);
      const isWrong = (x: bigint): boolean => {
        const [promised, brought] = [effective.amountAt(x), broughtBy(groups, x)];
        // Parts of a line between whole amounts may lose one unit. Where groups have gaps between
        // them less may be promised, since a curve neither falls nor is interrupted.
        return promised > brought || (isWhole && promised + 1n < brought);
      };
      expect(AMOUNTS.filter(isWrong)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
