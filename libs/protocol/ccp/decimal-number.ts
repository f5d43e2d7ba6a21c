const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const MAX_DIGITS = 20;
const PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * A JSON number of at least 0 as a whole one, exactly, fractions up or down (SPEC §3.5, D-3);
 * undefined for what is no unsigned 64-bit integer then.
 */
export function wholeNumberOf(text: string, rounding: 'up' | 'down'): bigint | undefined {
  const [, whole = '', fraction = '', exponent = '0'] = PARTS.exec(text) ?? [];
  const digits = withoutLeadingZeros(whole + fraction);
  if (digits === '' || text.startsWith('-')) return 0n;
  // Infinite for an absurd exponent, which the comparisons below bear.
  const wholeDigits = digits.length - fraction.length + Number(exponent);
  if (wholeDigits > MAX_DIGITS) return undefined;
  const kept = Math.max(0, wholeDigits);
  const floor = BigInt(digits.slice(0, kept).padEnd(kept, '0'));
  const isExact = !/[1-9]/.test(digits.slice(kept));
  const rounded = rounding === 'up' && !isExact ? floor + 1n : floor;
  return rounded <= MAX_UINT64 ? rounded : undefined;
}

function withoutLeadingZeros(digits: string): string {
  const first = digits.search(/[1-9]/);
  return first === -1 ? '' : digits.slice(first);
}
