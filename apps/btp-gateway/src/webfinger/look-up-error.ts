/** Why a look-up came to nothing; see the message for more. */
export type LookUpRule =
  | 'timeout'
  | 'unreachable'
  | 'private-address'
  | 'certificate'
  | 'status'
  | 'content-type'
  | 'redirect'
  | 'too-many-redirects'
  | 'too-large';

/** Nothing was found, for the moment. */
export class LookUpError extends Error {
  override readonly name = 'LookUpError';

  constructor(
    readonly rule: LookUpRule,
    message: string,
  ) {
    super(message);
  }
}
