import { RateError, readCurrencyCode, readRate } from '#domain/rates';
import { z } from 'zod';
import type { OrderProblem } from './ledger-orders';
import { readRatesReply } from './rates';

/** What an operator orders of the table of exchange rates at run time. */
export interface RatesOrder {
  /** By currency, units for one of the base as decimal text; null = no longer known. */
  readonly rates: Readonly<Record<string, string | null>>;
  readonly by: string;
}

const order = z.strictObject({
  rates: z.record(z.string(), z.unknown(), { error: 'must be an object of currency and value' }),
  by: z.string({ error: 'must be a text' }).min(1, 'must not be empty'),
});

/** Reads the form of an order and names every member that is wrong. */
export function readRatesOrder(
  written: unknown,
): { readonly order: RatesOrder } | { readonly problems: readonly OrderProblem[] } {
  const { data, error } = order.safeParse(written);
  if (data === undefined) return { problems: error.issues.flatMap(problemsOf) };
  const entries = Object.entries(data.rates);
  const problems = entries.flatMap(([code, value]) => valueProblems(code, value));
  if (entries.length === 0) problems.push({ field: 'rates', rule: 'must name a currency' });
  if (problems.length > 0) return { problems };
  const rates = entries.map(([code, value]): [string, string | null] => [
    code,
    typeof value === 'string' ? value : null,
  ]);
  return { order: { by: data.by, rates: Object.fromEntries(rates) } };
}

function valueProblems(code: string, value: unknown): OrderProblem[] {
  const field = `rates.${code}`;
  try {
    readCurrencyCode(code, code);
    if (value === null) return [];
    if (typeof value !== 'string') {
      return [{ field, rule: 'must be a decimal number as text, like "1.0592", or null' }];
    }
    readRate(value, code);
    return [];
  } catch (error) {
    if (error instanceof RateError) return [{ field, rule: error.reason }];
    throw error;
  }
}

function problemsOf(issue: z.core.$ZodIssue): OrderProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, rule: 'is not known in this order' }));
  }
  const [member] = issue.path;
  if (member === undefined) return [{ field: 'order', rule: 'must be a JSON object' }];
  return [{ field: String(member), rule: issue.message }];
}

const rates = z.unknown().transform(readRatesReply);

const reply = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('done'),
    /** Type of the event that the order is on record as. */
    event: z.string(),
    /** The rates as they are now. */
    rates,
  }),
  /** Everything is so already: nothing was put on record. */
  z.object({ outcome: z.literal('repeated'), rates }),
  z.object({
    outcome: z.literal('refused'),
    refusal: z.object({
      /** `NoRateTable`: the rates do not come from a table. `InvalidRate`: `field` breaks `rule`. */
      kind: z.enum(['NoRateTable', 'InvalidRate']),
      message: z.string(),
      field: z.string().nullable(),
      rule: z.string().nullable(),
    }),
  }),
]);

export type RatesOrderReply = Readonly<z.output<typeof reply>>;

/** @throws ZodError for what is no reply to an order */
export function readRatesOrderReply(answer: unknown): RatesOrderReply {
  return reply.parse(answer);
}
