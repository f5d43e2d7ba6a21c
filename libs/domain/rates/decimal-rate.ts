import { RateError } from './rate-error';

/** An exact positive fraction in lowest terms. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A rate as somebody wrote it down, exactly. */
export interface DecimalRate extends Fraction {
  /** The one way to write it: plain digits, no zeros that do not count. */
  readonly text: string;
}

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
/** Longer than every rate within the limits has to be. */
const MAX_CHARACTERS = 100;
const MAX_DIGITS = 40;
/** 10^-18 and 10^18 are still rates. */
const MAX_MAGNITUDE = 18;

/**
 * Reads a positive decimal number as an exact fraction; never by way of a float.
 * @throws RateError not-a-number, negative, zero, too-many-digits, out-of-range; names the field
 */
export function readRate(written: string, field: string): DecimalRate {
  const match = written.length > MAX_CHARACTERS ? null : NUMBER.exec(written);
  if (match === null) throw new RateError(field, 'not-a-number');
  const [, sign, whole = '', decimals = '', exponent = '0'] = match;
  const digits = (whole + decimals).replace(/^0+/, '');
  const counting = digits.replace(/0+$/, '');
  if (counting === '') throw new RateError(field, 'zero');
  if (sign === '-') throw new RateError(field, 'negative');
  if (counting.length > MAX_DIGITS) throw new RateError(field, 'too-many-digits');
  const power = Number(exponent) - decimals.length + digits.length - counting.length;
  checkMagnitude(counting, power, field);
  const shift = 10n ** BigInt(Math.abs(power));
  const fraction =
    power < 0
      ? inLowestTerms(BigInt(counting), shift)
      : { numerator: BigInt(counting) * shift, denominator: 1n };
  return { ...fraction, text: plainText(counting, power) };
}

function checkMagnitude(counting: string, power: number, field: string): void {
  const magnitude = power + counting.length - 1;
  const isBeyond = magnitude === MAX_MAGNITUDE && counting !== '1';
  if (isBeyond || Math.abs(magnitude) > MAX_MAGNITUDE) throw new RateError(field, 'out-of-range');
}

function plainText(digits: string, power: number): string {
  if (power >= 0) return digits + '0'.repeat(power);
  const point = digits.length + power;
  return point > 0
    ? `${digits.slice(0, point)}.${digits.slice(point)}`
    : `0.${'0'.repeat(-point)}${digits}`;
}

export function inLowestTerms(numerator: bigint, denominator: bigint): Fraction {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
