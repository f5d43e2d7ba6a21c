/** Why a document of rates could not be had. */
export type FetchRule =
  | 'timeout'
  | 'unreachable'
  | 'private-address'
  | 'status'
  | 'redirect'
  | 'content-type'
  | 'encoding'
  | 'too-large';

/** Nothing was learnt, for the moment. The message does not repeat the query, which may hold a key. */
export class RateFetchError extends Error {
  override readonly name = 'RateFetchError';

  constructor(
    readonly rule: FetchRule,
    message: string,
  ) {
    super(message);
  }
}
