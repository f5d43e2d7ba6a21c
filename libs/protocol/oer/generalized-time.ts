import { UnwritableFieldError } from './unwritable-field-error';

/** Length of `YYYYMMDDHHMMSS.fffZ`, the only form of a timestamp on the wire (SPEC §4). */
export const GENERALIZED_TIME_LENGTH = 19;

const DOT = 0x2e;
const UPPER_Z = 0x5a;
const ZERO = 0x30;
const MS_PER_400_YEARS = 146_097 * 86_400_000;
const FIRST_MS = Date.UTC(400, 0) - MS_PER_400_YEARS;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const DAYS_BEFORE_LEAP = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads the timestamp at `start` as milliseconds since the epoch, or NaN if it is anything but a
 * real moment in the 19-character form. NaN instead of an error, because a bad date is answered
 * where it stands in a Prepare and makes any other packet unreadable.
 */
export function parseGeneralizedTime(bytes: Buffer, start: number, length: number): number {
  if (length !== GENERALIZED_TIME_LENGTH) return Number.NaN;
  if (bytes[start + 14] !== DOT || bytes[start + 18] !== UPPER_Z) return Number.NaN;
  const year = digits(bytes, start, 4);
  const month = digits(bytes, start + 4, 2);
  const day = digits(bytes, start + 6, 2);
  const hour = digits(bytes, start + 8, 2);
  const minute = digits(bytes, start + 10, 2);
  const second = digits(bytes, start + 12, 2);
  const ms = digits(bytes, start + 15, 3);
  if (!(day >= 1 && day <= daysInMonth(year, month))) return Number.NaN;
  if (!(hour <= 23 && minute <= 59 && second <= 59 && ms <= 999)) return Number.NaN;
  // Date.UTC takes years below 100 for the 1900s, hence the detour of one Gregorian cycle.
  return Date.UTC(year + 400, month - 1, day, hour, minute, second, ms) - MS_PER_400_YEARS;
}

/**
 * Writes the 19 characters of a moment at `offset`.
 * @throws UnwritableFieldError unless `ms` is an integer within the years 0000 to 9999
 */
export function writeGeneralizedTime(
  bytes: Buffer,
  offset: number,
  moment: { readonly ms: number; readonly field: string },
): void {
  const { ms, field } = moment;
  if (!Number.isInteger(ms) || ms < FIRST_MS || ms > LAST_MS) {
    throw new UnwritableFieldError(field, 'out-of-range');
  }
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  writePair(bytes, offset, Math.trunc(year / 100));
  writePair(bytes, offset + 2, year % 100);
  writePair(bytes, offset + 4, date.getUTCMonth() + 1);
  writePair(bytes, offset + 6, date.getUTCDate());
  writePair(bytes, offset + 8, date.getUTCHours());
  writePair(bytes, offset + 10, date.getUTCMinutes());
  writePair(bytes, offset + 12, date.getUTCSeconds());
  bytes[offset + 14] = DOT;
  const fraction = date.getUTCMilliseconds();
  bytes[offset + 15] = ZERO + Math.trunc(fraction / 100);
  writePair(bytes, offset + 16, fraction % 100);
  bytes[offset + 18] = UPPER_Z;
}

function digits(bytes: Buffer, start: number, count: number): number {
  let value = 0;
  for (let index = start; index < start + count; index += 1) {
    const digit = (bytes[index] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function daysInMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS_BEFORE_LEAP[month - 1] ?? Number.NaN);
}

function writePair(bytes: Buffer, offset: number, value: number): void {
  bytes[offset] = ZERO + Math.trunc(value / 10);
  bytes[offset + 1] = ZERO + (value % 10);
}
