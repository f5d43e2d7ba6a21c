import type { OrderProblem } from '#contracts';
import { unreadableOrder } from './order-errors';
import type { Operator } from './token.guard';

/** The body of an order, with who gives it apart from the rest. */
export interface WrittenOrder {
  /** Who goes on record. */
  readonly by: string;
  readonly terms: Readonly<Record<string, unknown>>;
}

/** @throws HttpException 422 naming `body` or `by` */
export function readWrittenOrder(operator: Operator, body: unknown): WrittenOrder {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw unreadableOrder([{ field: 'body', rule: 'must be a JSON object' }]);
  }
  const { by, ...terms }: Record<string, unknown> = { ...body };
  return { by: nameOf(operator, by), terms };
}

/**
 * Whoever has a token of his own is who he is; with the plain token, which many may know, a name is a
 * claim, and is written so that it cannot be taken for more.
 */
function nameOf(operator: Operator, claim: unknown): string {
  if (claim === undefined || claim === operator.name) return operator.name;
  if (typeof claim !== 'string' || claim.trim() === '') throw unreadableOrder([EMPTY_CLAIM]);
  if (!operator.isNamed) return `${operator.name} (${claim})`;
  const rule = `must be left out: this token is ${operator.name}'s`;
  throw unreadableOrder([{ field: 'by', rule }]);
}

const EMPTY_CLAIM: OrderProblem = { field: 'by', rule: 'must be a text that is not empty' };
