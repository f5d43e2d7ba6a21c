import type { DataSource } from 'typeorm';
import { type OrderProblem, readPriceQuestion } from '#contracts';
import { isTransferId } from '#domain/ledger';
import type { SaidOfPayment } from '#domain/payment';
import { FULFILLMENT_SIZE, ILP_LIMIT } from '#protocol';
import { z } from 'zod';
import { readAmounts } from './written-amounts';

/** An order to pay as an operator gives it, read. */
export interface WrittenPayment {
  /** undefined = a new one, whatever its id will be. */
  readonly id: string | undefined;
  readonly from: string;
  readonly to: string;
  /** Decimal text of base units: one of the two. */
  readonly sourceAmount: string | undefined;
  readonly destinationAmount: string | undefined;
  readonly maxSourceAmount: bigint | undefined;
  readonly condition: Buffer;
  readonly data: Buffer;
  readonly expiresInMs: number;
  readonly memo: string | null;
}

/** The shortest time that any connector has left something of. */
const LEAST_EXPIRY_MS = 1_000;
/** A hold that peers commonly quote for; shorter where the payment itself is. */
const QUOTED_HOLD_MS = 5_000;
const ID_RULE = 'must be a UUID in small letters';
const BYTES = /^[A-Za-z0-9_-]*$/;

/** How long the receiver may take, as the quote is asked for. */
export function quotedHoldMs(expiresInMs: number): number {
  return Math.min(QUOTED_HOLD_MS, expiresInMs);
}

const ruleOr = (rule: string) => (issue: { readonly input: unknown }) =>
  issue.input === undefined ? 'is required' : rule;

const BYTES_RULE = 'must be base64url';
const SIZE_RULE = `must be ${FULFILLMENT_SIZE} bytes in base64url: SHA-256 of the fulfillment`;

function bytes(rule: string) {
  return z
    .string({ error: ruleOr(rule) })
    .regex(BYTES, rule)
    .transform((text) => Buffer.from(text, 'base64url'));
}

function payment(maxHoldTimeMs: number) {
  const expiryRule = `must be a whole number of ms from ${LEAST_EXPIRY_MS} to ${maxHoldTimeMs}`;
  const dataRule = `must be at most ${ILP_LIMIT.paymentData} bytes`;
  return z.strictObject({
    id: z.string(ID_RULE).refine(isTransferId, ID_RULE).optional(),
    condition: bytes(SIZE_RULE).refine(({ length }) => length === FULFILLMENT_SIZE, SIZE_RULE),
    data: bytes(BYTES_RULE)
      .refine(({ length }) => length <= ILP_LIMIT.paymentData, dataRule)
      .optional(),
    expiresInMs: z
      .int(expiryRule)
      .min(LEAST_EXPIRY_MS, expiryRule)
      .max(maxHoldTimeMs, expiryRule)
      .prefault(maxHoldTimeMs),
    memo: z.string('must be a text').nullable().prefault(null),
  });
}

export type PaymentReading =
  | { readonly payment: WrittenPayment }
  /** Every member that is wrong, by its name. */
  | { readonly problems: readonly OrderProblem[] };

/** Reads the form of an order; whether it can be obeyed is for others to say. */
export async function readWrittenPayment(
  written: Readonly<Record<string, unknown>>,
  {
    dataSource,
    maxHoldTimeMs,
  }: { readonly dataSource: DataSource; readonly maxHoldTimeMs: number },
): Promise<PaymentReading> {
  const { from, to, unit, sourceAmount, destinationAmount, maxSourceAmount, ...rest } = written;
  const amounts = { sourceAmount, destinationAmount, maxSourceAmount };
  const { units, problems } = await readAmounts({ from, to, unit, ...amounts }, dataSource);
  const wrong: OrderProblem[] = [...problems];
  const { maxSourceAmount: most, ...asked } = units;
  const price = readPriceQuestion({ from, to, ...asked, holdMs: 0 });
  const isUnread = problems.some(({ field }) => field !== 'maxSourceAmount');
  // Of an amount that could not be read, nobody need be told that it is missing.
  if ('problems' in price) {
    wrong.push(...price.problems.filter(({ field }) => field !== 'sourceAmount' || !isUnread));
  }
  const form = payment(maxHoldTimeMs).safeParse(rest);
  if (!form.success) wrong.push(...form.error.issues.flatMap(problemsOf));
  if (wrong.length > 0 || 'problems' in price || !form.success) return { problems: wrong };
  const { question } = price;
  const { id, condition, data = Buffer.alloc(0), expiresInMs, memo } = form.data;
  return {
    payment: {
      ...{ id, condition, data, expiresInMs, memo },
      from: question.from,
      to: question.to,
      sourceAmount: question.sourceAmount,
      destinationAmount: question.destinationAmount,
      maxSourceAmount: most === undefined ? undefined : BigInt(most),
    },
  };
}

/** What the order says of the payment, whatever its price. */
export function saidOf(payment: WrittenPayment): SaidOfPayment {
  const { condition, to: account, data, sourceAmount, destinationAmount } = payment;
  return {
    ...{ condition, account, data },
    amount: sourceAmount === undefined ? undefined : BigInt(sourceAmount),
    delivers: destinationAmount === undefined ? undefined : BigInt(destinationAmount),
  };
}

function problemsOf(issue: z.core.$ZodIssue): OrderProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, rule: 'is not known in this order' }));
  }
  const [member] = issue.path;
  if (member === undefined) return [{ field: 'body', rule: 'must be a JSON object' }];
  return [{ field: String(member), rule: issue.message }];
}
