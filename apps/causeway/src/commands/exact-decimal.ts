/** Digits behind the point, of a fraction that has no end. */
const PLACES = 18;

/** A fraction as a decimal number: exactly, or cut off, and then `…` says so. */
export function decimalOf(numerator: bigint, denominator: bigint): string {
  const whole = numerator / denominator;
  let rest = numerator % denominator;
  let digits = '';
  while (rest > 0n && digits.length < PLACES) {
    rest *= 10n;
    digits += String(rest / denominator);
    rest %= denominator;
  }
  const fraction = digits === '' ? '' : `.${digits}`;
  return `${whole}${fraction}${rest === 0n ? '' : '…'}`;
}
