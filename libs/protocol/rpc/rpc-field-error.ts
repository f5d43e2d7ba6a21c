/** Why a call or a result of the RPC transport could not be read. Short, stable, fit for a metric label. */
export type RpcRule =
  | 'missing'
  | 'not-json'
  | 'not-a-list'
  | 'not-an-object'
  | 'not-text'
  | 'not-a-transfer-id'
  | 'not-an-amount'
  | 'not-an-integer'
  | 'not-base64'
  | 'not-a-timestamp'
  | 'not-this-ledger'
  | 'not-this-account'
  | 'not-done'
  | 'out-of-range'
  | 'too-deep'
  | 'wrong-length'
  | 'unknown-method';

const BAD_REQUEST = 400;
const UNPROCESSABLE = 422;

/**
 * JSON of a peer that does not have the form of SPEC §8.7. Neither the message nor any member holds
 * anything of the input.
 */
export class RpcFieldError extends Error {
  override readonly name = 'RpcFieldError';

  constructor(
    /** As the peers name it, e.g. `transfer.expiresAt`. */
    readonly field: string,
    readonly rule: RpcRule,
  ) {
    super(`no valid ${field}: ${rule}`);
  }

  /** The HTTP status for a caller: whether his body is no list of parameters at all, or wrong in one. */
  get status(): 400 | 422 {
    return this.field === 'body' ? BAD_REQUEST : UNPROCESSABLE;
  }
}
