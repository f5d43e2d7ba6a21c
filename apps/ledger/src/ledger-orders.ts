import {
  CONTROL,
  readLedgerOrder,
  readLedgerOrderReply,
  type LedgerOrder,
  type LedgerOrderReply,
} from '#contracts';
import { ControlRefusal } from '#messaging';
import type { LoopCommand } from './loop-command';
import { NotOwnerRefusal, type OwnerRelay } from './owner-relay';

/** Where the loop of a ledger's owner can be reached; see `PartitionHost.ask`. */
export interface OrderTaker {
  ask(
    ledgerId: string,
    command: (reply: (reply: LedgerOrderReply) => void) => LoopCommand,
  ): Promise<LedgerOrderReply | undefined>;
}

/**
 * Takes orders in every process and has each obeyed by the owner of its ledger.
 * @returns what gives an order; answered after the commit. Refuses as `OwnerRelay.register` says.
 */
export function takeOrders(
  relay: Pick<OwnerRelay, 'register'>,
  taker: OrderTaker,
): (order: LedgerOrder) => Promise<LedgerOrderReply> {
  const ask = relay.register({
    name: CONTROL.ledgerOrder,
    answer: (order: LedgerOrder) => obeyed(taker, order),
    readQuestion: writtenOrder,
    readAnswer: readLedgerOrderReply,
  });
  return (order) => ask(order.ledgerId, order);
}

/** @throws ControlRefusal naming each field and rule */
export function writtenOrder(question: unknown): LedgerOrder {
  const reading = readLedgerOrder(question);
  if ('order' in reading) return reading.order;
  const problems = reading.problems.map(({ field, rule }) => `${field}: ${rule}`);
  throw new ControlRefusal('invalid', problems.join('; '));
}

async function obeyed(taker: OrderTaker, order: LedgerOrder): Promise<LedgerOrderReply> {
  const reply = await taker.ask(order.ledgerId, (answer) => ({
    kind: 'order',
    order,
    reply: answer,
  }));
  if (reply === undefined) {
    throw new ControlRefusal(
      'no-answer',
      'the owner of the ledger was lost, or has too much to do',
    );
  }
  // The ledger went to another owner while the order waited: that one has to be asked.
  if (reply.outcome === 'unavailable') throw new NotOwnerRefusal(order.ledgerId);
  return reply;
}
