/** Why something is no exchange rate, or no document of rates. */
export type RateRule =
  | 'missing'
  | 'not-a-number'
  | 'negative'
  | 'zero'
  | 'too-many-digits'
  | 'out-of-range'
  | 'not-three-letters'
  | 'twice'
  | 'base-not-one'
  | 'no-rates'
  | 'too-many'
  | 'too-long'
  | 'not-xml'
  | 'not-json'
  | 'not-an-object'
  | 'not-ecb'
  | 'not-a-date'
  | 'unknown'
  | 'not-an-integer'
  | 'not-a-text';

const REASON: Readonly<Record<RateRule, string>> = {
  missing: 'is missing',
  'not-a-number': 'must be a decimal number, as 1.0592',
  negative: 'must not be negative',
  zero: 'must not be zero',
  'too-many-digits': 'must have at most 40 digits that count',
  'out-of-range': 'must lie between 10^-18 and 10^18',
  'not-three-letters': 'must be three letters',
  twice: 'is there twice',
  'base-not-one': 'must be 1: it is the currency that the others are counted in',
  'no-rates': 'must hold at least one rate',
  'too-many': 'must hold at most 1000 rates',
  'too-long': 'is longer than a document of rates may be',
  'not-xml': 'must be XML, without a document type',
  'not-json': 'must be JSON',
  'not-an-object': 'must be a JSON object',
  'not-ecb': 'must be the daily sheet of the ECB',
  'not-a-date': 'must be a date, as 2026-11-20',
  unknown: 'is not one that we know',
  'not-an-integer': 'must be a whole number, not negative',
  'not-a-text': 'must be a text that is not empty, of at most 500 characters',
};

/** Names the field, which is a currency code or a member of the document, and the rule. */
export class RateError extends Error {
  override readonly name = 'RateError';

  /** What has to be, without the field. */
  readonly reason: string;

  /** @param field empty stands for the document as a whole */
  constructor(
    readonly field: string,
    readonly rule: RateRule,
    detail?: string,
  ) {
    const reason = `${REASON[rule]}${detail === undefined ? '' : `: ${detail}`}`;
    super(`${field === '' ? 'the document' : field} ${reason}`);
    this.reason = reason;
  }
}
