import { z } from 'zod';
import { ProposalError } from '#domain/peering';
import { unreadableOrder } from '../order-errors';
import type { Operator } from '../token.guard';
import { readWrittenOrder } from '../written-order';
import { unusableProposal } from './peer-errors';

/** What came over HTTP. */
export interface Written {
  readonly operator: Operator;
  readonly body: unknown;
}

/** Longest time that an operator may have the console wait for a session, ms. */
const LONGEST_WAIT_MS = 60_000;
const WAIT_MS = 10_000;

const ruleOr = (rule: string) => (issue: { readonly input: unknown }) =>
  issue.input === undefined ? 'is required' : rule;

const text = () =>
  z.string({ error: ruleOr('must be a text') }).min(1, 'must be a text that is not empty');

/** Half of a surrogate pair has no bytes that could be presented. */
const token = () =>
  text().refine((value) => !/\p{Surrogate}/u.test(value), 'must be a text of whole characters');

/** Held to its rule by whoever reads peers. */
const given = () => z.unknown().refine((value) => value !== undefined, 'is required');

/** Base units as text; null = no limit, as in orders to ledgers. */
const limit = () =>
  z
    .string({
      error: ruleOr('must be a whole number of base units as text, like "1500", or unlimited'),
    })
    .nullable()
    .transform((value) => value ?? 'unlimited');

const waitMs = z
  .int({ error: `must be a whole number of milliseconds, ${LONGEST_WAIT_MS} at most` })
  .min(0, 'must not be negative')
  .max(LONGEST_WAIT_MS, `must be ${LONGEST_WAIT_MS} at most`)
  .default(WAIT_MS);

const document = z.record(z.string(), z.unknown(), { error: ruleOr('must be a JSON object') });

/** The bodies of the orders about peers; each has nothing but known members. */
export const TERMS = {
  add: z.strictObject({ peer: document }),
  invite: z.strictObject({
    id: text(),
    currencyCode: given(),
    currencyScale: given(),
    prefix: given(),
    maxBalance: limit(),
    minBalance: limit().optional(),
    mode: z
      .enum(['asymmetric', 'symmetric'], { error: 'must be asymmetric or symmetric' })
      .default('asymmetric'),
    btpVersion: z
      .enum(['BTP/1.0', 'BTP/alpha'], { error: 'must be BTP/1.0 or BTP/alpha' })
      .default('BTP/1.0'),
    username: text().optional(),
  }),
  accept: z.strictObject({
    invitation: text(),
    id: text().optional(),
    maxBalance: limit().optional(),
    minBalance: limit().optional(),
    currencyCode: text().optional(),
    currencyScale: z.number({ error: 'must be a number' }).optional(),
    prefix: text().optional(),
    waitMs,
  }),
  propose: z.strictObject({ hostname: given(), currencyCode: given(), currencyScale: given() }),
  agree: z.strictObject({
    proposal: text(),
    id: text().optional(),
    maxBalance: limit(),
    minBalance: limit().optional(),
  }),
  confirm: z.strictObject({
    answer: text(),
    id: text().optional(),
    maxBalance: limit(),
    minBalance: limit().optional(),
    waitMs,
  }),
  rotate: z
    .strictObject({ token: token().optional(), uri: text().optional() })
    .refine(({ token, uri }) => token === undefined || uri === undefined, {
      path: ['uri'],
      error: 'must not stand beside token',
    }),
  remove: z.strictObject({
    reason: text(),
    balance: z.string({ error: 'must be a text' }).optional(),
    keepLedger: z.boolean({ error: 'must be true or false' }).default(false),
  }),
} as const;

/**
 * Who orders, and what.
 * @throws HttpException 422 with every member that is wrong
 */
export function readTerms<S extends z.ZodType>(
  schema: S,
  { operator, body }: Written,
): { readonly by: string; readonly terms: z.output<S> } {
  const { by, terms } = readWrittenOrder(operator, body);
  const read = schema.safeParse(terms);
  if (read.success) return { by, terms: read.data };
  throw unreadableOrder(read.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue) {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, rule: 'is not known in this order' }));
  }
  return [{ field: issue.path.map(String).join('.'), rule: issue.message }];
}

/**
 * What a text of the other operator says.
 * @throws HttpException 422 naming member and rule
 */
export function readingProposal<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ProposalError ? unusableProposal(error) : error;
  }
}
