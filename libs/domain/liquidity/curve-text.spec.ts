import fc from 'fast-check';
import { UnreadablePacketError } from '#protocol';
import vectors from '../../../test/vectors/vectors.json';
import { Curve, MAX_AMOUNT } from './curve';
import { anyCurve, curveOf } from '../../../test/support/curve-arbitraries';
import {
  curveFromBase64,
  curveFromJson,
  curveToBase64,
  curveToJson,
  MAX_RECEIVED_POINTS,
} from './curve-text';
import { InvalidCurveError } from './invalid-curve-error';
import { UnreadableCurveError } from './unreadable-curve-error';

const LAST = Number.MAX_SAFE_INTEGER;

const pointsOf = (value: unknown): unknown => {
  const curve = curveFromJson(value);
  return curve === 'placeholder' ? curve : curve.points;
};

/** The steps 0, 1, 2 … as points of any form. */
const steps = <T>(count: number, make: (step: number) => T): T[] =>
  Array.from({ length: count }, (_, step) => make(step));

describe('base64 text', () => {
  const encodings = vectors.curve_encoding.filter(({ points }) => points.length > 0);

  test.each(encodings)('of $id goes both ways', ({ points, base64 }) => {
    expect(curveToBase64(curveOf(points))).toBe(base64);
    expect(curveFromBase64(base64).points).toEqual(curveOf(points).points);
  });

  test.each(encodings)('of $id is read in the URL-safe alphabet, unpadded', (vector) => {
    const urlSafe = vector.base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
    expect(curveFromBase64(urlSafe).points).toEqual(curveOf(vector.points).points);
  });

  test('is written with the characters that the URL-safe alphabet has not', () => {
    const text = curveToBase64(Curve.of([[MAX_AMOUNT, MAX_AMOUNT]]));
    expect(text).toBe('/////////////////////w==');
  });

  test('may be broken into lines', () => {
    const text = curveToBase64(curveOf([[5, 5]])).replace(/(.{8})/g, '$1\r\n');
    expect(text).toContain('\r\n');
    expect(curveFromBase64(text).points).toEqual([[5n, 5n]]);
  });

  test('of plain big-endian words is understood where the mixed order makes no curve (D-22)', () => {
    const words = [0n, 0n, 10n, 5n, 256n, 6n].map((n) => n.toString(16).padStart(16, '0'));
    const text = Buffer.from(words.join(''), 'hex').toString('base64');
    expect(curveFromBase64(text).points).toEqual([
      [0n, 0n],
      [10n, 5n],
      [256n, 6n],
    ]);
  });

  test.each([
    ['not-base64', 'AAA*'],
    ['not-base64', 'AAAAA'],
    ['wrong-length', 'AAAA'],
  ])('is refused: %s', (rule, text) => {
    expect(() => curveFromBase64(text)).toThrow(UnreadablePacketError);
    expect(() => curveFromBase64(text)).toThrow(rule);
  });

  test('of no points is no curve', () => {
    expect(() => curveFromBase64('')).toThrow(new InvalidCurveError('no-points', 0));
  });

  test('of too many points is refused', () => {
    const text = (count: number): string =>
      curveToBase64(Curve.of(steps(count, (step) => [BigInt(step), 0n])));
    expect(curveFromBase64(text(MAX_RECEIVED_POINTS)).points).toHaveLength(MAX_RECEIVED_POINTS);
    expect(() => curveFromBase64(text(MAX_RECEIVED_POINTS + 1))).toThrow(
      new UnreadableCurveError('points', 'too-many-points'),
    );
  });

  test('comes back as it went', () => {
    fc.assert(
      fc.property(anyCurve, (curve) => {
        expect(curveFromBase64(curveToBase64(curve)).points).toEqual(curve.points);
      }),
    );
  });
});

describe('a JSON array', () => {
  test('is read from numbers and from decimal texts', () => {
    expect(
      pointsOf([
        [0, '0'],
        ['18446744073709551614', LAST],
      ]),
    ).toEqual([
      [0n, 0n],
      [MAX_AMOUNT - 1n, BigInt(LAST)],
    ]);
  });

  test.each([
    [[[0.2, 0.9]], [[1n, 0n]]],
    [[['94600076285501.52', 1e14]], [[94_600_076_285_502n, 10n ** 14n]]],
    [[[94600076285501.52, '1e14']], [[94_600_076_285_502n, 10n ** 14n]]],
    [[['0.5000e1', '5E+1']], [[5n, 50n]]],
    [[['1e-9999', '9e-9999']], [[1n, 0n]]],
    [[[5e-324, 1e-7]], [[1n, 0n]]],
    [[['0e9999', -0]], [[0n, 0n]]],
    [[['00012.0', '12.9999999999999999999']], [[12n, 12n]]],
  ])('%j is rounded x up, y down', (value, points) => {
    expect(pointsOf(value)).toEqual(points);
  });

  test.each([
    [Number.MAX_VALUE],
    [Number.POSITIVE_INFINITY],
    [2 ** 65],
    ['18446744073709551616'],
    ['1e9999'],
    ['18446744073709551615.5'],
  ])('with %s, which no amount can be, is a placeholder', (x) => {
    expect(
      pointsOf([
        [0, 0],
        [x, 1],
      ]),
    ).toBe('placeholder');
  });

  test('cuts nothing off silently: numbers whose last digits are lost are refused', () => {
    for (const lost of [2 ** 53, 1e17, 2 ** 64]) {
      expect(() =>
        curveFromJson([
          [0, 0],
          [1, lost],
        ]),
      ).toThrow(new UnreadableCurveError('points[1][1]', 'unsafe-number'));
    }
  });

  test.each([
    ['points', 'not-points', 'AAAA'],
    ['points', 'not-points', { length: 0 }],
    ['points[0]', 'not-points', [5]],
    [
      'points[1]',
      'not-points',
      [
        [0, 0],
        [0, 0, 0],
      ],
    ],
    ['points[0][0]', 'negative', [[-1, 5]]],
    ['points[0][1]', 'negative', [[1, '-0.1']]],
    ['points[0][1]', 'negative', [[1, -1e300]]],
    ['points[0][0]', 'not-a-number', [[null, 5]]],
    ['points[0][0]', 'not-a-number', [[Number.NaN, 5]]],
    ['points[0][0]', 'not-a-number', [[Number.NEGATIVE_INFINITY, 5]]],
    ['points[0][1]', 'not-a-number', [[1, '']]],
    ['points[0][1]', 'not-a-number', [[1, '0x10']]],
    ['points[0][1]', 'not-a-number', [[1, '1'.repeat(401)]]],
    ['points', 'too-many-points', steps(MAX_RECEIVED_POINTS + 1, (step) => [step, 0])],
  ] as const)('names %s as %s', (field, rule, value) => {
    expect(() => curveFromJson(value)).toThrow(new UnreadableCurveError(field, rule));
  });

  test('names the field that it was told', () => {
    expect(() => curveFromJson(7, 'route.points')).toThrow('route.points');
  });

  test.each(vectors.curve_invalid.filter(({ points }) => points !== undefined))(
    'is no curve: $reason',
    ({ points }) => {
      expect(() => curveFromJson(points)).toThrow(/cannot read points|not a liquidity curve/);
    },
  );

  test('of no points is no curve', () => {
    expect(() => curveFromJson([])).toThrow(new InvalidCurveError('no-points', 0));
  });

  test('comes back as it went where a double holds it', () => {
    fc.assert(
      fc.property(anyCurve, (curve) => {
        fc.pre(curve.maxSource <= BigInt(LAST) && curve.maxAmount <= BigInt(LAST));
        expect(pointsOf(curveToJson(curve))).toEqual(curve.points);
      }),
    );
  });

  test('ends on or below the curve where no double goes further', () => {
    const end = (x: bigint, y: bigint): unknown =>
      curveToJson(
        Curve.of([
          [0n, 0n],
          [x, y],
        ]),
      )?.at(-1);
    expect(end(MAX_AMOUNT, 1_000_000n)).toEqual([LAST, 488]);
    expect(end(1000n, MAX_AMOUNT)).toEqual([1, LAST]);
    expect(end(MAX_AMOUNT, MAX_AMOUNT)).toEqual([LAST, LAST]);
    expect(curveToJson(Curve.of([[5n, MAX_AMOUNT]]))).toEqual([[5, LAST]]);
    expect(curveToJson(Curve.of([[MAX_AMOUNT, 5n]]))).toBeUndefined();
  });

  test('of any curve is a curve that promises no more, and that doubles hold', () => {
    fc.assert(
      fc.property(anyCurve, fc.bigInt({ min: 0n, max: MAX_AMOUNT }), (curve, x) => {
        const written = curveToJson(curve);
        fc.pre(written !== undefined);
        expect(written.flat().every(Number.isSafeInteger)).toBe(true);
        const read = curveFromJson(written);
        if (read === 'placeholder') throw new Error('a placeholder was written');
        expect(read.amountAt(x) <= curve.amountAt(x)).toBe(true);
      }),
    );
  });
});
