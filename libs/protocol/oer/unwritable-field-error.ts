/** Why a value has no wire form. */
export type UnwritableRule =
  | 'out-of-range'
  | 'wrong-length'
  | 'too-long'
  | 'not-latin1'
  | 'not-a-transfer-id'
  | 'not-an-address'
  | 'not-a-prefix'
  | 'not-a-curve';

/** A value of ours that the wire cannot carry: a mistake of the caller, never of a peer. */
export class UnwritableFieldError extends Error {
  override readonly name = 'UnwritableFieldError';

  constructor(
    readonly field: string,
    readonly rule: UnwritableRule,
  ) {
    super(`cannot write ${field}: ${rule}`);
  }
}
