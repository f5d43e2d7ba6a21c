/** Why bytes could not be read. Short, stable, fit for a metric label. */
export type UnreadableRule =
  | 'truncated'
  | 'length-not-minimal'
  | 'length-too-long'
  | 'integer-empty'
  | 'integer-not-minimal'
  | 'integer-too-long'
  | 'count-too-large'
  | 'unknown-type'
  | 'wrong-type'
  | 'wrong-length'
  | 'too-long'
  | 'not-a-timestamp'
  | 'not-an-address'
  | 'not-a-prefix'
  | 'not-a-curve'
  | 'not-utf8'
  | 'not-base64'
  | 'not-json'
  | 'not-text'
  | 'not-an-integer';

/**
 * Bytes from outside that do not have the announced form. A BTP frame that raises this is dropped
 * without an answer (SPEC §5.4 rule 2); an ILP packet that raises it is an invalid packet (F01).
 * Neither the message nor any member holds bytes of the input.
 */
export class UnreadablePacketError extends Error {
  override readonly name = 'UnreadablePacketError';

  constructor(
    /** The field of the packet as this library names it, e.g. `expiresAt`. */
    readonly field: string,
    readonly rule: UnreadableRule,
  ) {
    super(`cannot read ${field}: ${rule}`);
  }
}
