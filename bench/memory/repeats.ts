import { randomUUID } from 'node:crypto';
import type { PeerFulfilled, PeerRejected, PlannedPayment } from '#contracts';
import type { NumberedPayment, NumberedPayments } from '../log/numbered-payments';

export type RepeatKind =
  | 'prepare'
  | 'other prepare'
  | 'fulfill'
  | 'other fulfill'
  | 'reject'
  | 'fulfill of the payer'
  | 'unknown fulfill';

export interface Repeat {
  readonly kind: RepeatKind;
  readonly message: PlannedPayment | PeerFulfilled | PeerRejected;
  /** Name of the BTP error, or null for a Response. */
  readonly expected: string | null;
}

export const REPEAT_KINDS: readonly RepeatKind[] = [
  'prepare',
  'other prepare',
  'fulfill',
  'other fulfill',
  'reject',
  'fulfill of the payer',
  'unknown fulfill',
];

/** A peer says again what it said of a payment that ended long ago, with the answer of SPEC §5.7. */
export function repeatOf(payments: NumberedPayments, number: number, kind: RepeatKind): Repeat {
  const payment = payments.payment(number);
  const { planned, fulfilled, rejected } = messagesAbout(payments, number, payment);
  const wasFulfilled = payment.ending === 'fulfilled';
  const ended = wasFulfilled ? 'AlreadyFulfilledError' : 'AlreadyRolledBackError';
  switch (kind) {
    case 'prepare':
      return { kind, message: planned, expected: ended };
    case 'other prepare': {
      const message = { ...planned, amount: planned.amount + 1n };
      return { kind, message, expected: 'DuplicateIdError' };
    }
    case 'fulfill':
      return { kind, message: fulfilled, expected: wasFulfilled ? null : ended };
    case 'other fulfill': {
      const message = { ...fulfilled, fulfillment: Buffer.alloc(32, 1) };
      return { kind, message, expected: wasFulfilled ? 'InvalidFulfillmentError' : ended };
    }
    case 'reject':
      return { kind, message: rejected, expected: wasFulfilled ? ended : null };
    case 'fulfill of the payer': {
      const { from: ledgerId, incomingId: transferId } = payment;
      const message = { ...fulfilled, ledgerId, transferId };
      return { kind, message, expected: 'NotAcceptedError' };
    }
    case 'unknown fulfill': {
      const message = { ...fulfilled, transferId: randomUUID() };
      return { kind, message, expected: 'TransferNotFoundError' };
    }
  }
}

function messagesAbout(payments: NumberedPayments, number: number, payment: NumberedPayment) {
  return {
    planned: payments.planned(number, payment),
    fulfilled: payments.fulfilled(number, payment),
    rejected: payments.rejected(number, payment),
  };
}
