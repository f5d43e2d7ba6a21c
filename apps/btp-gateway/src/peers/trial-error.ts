/** Why a peer that was dialled on trial does not do; see the message for more. */
export type TrialRule =
  | 'not-a-peer-document'
  | 'nothing-to-dial'
  | 'ourselves'
  | 'too-many'
  | 'unreachable'
  | 'tls'
  | 'timed-out'
  | 'refused'
  | 'no-info'
  | 'currency'
  | 'scale'
  | 'prefix'
  | 'internal';

export class TrialError extends Error {
  override readonly name = 'TrialError';

  constructor(
    readonly rule: TrialRule,
    message: string,
  ) {
    super(message);
  }
}
