import fc from 'fast-check';
import { wholeNumberOf } from './decimal-number';

describe('a whole number of a JSON number', () => {
  test.each([
    ['0', 0n, 0n],
    ['-0', 0n, 0n],
    ['7', 7n, 7n],
    ['9007199254740993', 9007199254740993n, 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n, 18446744073709551615n],
    ['18446744073709551616', undefined, undefined],
    ['18446744073709551615.5', 18446744073709551615n, undefined],
    ['1e3', 1000n, 1000n],
    ['1.2345E+2', 123n, 124n],
    ['1.50e1', 15n, 15n],
    ['1230e-1', 123n, 123n],
    ['0.0001', 0n, 1n],
    ['0.000', 0n, 0n],
    ['99.99', 99n, 100n],
    ['0.018e3', 18n, 18n],
    ['1e-999999999999', 0n, 1n],
    ['1e999999999999', undefined, undefined],
    ['0e999999999999', 0n, 0n],
    ['1.7976931348623157e+308', undefined, undefined],
    ['-1e-999', 0n, 0n],
  ])('%s is %s rounded down and %s rounded up', (text, down, up) => {
    expect(wholeNumberOf(text, 'down')).toBe(down);
    expect(wholeNumberOf(text, 'up')).toBe(up);
  });

  test('is exact for any digits, point and exponent', () => {
    const parts = [fc.bigInt(0n, 10n ** 25n), fc.integer({ min: 0, max: 30 })] as const;
    fc.assert(
      fc.property(...parts, fc.integer({ min: -30, max: 30 }), (digits, point, exponent) => {
        const padded = digits.toString().padStart(point + 1, '0');
        const whole = padded.slice(0, padded.length - point);
        const text = `${whole}${point === 0 ? '' : `.${padded.slice(-point)}`}e${exponent}`;
        const scale = 10n ** 70n;
        const scaled = (digits * scale * 10n ** BigInt(exponent + 30)) / 10n ** BigInt(point + 30);
        const floor = scaled / scale;
        const ceiling = (scaled + scale - 1n) / scale;
        const inRange = (value: bigint): bigint | undefined =>
          value < 2n ** 64n ? value : undefined;
        expect(wholeNumberOf(text, 'down')).toBe(inRange(floor));
        expect(wholeNumberOf(text, 'up')).toBe(inRange(ceiling));
      }),
      { numRuns: 1_000 },
    );
  });
});
