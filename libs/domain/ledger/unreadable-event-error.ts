/** Why a stored event could not be read. */
export type UnreadableEventRule =
  | 'unknown-type'
  | 'unknown-version'
  | 'missing'
  | 'unexpected'
  | 'not-text'
  | 'not-an-amount'
  | 'not-an-integer'
  | 'not-a-boolean'
  | 'not-base64url'
  | 'not-an-object'
  | 'not-a-list'
  | 'not-an-id'
  | 'not-one-of-the-known';

/**
 * An event of the log that today's code cannot read: it was written by newer code, or it is
 * damaged. It is never skipped; the partition does not start.
 */
export class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';

  constructor(
    readonly type: string,
    readonly schemaVersion: number,
    /** Path of the member in the payload, e.g. `plan.amount`; or `transferId`, `packet`, `type`. */
    readonly member: string,
    readonly rule: UnreadableEventRule,
  ) {
    super(`cannot read event ${type} version ${schemaVersion}: ${member} ${rule}`);
  }
}
