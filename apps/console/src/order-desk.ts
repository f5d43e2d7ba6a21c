import { setTimeout as sleep } from 'node:timers/promises';
import {
  readLedgerOrder,
  readLedgerOrderReply,
  type LedgerOrder,
  type LedgerOrderReply,
} from '#contracts';
import {
  BusClosedError,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  type ControlClient,
} from '#messaging';
import {
  ledgerUnavailable,
  noAnswer,
  refusedOrder,
  unknownLedger,
  unreadableOrder,
} from './order-errors';
import type { Operator } from './token.guard';
import { readWrittenOrder } from './written-order';

/** How long an operator waits for the owner of a ledger, hand-over to another one included. */
const ORDER_WITHIN_MS = 5_000;
/** Before an owner that was not there is asked for again. */
const ASK_AGAIN_MS = 100;

/** What came over HTTP. */
export interface OrderToLedger {
  readonly operator: Operator;
  /** From the path. */
  readonly ledger: string;
  readonly body: unknown;
  /** Further members of the order that the path names. */
  readonly named?: Readonly<Record<string, string>>;
}

export type ObeyedOrder = Extract<LedgerOrderReply, { readonly outcome: 'done' | 'repeated' }>;

/** Reads orders, puts them to the owner of the ledger, and says in HTTP what came of them. */
export class OrderDesk {
  constructor(
    private readonly control: Pick<ControlClient, 'ask'>,
    private readonly subject: string,
    private readonly withinMs = ORDER_WITHIN_MS,
  ) {}

  /**
   * Orders are idempotent: given again, the same one is answered `repeated`.
   * @throws HttpException as `order-errors` names them
   */
  async give(kind: LedgerOrder['kind'], written: OrderToLedger): Promise<ObeyedOrder> {
    const reply = await this.put(readOrder(kind, written));
    switch (reply.outcome) {
      case 'done':
      case 'repeated':
        return reply;
      case 'refused':
        throw refusedOrder(reply.refusal);
      case 'unavailable':
        throw ledgerUnavailable('it has no owner');
    }
  }

  /** Asks again for as long as it is certain that nothing has happened. */
  private async put(order: LedgerOrder): Promise<LedgerOrderReply> {
    const deadline = performance.now() + this.withinMs;
    for (;;) {
      const left = Math.ceil(deadline - performance.now());
      const reply = await this.ask(order, Math.max(1, left));
      if (reply.outcome !== 'unavailable' || left <= ASK_AGAIN_MS) return reply;
      await sleep(ASK_AGAIN_MS);
    }
  }

  private async ask(order: LedgerOrder, deadlineMs: number): Promise<LedgerOrderReply> {
    try {
      const question = { deadlineMs, parse: readLedgerOrderReply };
      return await this.control.ask(this.subject, order, question);
    } catch (error) {
      if (error instanceof NoResponderError) return { outcome: 'unavailable' };
      if (isUnknown(error)) throw noAnswer(this.withinMs, 'the ledger');
      if (error instanceof BusClosedError) throw ledgerUnavailable(error.message);
      if (error instanceof RemoteError) throw ledgerUnavailable(error.reason);
      throw error;
    }
  }
}

/** Does nobody know what became of the order? */
export function isUnknown(error: unknown): boolean {
  if (error instanceof RemoteError) return error.code === 'no-answer' || error.code === 'internal';
  return error instanceof DeadlineExceededError;
}

function readOrder(kind: LedgerOrder['kind'], written: OrderToLedger): LedgerOrder {
  const { operator, ledger, body, named = {} } = written;
  const { by, terms } = readWrittenOrder(operator, body);
  const fixed = { ...named, kind, ledgerId: ledger };
  const known = Object.keys(fixed).filter((field) => Object.hasOwn(terms, field));
  if (known.length > 0) {
    throw unreadableOrder(known.map((field) => ({ field, rule: 'is not known in this order' })));
  }
  const reading = readLedgerOrder({ ...terms, ...fixed, by });
  if ('order' in reading) return reading.order;
  if (reading.problems.some(({ field }) => field === 'ledgerId')) throw unknownLedger(ledger);
  throw unreadableOrder(reading.problems);
}
