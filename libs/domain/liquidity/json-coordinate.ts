import { MAX_AMOUNT } from './curve';
import { UnreadableCurveError } from './unreadable-curve-error';

/** An exact decimal: sign, whole part, decimals, exponent. */
const DECIMAL = /^(-?)(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Digits of the greatest amount. */
const MOST_DIGITS = MAX_AMOUNT.toString().length;

/** What a double makes of the greatest amount; any greater one was no amount before either. */
const GREATEST_IN_DOUBT = Number(MAX_AMOUNT);

/** Greater than any amount, whatever it was. */
export const BEYOND = MAX_AMOUNT + 1n;

/**
 * A coordinate in JSON (SPEC §3.5): a number, or the text of one, which is exact at any size.
 * Fractions are rounded. What exceeds every amount comes back as BEYOND.
 * @throws UnreadableCurveError `not-a-number`, `negative`, `unsafe-number` for a number between 2^53
 *   and 2^64, of which nobody knows the last digits
 */
export function readCoordinate(value: unknown, field: string, round: 'up' | 'down'): bigint {
  if (typeof value === 'number') return readDecimal(textOf(value, field), field, round);
  if (typeof value === 'string') return readDecimal(value, field, round);
  throw new UnreadableCurveError(field, 'not-a-number');
}

/** The shortest text that is this number: what a peer wrote who computes with doubles himself. */
function textOf(value: number, field: string): string {
  if (value > GREATEST_IN_DOUBT) return BEYOND.toString();
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER && Number.isFinite(value)) {
    throw new UnreadableCurveError(field, value < 0 ? 'negative' : 'unsafe-number');
  }
  return Object.is(value, -0) ? '0' : value.toString();
}

function readDecimal(text: string, field: string, round: 'up' | 'down'): bigint {
  const match = DECIMAL.exec(text);
  if (match === null) throw new UnreadableCurveError(field, 'not-a-number');
  const [, sign, whole = '', decimals = '', exponent = '0'] = match;
  const digits = BigInt(whole + decimals);
  if (digits === 0n) return 0n;
  if (sign === '-') throw new UnreadableCurveError(field, 'negative');
  return scaled(digits, Number(exponent) - decimals.length, round);
}

/** digits · 10^exponent, rounded; never a power larger than it takes to tell. */
function scaled(digits: bigint, exponent: number, round: 'up' | 'down'): bigint {
  if (exponent >= MOST_DIGITS) return BEYOND;
  const size = digits.toString().length + exponent;
  if (size < 0) return round === 'up' ? 1n : 0n;
  const value =
    exponent >= 0
      ? digits * 10n ** BigInt(exponent)
      : (digits + (round === 'up' ? 10n ** BigInt(-exponent) - 1n : 0n)) / 10n ** BigInt(-exponent);
  return value > MAX_AMOUNT ? BEYOND : value;
}
