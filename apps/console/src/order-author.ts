import { unreadableOrder } from './order-errors';
import type { Operator } from './token.guard';

/** The members of an order as it came over HTTP. @throws HttpException 422 */
export function orderMembers(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw unreadableOrder([{ field: 'body', rule: 'must be a JSON object' }]);
}

/**
 * Who goes on record. Whoever has a token of his own is who he is; with the plain token, which many
 * may know, a name is a claim, and is written so that it cannot be taken for more.
 * @throws HttpException 422
 */
export function nameOf(operator: Operator, claim: unknown): string {
  if (claim === undefined || claim === operator.name) return operator.name;
  if (typeof claim !== 'string' || claim.trim() === '') {
    throw unreadableOrder([{ field: 'by', rule: 'must be a text that is not empty' }]);
  }
  if (!operator.isNamed) return `${operator.name} (${claim})`;
  const rule = `must be left out: this token is ${operator.name}'s`;
  throw unreadableOrder([{ field: 'by', rule }]);
}
