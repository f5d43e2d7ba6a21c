/** Why a proposal, an answer or an invitation cannot be used. */
export type ProposalRule =
  | 'not-json'
  | 'not-an-object'
  | 'missing'
  | 'unknown'
  | 'unknown-member'
  | 'too-long'
  | 'not-a-hostname'
  | 'not-three-letters'
  | 'not-an-integer'
  | 'out-of-range'
  | 'not-a-btp-uri'
  | 'unknown-version'
  | 'differs'
  | 'not-proposed'
  | 'ourselves';

const REASON: Readonly<Record<ProposalRule, string>> = {
  'not-json': 'must be JSON, or the one line that stands for it',
  'not-an-object': 'must be a JSON object',
  missing: 'is missing',
  unknown: 'is not one that we know',
  'unknown-member': 'is no member that we know',
  'too-long': 'must have at most 8192 characters',
  'not-a-hostname': 'must be a host or host:port',
  'not-three-letters': 'must be three letters',
  'not-an-integer': 'must be an integer',
  'out-of-range': 'must be from -9 to 18',
  'not-a-btp-uri': 'must be a BTP URI',
  'unknown-version': 'must be BTP/1.0 or BTP/alpha',
  differs: 'is not what was proposed',
  'not-proposed': 'is of a host that we have no open proposal to',
  ourselves: 'is our own: a connector has no ledger with itself',
};

/** Names the member and the rule; repeats nothing of the text, which may hold a token. */
export class ProposalError extends Error {
  override readonly name = 'ProposalError';

  /** @param field a member of the text; empty stands for the text as a whole */
  constructor(
    readonly field: string,
    readonly rule: ProposalRule,
    detail?: string,
  ) {
    const subject = field === '' ? 'the text' : field;
    super(`${subject} ${REASON[rule]}${detail === undefined ? '' : `: ${detail}`}`);
  }
}
