import { isAddress } from '#protocol';
import { z } from 'zod';
import { type Reading, reading } from './question-reading';

/** What operators ask of prices. Amounts are decimal text of base units. */

const MAX_UNITS = 2n ** 64n - 1n;
/** Longest hold that a packet has room for, ms. */
const MAX_HOLD_MS = 2 ** 32 - 1;

export const UNITS_RULE = 'must be a whole number of base units from 1 to 2^64 - 1';

/** Is it the decimal text of an amount that a transfer can have? */
export function isUnits(text: string): boolean {
  return /^[1-9]\d{0,19}$/.test(text) && BigInt(text) <= MAX_UNITS;
}

const ADDRESS_RULE = 'must be the ILP address of an account';

const units = () => z.string(UNITS_RULE).refine(isUnits, UNITS_RULE).optional();
const HOLD_RULE = `must be a whole number of ms from 0 to ${MAX_HOLD_MS}`;

const asked = {
  from: z
    .string('must be the id of a ledger')
    .regex(/^[a-z0-9-]{1,64}$/, 'must be the id of a ledger'),
  to: z.string(ADDRESS_RULE).refine(isAccount, ADDRESS_RULE),
  sourceAmount: units(),
  destinationAmount: units(),
  /** How long the money is to be on hold at the destination. */
  holdMs: z.int(HOLD_RULE).min(0, HOLD_RULE).max(MAX_HOLD_MS, HOLD_RULE),
};

/** Neither amount: what all amounts would bring. */
const quoteQuestion = z.strictObject(asked).superRefine((question, context) => {
  if (question.sourceAmount !== undefined && question.destinationAmount !== undefined) {
    const message = 'must be left out where sourceAmount is given';
    context.addIssue({ code: 'custom', message, path: ['destinationAmount'] });
  }
});

/** What a payment from our own account on the ledger would bring, or cost: one of the amounts. */
const priceQuestion = z.strictObject(asked).superRefine((question, context) => {
  if ((question.sourceAmount === undefined) === (question.destinationAmount === undefined)) {
    const message = 'must be given, or destinationAmount, and not both';
    context.addIssue({ code: 'custom', message, path: ['sourceAmount'] });
  }
});

export type QuoteQuestion = Readonly<z.output<typeof quoteQuestion>>;
export type PriceQuestion = Readonly<z.output<typeof priceQuestion>>;

function isAccount(text: string): boolean {
  return isAddress(text) && !text.endsWith('.');
}

export function readQuoteQuestion(written: unknown): Reading<QuoteQuestion> {
  return reading(quoteQuestion.safeParse(written));
}

export function readPriceQuestion(written: unknown): Reading<PriceQuestion> {
  return reading(priceQuestion.safeParse(written));
}
