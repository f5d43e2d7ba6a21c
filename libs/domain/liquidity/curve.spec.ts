import fc from 'fast-check';
import type { CurvePoint } from '#protocol';
import { anyAmount, anyCurve, curveOf } from '../../../test/support/curve-arbitraries';
import vectors from '../../../test/vectors/vectors.json';
import { Curve, MAX_AMOUNT } from './curve';
import { InvalidCurveError } from './invalid-curve-error';

const orImpossible = (text: string): bigint | undefined =>
  text === 'Infinity' ? undefined : BigInt(text);

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

describe('amountAtMost', () => {
  test('is above amountAt only where that is rounded, and then by one', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, x) => {
        const end = curve.points.findIndex((point) => point[0] > x);
        const amount = curve.amountAt(x);
        if (end <= 0) {
          expect(curve.amountAtMost(x)).toBe(amount);
          return;
        }
        const [xa, ya] = curve.points[end - 1]!;
        const [xb, yb] = curve.points[end]!;
        const isWhole = ((yb - ya) * (x - xa)) % (xb - xa) === 0n;
        expect(curve.amountAtMost(x)).toBe(isWhole ? amount : amount + 1n);
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

describe('shiftX by a fee', () => {
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

describe('shiftX', () => {
  test('there and back is the same curve', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, d) => {
        fc.pre(curve.maxSource + d <= MAX_AMOUNT);
        expect(curve.shiftX(d).shiftX(-d).points).toEqual(curve.points);
      }),
    );
  });

  test('back promises at most what the curve does so much further, and one less at worst', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, anyAmount, (curve, d, x) => {
        const before = curve.amountAt(x + d);
        const after = curve.shiftX(-d).amountAt(x);
        expect(after === before || after === before - 1n).toBe(true);
      }),
    );
  });
});

describe('shiftY', () => {
  test('there and back is the same curve', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, (curve, d) => {
        fc.pre(curve.maxAmount + d <= MAX_AMOUNT);
        const shifted = curve.shiftY(d);
        expect(shifted.amountAt(curve.minSource)).toBe(curve.amountAt(curve.minSource) + d);
        expect(shifted.shiftY(-d).points).toEqual(curve.points);
      }),
    );
  });

  test('down takes off what it should, less at most what one source unit more would bring', () => {
    fc.assert(
      fc.property(anyCurve, anyAmount, anyAmount, (curve, amount, x) => {
        const d = amount % (curve.maxAmount + 1n);
        const left = (source: bigint): bigint => atLeastNothing(curve.amountAt(source) - d);
        const shifted = curve.shiftY(-d).amountAt(x);
        expect(left(x) <= shifted && shifted <= left(x + 1n)).toBe(true);
      }),
    );
  });

  test('down keeps the point that comes to lie on nothing, and adds no other there', () => {
    expect(
      curveOf([
        [0, 0],
        [4, 5],
        [6, 5],
        [9, 8],
      ]).shiftY(-5n).points,
    ).toEqual([
      [4n, 0n],
      [6n, 0n],
      [9n, 3n],
    ]);
  });

  test('down rounds the source that now brings nothing down, as history does', () => {
    expect(
      curveOf([
        [0, 0],
        [5, 3],
      ]).shiftY(-1n).points,
    ).toEqual([
      [1n, 0n],
      [5n, 2n],
    ]);
  });

  test('by more than there is leaves no curve', () => {
    expect(() => curveOf([[3, 5]]).shiftY(-6n)).toThrow(new InvalidCurveError('no-points', 0));
  });

  test('cuts the curve where it leaves the range of amounts', () => {
    const top = String(MAX_AMOUNT);
    const shifted = curveOf([
      [0, 0],
      [top, top],
    ]).shiftY(1n);
    expect(shifted.points).toEqual([
      [0n, 1n],
      [MAX_AMOUNT - 1n, MAX_AMOUNT],
    ]);
    expect(() => curveOf([[5, top]]).shiftY(1n)).toThrow(InvalidCurveError);
  });
});

test('a curve has liquidity where anything brings anything', () => {
  expect(curveOf([[7, 1]]).hasLiquidity).toBe(true);
  expect(
    curveOf([
      [0, 0],
      [7, 0],
    ]).hasLiquidity,
  ).toBe(false);
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

function atLeastNothing(amount: bigint): bigint {
  return amount < 0n ? 0n : amount;
}
