import fc from 'fast-check';
import type { CurvePoint } from '#protocol';
import vectors from '../../../test/vectors/vectors.json';
import { Curve, MAX_AMOUNT } from './curve';
import { InvalidCurveError } from './invalid-curve-error';

const curveOf = (points: readonly (readonly (string | number)[])[]): Curve =>
  Curve.of(points.map(([x = 0, y = 0]): CurvePoint => [BigInt(x), BigInt(y)]));

const orImpossible = (text: string): bigint | undefined =>
  text === 'Infinity' ? undefined : BigInt(text);

/** Curves of one to six points, gaps and steps from tiny to the whole range of amounts. */
const anyCurve = fc
  .tuple(
    fc.uniqueArray(fc.bigInt({ min: 0n, max: MAX_AMOUNT }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.bigInt({ min: 0n, max: MAX_AMOUNT }), { minLength: 6, maxLength: 6 }),
    fc.constantFrom(1n, 1_000n, 10n ** 12n, 10n ** 18n),
  )
  .map(([xs, ys, shrink]) => {
    const sorted = [...new Set(xs.map((x) => x / shrink))].sort(byValue);
    const heights = ys.map((y) => y / shrink).sort(byValue);
    return Curve.of(sorted.map((x, index): CurvePoint => [x, heights[index] ?? 0n]));
  });

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const anyAmount = fc.oneof(
  fc.bigInt({ min: 0n, max: 100n }),
  fc.bigInt({ min: 0n, max: MAX_AMOUNT }),
);

describe('the historic look-ups', () => {
  for (const vector of vectors.curve_amounts) {
    const curve = curveOf(vector.points);
    test.each(vector.amount_at)(`${vector.id}: amountAt(%s) is %s`, (x, y) => {
      expect(curve.amountAt(BigInt(x))).toBe(BigInt(y));
    });
    test.each(vector.amount_reverse)(`${vector.id}: amountReverse(%s) is %s`, (y, x) => {
      expect(curve.amountReverse(BigInt(y))).toBe(orImpossible(x));
    });
    test.each(vector.min_source_for)(`${vector.id}: minSourceFor(%s) is %s`, (y, x) => {
      expect(curve.minSourceFor(BigInt(y))).toBe(orImpossible(x));
    });
  }
});

describe('what is no curve', () => {
  for (const { reason, points, hex } of vectors.curve_invalid) {
    test(`is refused: ${reason}`, () => {
      expect(() =>
        points === undefined ? Curve.decode(Buffer.from(hex, 'hex')) : curveOf(points),
      ).toThrow();
    });
  }

  test.each([
    ['no-points', 0, []],
    ['out-of-range', 0, [[-1, 5]]],
    [
      'out-of-range',
      1,
      [
        [0, 5],
        [String(MAX_AMOUNT + 1n), 5],
      ],
    ],
    ['out-of-range', 0, [[0, String(MAX_AMOUNT + 1n)]]],
    [
      'x-not-increasing',
      2,
      [
        [1, 1],
        [3, 3],
        [3, 5],
      ],
    ],
    [
      'y-decreasing',
      2,
      [
        [1, 1],
        [3, 3],
        [5, 2],
      ],
    ],
  ] as const)('names the rule %s and the point %i', (rule, index, points) => {
    const make = (): Curve => curveOf(points);
    expect(make).toThrow(new InvalidCurveError(rule, index));
  });

  test('may touch both ends of the range of amounts', () => {
    const curve = curveOf([
      [0, 0],
      [String(MAX_AMOUNT), String(MAX_AMOUNT)],
    ]);
    expect(curve.amountAt(MAX_AMOUNT)).toBe(MAX_AMOUNT);
  });
});

describe('amountAt', () => {
  test('never decreases', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, anyAmount, (curve, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(curve.amountAt(low) <= curve.amountAt(high)).toBe(true);
      }),
    );
  });

  test('is the exact value rounded down, never above it and less than one below it', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, x) => {
        const end = curve.points.findIndex((point) => point[0] > x);
        fc.pre(end > 0);
        const [xa, ya] = curve.points[end - 1]!;
        const [xb, yb] = curve.points[end]!;
        const scaled = ya * (xb - xa) + (yb - ya) * (x - xa);
        const amount = curve.amountAt(x);
        expect(amount * (xb - xa) <= scaled).toBe(true);
        expect((amount + 1n) * (xb - xa) > scaled).toBe(true);
      }),
    );
  });
});

describe('minSourceFor', () => {
  test('is enough, and one unit less is not', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, y) => {
        const x = curve.minSourceFor(y);
        if (x === undefined) {
          expect(y > curve.maxAmount).toBe(true);
          return;
        }
        expect(curve.amountAt(x) >= y).toBe(true);
        expect(x >= curve.minSource).toBe(true);
        if (x > curve.minSource) expect(curve.amountAt(x - 1n) < y).toBe(true);
      }),
    );
  });

  test('exceeds the historic answer by one at most, and never falls below it', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, y) => {
        const exact = curve.minSourceFor(y);
        const historic = curve.amountReverse(y);
        if (exact === undefined || historic === undefined) expect(exact).toBe(historic);
        else expect(exact - historic === 0n || exact - historic === 1n).toBe(true);
      }),
    );
  });
});

describe('shiftX', () => {
  const shifts = vectors.curve_ops.filter(({ op }) => op === 'shiftX');

  test.each(shifts)('$id', ({ a, arg, out }) => {
    const shifted = curveOf(a).shiftX(BigInt(arg ?? ''));
    expect(shifted.points).toEqual(curveOf(out).points);
  });

  test('by one asks one source unit more for the same amount', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, x) => {
        fc.pre(curve.maxSource < MAX_AMOUNT && x < MAX_AMOUNT);
        expect(curve.shiftX(1n).amountAt(x + 1n)).toBe(curve.amountAt(x));
      }),
    );
  });

  test('by one makes the historic reverse look-up sufficient on the curve itself', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, y) => {
        fc.pre(curve.maxSource < MAX_AMOUNT);
        const source = curve.shiftX(1n).amountReverse(y);
        if (source !== undefined) expect(curve.amountAt(source) >= y).toBe(true);
      }),
    );
  });

  test('cuts the curve where it leaves the range of amounts', () => {
    const top = String(MAX_AMOUNT);
    const shifted = curveOf([
      [0, 0],
      [top, top],
    ]).shiftX(1n);
    expect(shifted.points).toEqual([
      [1n, 0n],
      [MAX_AMOUNT, MAX_AMOUNT - 1n],
    ]);
    expect(() => curveOf([[top, 5]]).shiftX(1n)).toThrow(InvalidCurveError);
  });
});

test('the binary form of a curve decodes to the same curve', () => {
  fc.assert(
    fc.property(anyCurve, (curve) => {
      expect(Curve.decode(curve.encode()).points).toEqual(curve.points);
    }),
  );
});

test('a curve keeps its points when the list it was made from changes', () => {
  const points: CurvePoint[] = [[0n, 0n]];
  const curve = Curve.of(points);
  points.push([1n, 1n]);
  expect(curve.points).toHaveLength(1);
});
