/** Which rule of SPEC §10.1 a list of points breaks. */
export type CurveRule = 'no-points' | 'out-of-range' | 'x-not-increasing' | 'y-decreasing';

/** Points that are no liquidity curve. */
export class InvalidCurveError extends Error {
  override readonly name = 'InvalidCurveError';

  constructor(
    readonly rule: CurveRule,
    /** Index of the point at fault. */
    readonly index: number,
  ) {
    super(`not a liquidity curve: ${rule} at point ${index}`);
  }
}
