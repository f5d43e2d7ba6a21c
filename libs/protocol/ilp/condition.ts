import { hash } from 'node:crypto';

/** Bytes of a fulfillment, and of the condition it fulfills. */
export const FULFILLMENT_SIZE = 32;

/** The condition that a fulfillment fulfills: its SHA-256 (SPEC §5.7). */
export function conditionOf(fulfillment: Buffer): Buffer {
  return hash('sha256', fulfillment, 'buffer');
}
