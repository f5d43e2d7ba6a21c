import { partitionOf } from '#contracts';
import { ledgerId, transferId } from '#domain/ledger';
import { acceptPayment, settleFulfilled, settleRejected } from '#domain/payment';
import { ledgerOpened } from '#testing';
import { LedgerBook } from '../../apps/ledger/src/ledger-book';
import type { NumberedPayments } from './numbered-payments';
import type { EventSink } from './payment-loop';

/** With four events each, as many as go into one append. */
const PAYMENTS_PER_COMMIT = 1_024;
const FINAL_TRANSFERS_CACHED = 20_000;

export interface FillOrder {
  readonly ledgers: readonly string[];
  readonly payments: NumberedPayments;
  readonly count: number;
  /** Hears now and then how many are in the log. */
  readonly onProgress: (payments: number) => void;
}

/**
 * Fills a log with finished payments by the ledger's own rules and memory, without the messages that
 * it would exchange with peers.
 */
export async function fillLog(sink: EventSink, order: FillOrder): Promise<void> {
  const filling = new Filling(sink, order);
  filling.openLedgers();
  let previous: Promise<unknown> = sink.commit();
  for (let from = 0; from < order.count; from += PAYMENTS_PER_COMMIT) {
    const to = Math.min(order.count, from + PAYMENTS_PER_COMMIT);
    for (let number = from; number < to; number += 1) filling.pay(number);
    filling.forgetOld();
    await previous;
    previous = sink.commit();
    if (from % (100 * PAYMENTS_PER_COMMIT) === 0) order.onProgress(from);
  }
  await previous;
}

class Filling {
  private readonly book: LedgerBook;
  private nowMs: number;

  constructor(
    sink: EventSink,
    private readonly order: FillOrder,
  ) {
    this.nowMs = order.payments.payment(0).atMs;
    this.book = new LedgerBook({
      stage: (event) => {
        const partition = partitionOf(event.ledgerId);
        return sink.stage({ ...event, partition }).version;
      },
      finalTransfersCached: FINAL_TRANSFERS_CACHED,
      shadowExpiryGraceMs: 0,
    });
  }

  openLedgers(): void {
    this.book.stamp(this.nowMs);
    for (const id of this.order.ledgers) {
      this.book.open(ledgerId(id), ledgerOpened({ prefix: `test.${id}.` }));
    }
  }

  /** @throws Error if it is refused */
  pay(number: number): void {
    const { payments } = this.order;
    const payment = payments.payment(number);
    const { from, to, fulfillment, ending, atMs } = payment;
    const message = payments.planned(number, payment);
    const outgoing = { ledgerId: ledgerId(to), transferId: transferId(payment.outgoingId) };
    this.nowMs = atMs;
    this.book.stamp(atMs);
    const prepare = {
      ...message,
      transferId: transferId(message.transferId),
      direction: 'incoming' as const,
      plan: { ...message.plan, ...outgoing },
    };
    const accepted = acceptPayment(this.book, { ledgerId: ledgerId(from), prepare, nowMs: atMs });
    const ended =
      ending === 'fulfilled'
        ? settleFulfilled(this.book, { ...outgoing, fulfillment, data: null, receivedAtMs: atMs })
        : settleRejected(this.book, {
            ...outgoing,
            reason: payments.rejected(number, payment).reason,
            receivedAtMs: atMs,
            nowMs: atMs,
          });
    if (accepted.refusal !== undefined || ended.refusal !== undefined) {
      throw new Error(`payment ${number} was refused`);
    }
  }

  forgetOld(): void {
    this.book.forgetOld();
    while (this.book.takeExpiryDue(this.nowMs) !== undefined);
  }
}
