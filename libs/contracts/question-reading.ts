import type { z } from 'zod';
import type { OrderProblem } from './ledger-orders';

export type Reading<T> =
  | { readonly question: T }
  /** Every member that is wrong, by its name. */
  | { readonly problems: readonly OrderProblem[] };

/** What an operator's question was read to. */
export function reading<T>(parsed: z.ZodSafeParseResult<T>): Reading<T> {
  if (parsed.success) return { question: parsed.data };
  return { problems: parsed.error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): OrderProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, rule: 'is not known in this question' }));
  }
  const [member] = issue.path;
  if (member === undefined) return [{ field: 'question', rule: 'must be an object' }];
  return [{ field: String(member), rule: issue.message }];
}
