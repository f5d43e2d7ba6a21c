import { NumberedPayments } from '../log/numbered-payments';

/** When the old payments began: long ago, so that all their times are over. */
const BEGAN_MS = Date.UTC(2024, 0, 1);
const PAYMENTS_PER_MS = 10;

export function ledgersOf(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `peer-${number}`);
}

export function oldPayments(ledgers: readonly string[]): NumberedPayments {
  return new NumberedPayments({ name: 'old', ledgers, atMs: timeOf });
}

function timeOf(number: number): number {
  return BEGAN_MS + Math.floor(number / PAYMENTS_PER_MS);
}

/** Payments of now; other ones in each run. */
export function newPayments(ledgers: readonly string[], name: string): NumberedPayments {
  return new NumberedPayments({ name, ledgers, atMs: Date.now });
}
