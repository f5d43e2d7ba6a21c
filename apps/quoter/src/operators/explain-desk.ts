import {
  QUOTE_REFUSAL,
  type QuoteExplained,
  type QuoteQuestion,
  type RatesReply,
} from '#contracts';
import type { PairPolicy } from '#domain/liquidity';
import { type RatesInForce, ratesInForce } from '#domain/rates';
import type { RoutingTables } from '#domain/routing';
import { ControlRefusal } from '#messaging';
import { encodeIlp } from '#protocol';
import type { QuoteDesk } from '../quote-desk';
import { explainQuote, liquidityRequestOf, requestOf } from './explain-quote';

export interface ExplainDeskPorts {
  /** Whom peers ask. */
  readonly quotes: Pick<QuoteDesk, 'answer'>;
  readonly tables: RoutingTables;
  readonly rates: () => RatesReply | undefined;
  readonly policy: PairPolicy;
  readonly nowMs: () => number;
}

/** Asks what a peer would ask, of whom the peer would ask it, and tells what the answer rests on. */
export class ExplainDesk {
  constructor(private readonly ports: ExplainDeskPorts) {}

  /** @throws ControlRefusal `unknown-ledger` */
  async explain(question: QuoteQuestion): Promise<QuoteExplained> {
    const { quotes, tables, policy, nowMs } = this.ports;
    const { from } = question;
    const answer = await quotes.answer(from, encodeIlp(requestOf(question)));
    const { packet: liquidity } = await quotes.answer(from, liquidityRequestOf(question));
    const source = tables.ledger(from);
    if (source === undefined) {
      throw new ControlRefusal(QUOTE_REFUSAL.unknownLedger, `there is no ledger ${from}`);
    }
    const rates = this.ports.rates();
    return explainQuote(
      question,
      { packet: answer.packet, liquidity },
      {
        ...{ tables, source, policy, nowMs: nowMs() },
        rates: inForce(rates, nowMs()),
        ratesVersion: answer.ratesVersion ?? null,
      },
    );
  }
}

function inForce(said: RatesReply | undefined, nowMs: number): RatesInForce {
  return said === undefined ? { state: 'unknown' } : ratesInForce(said, nowMs);
}
