import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { failureOf } from '../../../test/interop/codec-failures';
import { curve } from '../../../test/interop/codec-arbitraries';
import { decodeCurve, encodeCurve } from './curve-bytes';

interface Vectors {
  readonly curve_encoding: readonly {
    readonly id: string;
    readonly points: readonly (readonly [string, string])[];
    readonly hex: string;
    readonly base64: string;
  }[];
  readonly curve_invalid: readonly {
    readonly reason: string;
    readonly points?: readonly (readonly [number, number])[];
    readonly hex?: string;
  }[];
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

const asPoints = (points: readonly (readonly [string | number, string | number])[]) =>
  points.map(([x, y]) => [BigInt(x), BigInt(y)] as const);

/** A curve in plain big-endian words, as one historic peer wrote it. */
const bigEndian = (points: readonly (readonly [bigint, bigint])[]): Buffer =>
  Buffer.from(
    points.map(([x, y]) => (x * 2n ** 64n + y).toString(16).padStart(32, '0')).join(''),
    'hex',
  );

describe('curve bytes', () => {
  it.each(vectors.curve_encoding)('of $id go both ways', ({ points, hex, base64 }) => {
    expect(encodeCurve(asPoints(points)).toString('hex')).toBe(hex);
    expect(encodeCurve(asPoints(points)).toString('base64')).toBe(base64);
    expect(decodeCurve(Buffer.from(hex, 'hex'))).toEqual(asPoints(points));
  });

  it.each(vectors.curve_invalid.filter(({ points }) => points !== undefined))(
    'are not written: $reason',
    ({ points = [] }) => {
      expect(failureOf(() => encodeCurve(asPoints(points)))).toMatchObject({
        name: 'UnwritableFieldError',
        field: 'points',
      });
    },
  );

  it('are refused unless they are whole points', () => {
    const { hex } = vectors.curve_invalid.find((vector) => vector.hex !== undefined)!;
    expect(failureOf(() => decodeCurve(Buffer.from(hex!, 'hex')))).toMatchObject({
      field: 'points',
      rule: 'wrong-length',
    });
  });

  it.each([
    [
      'x repeats',
      [
        [1n, 1n],
        [3n, 3n],
        [3n, 5n],
      ],
    ],
    [
      'y falls',
      [
        [1n, 1n],
        [3n, 3n],
        [5n, 2n],
      ],
    ],
  ] as const)('are refused where %s in both byte orders', (_, points) => {
    // Words of four equal bytes read the same in either order.
    const word = (value: bigint): string => '00'.repeat(4) + `0${value}`.repeat(4);
    const hex = points.map(([x, y]) => word(x) + word(y)).join('');
    expect(failureOf(() => decodeCurve(Buffer.from(hex, 'hex')))).toMatchObject({
      field: 'points',
      rule: 'not-a-curve',
    });
  });

  it('in plain big-endian are understood where the mixed order makes no curve (D-22)', () => {
    const points = [
      [0n, 0n],
      [10n, 5n],
      [256n, 6n],
    ] as const;
    expect(decodeCurve(bigEndian(points))).toEqual(points);
    expect(encodeCurve(decodeCurve(bigEndian(points)))).not.toEqual(bigEndian(points));
  });

  it('are taken in the mixed order wherever that makes a curve', () => {
    const points = [
      [0n, 0n],
      [10n, 265n],
    ] as const;
    expect(decodeCurve(bigEndian(points))).toEqual([
      [0n, 0n],
      [0x0a000000n, 0x09010000n],
    ]);
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(curve, (points) => {
        expect(decodeCurve(encodeCurve(points))).toEqual(points);
      }),
    );
  });

  it('carry no coordinate of more than 64 bits', () => {
    expect(failureOf(() => encodeCurve([[0n, 2n ** 64n]]))).toMatchObject({ rule: 'out-of-range' });
    expect(failureOf(() => encodeCurve([[-1n, 0n]]))).toMatchObject({ rule: 'out-of-range' });
  });
});
