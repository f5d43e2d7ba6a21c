import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import {
  encodePaymentOrder,
  type PaymentOrderQuestion,
  type PaymentOrderReply,
  type PriceReply,
  readPaymentOrderReply,
  readPriceReply,
  type Subjects,
} from '#contracts';
import { isSameOrder } from '#domain/payment';
import { BusClosedError, type ControlClient, NoResponderError, RemoteError } from '#messaging';
import { encodeIlp } from '#protocol';
import { readLedger } from '#read-models';
import { isUnknown } from '../order-desk';
import {
  ledgerUnavailable,
  noAnswer,
  refusedOrder,
  unknownLedger,
  unreadableOrder,
} from '../order-errors';
import type { Operator } from '../token.guard';
import { readWrittenOrder } from '../written-order';
import { quoteFailure, tooExpensive, unknownPayment, usedId } from './payment-errors';
import type { PaymentLog } from './payment-log';
import { type PaymentView, sentOf } from './payment-view';
import { quotedHoldMs, readWrittenPayment, saidOf, type WrittenPayment } from './written-payment';

/** How long an operator waits for the owner of a ledger, hand-over to another one included. */
const ORDER_WITHIN_MS = 5_000;
/** Longer than a quoter waits for a peer. */
const PRICE_WITHIN_MS = 5_000;
/** Before an owner that was not there is asked for again. */
const ASK_AGAIN_MS = 100;

export interface PaymentsDeskParts {
  readonly control: Pick<ControlClient, 'ask'>;
  readonly subjects: Pick<Subjects, 'ledgerPay' | 'quoterPrice'>;
  readonly dataSource: DataSource;
  readonly log: PaymentLog;
  /** Longest time that our money may be on hold. */
  readonly maxHoldTimeMs: number;
  readonly withinMs?: number;
}

/** What came of an order to pay. The payment itself may not have ended. */
export interface OrderedAnswer {
  /** `repeated`: it was ordered before, and nothing more is paid. */
  readonly outcome: 'ordered' | 'repeated';
  readonly payment: PaymentView;
  /** Why the price is not a quote of the peer, where it should have been one. */
  readonly instead: string | null;
}

/**
 * Reads orders to pay, asks a quoter what they cost, puts them to the owner of the ledger, and says
 * in HTTP what came of them.
 */
export class PaymentsDesk {
  constructor(private readonly parts: PaymentsDeskParts) {}

  /**
   * Idempotent by the order's id: given again, it is answered with what became of it, at no price.
   * @throws HttpException as `payment-errors` and `order-errors` name them
   */
  async order(body: unknown, operator: Operator): Promise<OrderedAnswer> {
    const { by, terms } = readWrittenOrder(operator, body);
    const reading = await readWrittenPayment(terms, this.parts);
    if ('problems' in reading) throw unreadableOrder(reading.problems);
    const { payment } = reading;
    const id = payment.id ?? randomUUID();
    const known = payment.id === undefined ? undefined : await this.known(payment.id, payment);
    if (known !== undefined) return { outcome: 'repeated', payment: known, instead: null };
    if ((await readLedger(this.parts.dataSource, payment.from)) === undefined) {
      throw unknownLedger(payment.from);
    }
    const price = await this.price(payment);
    const order = orderOf(payment, price, { id, by });
    const reply = await this.put(order);
    if (reply.outcome === 'refused') throw refusedOrder(reply.refusal);
    if (reply.outcome === 'unavailable') throw ledgerUnavailable('it has no owner');
    const outcome = reply.outcome === 'done' ? 'ordered' : 'repeated';
    return { outcome, payment: await this.find(id), instead: price.instead };
  }

  /** Once it is final, or as it is when the time is over. @throws HttpException 404 */
  async find(id: string, withinMs = 0): Promise<PaymentView> {
    const view = await this.parts.log.wait(id, withinMs);
    if (view === undefined) throw unknownPayment(id);
    return view;
  }

  /** What was ordered under the id, if it was this. @throws HttpException 409 */
  private async known(id: string, payment: WrittenPayment): Promise<PaymentView | undefined> {
    const { log } = this.parts;
    const ledgers = await log.ledgersOf(id);
    const [other] = ledgers.filter((ledger) => ledger !== payment.from);
    if (other !== undefined) throw usedId(id, other);
    if (ledgers.length === 0) return undefined;
    const sent = sentOf(await log.eventsOf(payment.from, id));
    if (sent === undefined || !isSameOrder(sent, saidOf(payment))) throw usedId(id, payment.from);
    return this.find(id);
  }

  private async price(payment: WrittenPayment): Promise<PriceReply> {
    const { from, to, sourceAmount, destinationAmount, maxSourceAmount, expiresInMs } = payment;
    const holdMs = quotedHoldMs(expiresInMs);
    const question = { from, to, sourceAmount, destinationAmount, holdMs };
    const price = await this.askQuoter(question);
    if (maxSourceAmount !== undefined && BigInt(price.sourceAmount) > maxSourceAmount) {
      throw tooExpensive(maxSourceAmount, price.sourceAmount);
    }
    return price;
  }

  private async askQuoter(question: object): Promise<PriceReply> {
    const { control, subjects } = this.parts;
    try {
      const asked = { deadlineMs: PRICE_WITHIN_MS, parse: readPriceReply };
      return await control.ask(subjects.quoterPrice, question, asked);
    } catch (error) {
      throw quoteFailure(error);
    }
  }

  /** Asks again for as long as it is certain that nothing has happened. */
  private async put(order: PaymentOrderQuestion): Promise<PaymentOrderReply> {
    const deadline = performance.now() + (this.parts.withinMs ?? ORDER_WITHIN_MS);
    for (;;) {
      const left = Math.ceil(deadline - performance.now());
      const reply = await this.askOwner(order, Math.max(1, left));
      if (reply.outcome !== 'unavailable' || left <= ASK_AGAIN_MS) return reply;
      await sleep(ASK_AGAIN_MS);
    }
  }

  private async askOwner(
    order: PaymentOrderQuestion,
    deadlineMs: number,
  ): Promise<PaymentOrderReply> {
    const { control, subjects, withinMs = ORDER_WITHIN_MS } = this.parts;
    try {
      const asked = { deadlineMs, parse: readPaymentOrderReply };
      return await control.ask(subjects.ledgerPay, encodePaymentOrder(order), asked);
    } catch (error) {
      if (error instanceof NoResponderError) return { outcome: 'unavailable' };
      if (isUnknown(error)) throw noAnswer(withinMs, 'the ledger');
      if (error instanceof BusClosedError) throw ledgerUnavailable(error.message);
      if (error instanceof RemoteError) throw ledgerUnavailable(error.reason);
      throw error;
    }
  }
}

function orderOf(
  payment: WrittenPayment,
  price: PriceReply,
  { id, by }: { readonly id: string; readonly by: string },
): PaymentOrderQuestion {
  const { from, to, condition, data, expiresInMs, memo } = payment;
  const packet = encodeIlp({
    type: 'payment',
    amount: BigInt(price.destinationAmount),
    account: to,
    data,
  });
  return {
    ledgerId: from,
    transferId: id,
    amount: BigInt(price.sourceAmount),
    ...{ condition, expiresInMs, packet, by, memo },
    pricedBy: price.pricedBy,
  };
}
