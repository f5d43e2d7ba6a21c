import { ProposalError } from './proposal-error';

/** What a ledger between two connectors counts in. */
export interface Currency {
  /** Three upper-case letters. */
  readonly currencyCode: string;
  /** One unit of the currency is 10 to this power of base units; −9 to 18. */
  readonly currencyScale: number;
}

const CODE = /^[A-Za-z]{3}$/;
const LEAST_SCALE = -9;
const GREATEST_SCALE = 18;
/** What ilp-kit means when it names none (SPEC §3.2). */
const DEFAULT_SCALE = 9;

/**
 * Reads the currency of a proposal or an answer.
 * @throws ProposalError
 */
export function readCurrency(members: Readonly<Record<string, unknown>>): Currency {
  const { currencyCode, currencyScale = DEFAULT_SCALE } = members;
  if (currencyCode === undefined) throw new ProposalError('currencyCode', 'missing');
  if (typeof currencyCode !== 'string' || !CODE.test(currencyCode)) {
    throw new ProposalError('currencyCode', 'not-three-letters');
  }
  if (typeof currencyScale !== 'number' || !Number.isInteger(currencyScale)) {
    throw new ProposalError('currencyScale', 'not-an-integer');
  }
  if (currencyScale < LEAST_SCALE || currencyScale > GREATEST_SCALE) {
    throw new ProposalError('currencyScale', 'out-of-range');
  }
  return { currencyCode: currencyCode.toUpperCase(), currencyScale };
}
