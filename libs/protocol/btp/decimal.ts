/** Digits that any sum of UInt64 amounts fits into with room to spare; more is an attack. */
const INTEGER = /^-?\d{1,40}$/;

/** A JSON string of a decimal integer as bigint, or undefined for anything else. */
export function parseDecimal(value: unknown): bigint | undefined {
  return typeof value === 'string' && INTEGER.test(value) ? BigInt(value) : undefined;
}
