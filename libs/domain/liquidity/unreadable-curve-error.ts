/** Why what should be a curve could not be read at all. Short, stable, fit for a metric label. */
export type UnreadableCurveRule =
  'not-points' | 'not-a-number' | 'negative' | 'unsafe-number' | 'too-many-points';

/** Something from outside that has not the form of a curve's text (SPEC §10.2). */
export class UnreadableCurveError extends Error {
  override readonly name = 'UnreadableCurveError';

  constructor(
    /** Where it is, e.g. `points[3][0]`: the x of the fourth point. */
    readonly field: string,
    readonly rule: UnreadableCurveRule,
  ) {
    super(`cannot read ${field}: ${rule}`);
  }
}
