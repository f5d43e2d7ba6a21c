import type { ValueTransformer } from 'typeorm';
import { InexactNumberError } from './event-store-errors';

/**
 * The number that an int8 column's text stands for (versions, positions: counts that stay small).
 * @throws InexactNumberError beyond 2^53 - 1, instead of rounding.
 */
export function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InexactNumberError(text);
  return value;
}

/**
 * For entity columns of type int8 or numeric(n,0) that hold money: bigint on our side, exact at any
 * size.
 */
export const bigintColumn: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
  from: (value: unknown) => (typeof value === 'string' ? BigInt(value) : value),
};

/**
 * For entity columns of type int8 that hold counts: number on our side, an error where it would be
 * inexact.
 */
export const countColumn: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (typeof value === 'string' ? safeInteger(value) : value),
};
