import {
  type RatesOrderReply,
  type RatesReply,
  readRatesOrder,
  readRatesOrderReply,
  readRatesReply,
  type Subjects,
} from '#contracts';
import {
  BusClosedError,
  type ControlClient,
  DeadlineExceededError,
  NoResponderError,
  type Question,
  RemoteError,
} from '#messaging';
import { noAnswer, ratesRefused, ratesUnavailable, unreadableOrder } from './order-errors';
import type { Operator } from './token.guard';
import { readWrittenOrder } from './written-order';

/** How long an operator waits for a quoter. */
const ANSWER_WITHIN_MS = 5_000;

export type ObeyedRatesOrder = Extract<RatesOrderReply, { readonly outcome: 'done' | 'repeated' }>;

/** Puts questions and orders about exchange rates to a quoter, and says in HTTP what came of them. */
export class RatesDesk {
  constructor(
    private readonly control: Pick<ControlClient, 'ask'>,
    private readonly subjects: Pick<Subjects, 'ratesCurrent' | 'ratesSet'>,
    private readonly withinMs = ANSWER_WITHIN_MS,
  ) {}

  /** @throws HttpException as `order-errors` names them */
  current(): Promise<RatesReply> {
    return this.ask(this.subjects.ratesCurrent, {}, readRatesReply);
  }

  /**
   * Idempotent: given again, the same order is answered `repeated`.
   * @throws HttpException as `order-errors` names them
   */
  async set(body: unknown, operator: Operator): Promise<ObeyedRatesOrder> {
    const { by, terms } = readWrittenOrder(operator, body);
    const reading = readRatesOrder({ ...terms, by });
    if ('problems' in reading) throw unreadableOrder(reading.problems);
    const reply = await this.ask(this.subjects.ratesSet, reading.order, readRatesOrderReply);
    if (reply.outcome === 'refused') throw ratesRefused(reply.refusal);
    return reply;
  }

  private async ask<T>(subject: string, data: unknown, parse: Question<T>['parse']): Promise<T> {
    try {
      return await this.control.ask(subject, data, { deadlineMs: this.withinMs, parse });
    } catch (error) {
      if (error instanceof NoResponderError) throw ratesUnavailable('no quoter runs');
      if (error instanceof DeadlineExceededError) throw noAnswer(this.withinMs, 'a quoter');
      if (error instanceof BusClosedError) throw ratesUnavailable(error.message);
      if (!(error instanceof RemoteError)) throw error;
      if (error.code === 'internal') throw noAnswer(this.withinMs, 'a quoter');
      throw ratesUnavailable(error.reason);
    }
  }
}
