import {
  CONTROL,
  encodePaymentOrder,
  type OrderRefused,
  type PaymentOrderQuestion,
  type PaymentOrderReply,
  readPaymentOrder,
  readPaymentOrderReply,
} from '#contracts';
import { ledgerId, transferId } from '#domain/ledger';
import { type News, orderPayment, type PaymentOrderRefusal } from '#domain/payment';
import { ControlRefusal } from '#messaging';
import { ZodError } from 'zod';
import type { DeskObserver } from './desk-observer';
import type { Effects } from './effects';
import type { LedgerBook } from './ledger-book';
import { orderRefused } from './ledger-orders-refusal';
import type { LoopCommand, OrderedPaymentCommand } from './loop-command';
import { NotOwnerRefusal, type OwnerRelay } from './owner-relay';

/** Where the loop of a ledger's owner can be reached; see `PartitionHost.ask`. */
interface PaymentTaker {
  ask(
    ledgerId: string,
    command: (reply: (reply: PaymentOrderReply) => void) => LoopCommand,
  ): Promise<PaymentOrderReply | undefined>;
}

/**
 * Takes orders to pay in every process and has each obeyed by the owner of its ledger.
 * @returns what gives an order; answered after the commit. Refuses as `OwnerRelay.register` says.
 */
export function takePayments(
  relay: Pick<OwnerRelay, 'register'>,
  taker: PaymentTaker,
): (order: PaymentOrderQuestion) => Promise<PaymentOrderReply> {
  const ask = relay.register({
    name: CONTROL.ledgerPay,
    answer: (written: object) => obeyed(taker, writtenPayment(written)),
    readQuestion: (data) => encodePaymentOrder(writtenPayment(data)),
    readAnswer: readPaymentOrderReply,
  });
  return (order) => ask(order.ledgerId, encodePaymentOrder(order));
}

/** @throws ControlRefusal */
export function writtenPayment(question: unknown): PaymentOrderQuestion {
  try {
    return readPaymentOrder(question);
  } catch (error) {
    if (error instanceof ZodError) throw new ControlRefusal('invalid', error.message);
    throw error;
  }
}

async function obeyed(
  taker: PaymentTaker,
  order: PaymentOrderQuestion,
): Promise<PaymentOrderReply> {
  const { ledgerId, transferId: id } = order;
  const reply = await taker.ask(ledgerId, (answer) => ({
    kind: 'pay',
    ledgerId,
    transferId: id,
    order,
    reply: answer,
  }));
  if (reply === undefined) {
    const message = 'the owner of the ledger was lost, or has too much to do';
    throw new ControlRefusal('no-answer', message);
  }
  if (reply.outcome === 'unavailable') throw new NotOwnerRefusal(ledgerId);
  return reply;
}

/** Obeys an order to pay, or says why not; whoever gave it hears of it after the commit. */
export function payAsOrdered(
  {
    book,
    observer,
  }: { readonly book: LedgerBook; readonly observer: Pick<DeskObserver, 'decided'> },
  command: OrderedPaymentCommand,
  { nowMs, effects }: { readonly nowMs: number; readonly effects: Effects },
): News | undefined {
  const { order } = command;
  const { amount, condition, expiresInMs, packet, by, memo, pricedBy } = order;
  const ordered = orderPayment(book, {
    ledgerId: ledgerId(order.ledgerId),
    transferId: transferId(order.transferId),
    ...{ amount, condition, expiresInMs, packet, nowMs },
    order: { by, memo, pricedBy },
  });
  observer.decided('pay', ordered.kind === 'refused');
  effects.afterwards(() => {
    if (ordered.kind !== 'refused') {
      command.reply({ outcome: ordered.kind === 'ordered' ? 'done' : 'repeated' });
      return;
    }
    command.reply({ outcome: 'refused', refusal: whyNot(ordered.refusal) });
  });
  return ordered.kind === 'ordered' ? ordered.news : undefined;
}

/** For the operator who gave the order: field, rule, and both figures. */
function whyNot(refusal: PaymentOrderRefusal): OrderRefused {
  const { kind } = refusal;
  switch (kind) {
    case 'InvalidText':
    case 'LedgerNotFound':
    case 'AmountOutOfRange':
      return orderRefused(refusal);
    case 'SumOutOfRange': {
      const { sum, maximum } = refusal;
      const message = `amount: the sum of what was paid would be ${sum}, at most ${maximum} can be`;
      return ofField(kind, ['sourceAmount', 'sum-out-of-range'], {
        message,
        figures: { sum, maximum },
      });
    }
    case 'InsufficientBalance': {
      const { required, available } = refusal;
      const message = `sourceAmount: ${required} is more than the limit of the ledger leaves, ${available}`;
      const figures = { required, available };
      return ofField(kind, ['sourceAmount', 'insufficient-balance'], { message, figures });
    }
    case 'LedgerNotOpen': {
      const message = `from: ledger ${refusal.ledgerId} is ${refusal.standing} and takes no payments`;
      return ofField(kind, ['from', 'must-be-open'], { message });
    }
    case 'DuplicateId':
    case 'AlreadyFulfilled':
    case 'AlreadyRolledBack': {
      const message = `id: ${refusal.transferId} was used for something else on this ledger`;
      return ofField('DuplicateId', ['id', 'already-used'], { message });
    }
  }
}

function ofField(
  kind: string,
  [field, rule]: readonly [string, string],
  { message, figures = {} }: { message: string; figures?: Readonly<Record<string, bigint>> },
): OrderRefused {
  const texts = Object.entries(figures).map(([name, value]) => [name, value.toString()] as const);
  return { kind, message, field, rule, figures: Object.fromEntries(texts) };
}
