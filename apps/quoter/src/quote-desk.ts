import {
  answerQuotePacket,
  type QuotedAmount,
  type QuotePacketAnswer,
  type QuoteRules,
  refuseQuotePacket,
  type RemoteFailure,
} from '#domain/routing';
import {
  type LiveRoutes,
  QUOTE_ROUNDS,
  type RemoteQuotes,
  TOO_MANY_ROUNDS,
  withinPatience,
} from '#routes';

export interface QuoteDeskSettings {
  readonly routes: Pick<LiveRoutes, 'tables' | 'askForLedger'>;
  /** Where only the next hop can tell. */
  readonly remote: Pick<RemoteQuotes, 'ask'>;
  readonly rules: QuoteRules;
  readonly connectorAddress: string;
  /** Shorter than the peer that asks waits for its answer. */
  readonly patienceMs: number;
}

export interface QuoteDeskPorts {
  readonly nowMs: () => number;
}

/** Shorter than a peer waits for its answer. */
const LEDGERS_WITHIN_MS = 2_000;

/**
 * Answers from the routing tables as they are now; asks for the ledgers when it does not know one,
 * and next hops for what nobody else can tell.
 */
export class QuoteDesk {
  constructor(
    private readonly settings: QuoteDeskSettings,
    private readonly ports: QuoteDeskPorts,
  ) {}

  /** The answer to an ILQP packet that came in on the ledger (SPEC §12.1, §12.3). */
  async answer(ledgerId: string, packet: Buffer): Promise<QuotePacketAnswer> {
    const untilMs = this.ports.nowMs() + this.settings.patienceMs;
    await this.settings.routes.askForLedger(ledgerId, LEDGERS_WITHIN_MS);
    let quotedAmount: QuotedAmount | undefined;
    for (let round = 0; round < QUOTE_ROUNDS; round += 1) {
      const question = this.question(ledgerId, packet, quotedAmount);
      const answer = answerQuotePacket(this.settings.routes.tables, question);
      if (!('type' in answer)) return answer;
      const leftMs = Math.max(0, untilMs - this.ports.nowMs());
      const outcome = await withinPatience(this.settings.remote.ask(answer), leftMs);
      if (outcome.kind === 'failed') return this.refuse(ledgerId, packet, outcome.failure);
      quotedAmount = outcome.kind === 'amount' ? outcome.amount : undefined;
    }
    return this.refuse(ledgerId, packet, TOO_MANY_ROUNDS);
  }

  private question(ledgerId: string, packet: Buffer, quotedAmount?: QuotedAmount) {
    const { rules, connectorAddress } = this.settings;
    const nowMs = this.ports.nowMs();
    return { ledgerId, packet, nowMs, rules, connectorAddress, quotedAmount };
  }

  private refuse(ledgerId: string, packet: Buffer, failure: RemoteFailure): QuotePacketAnswer {
    const { tables } = this.settings.routes;
    return refuseQuotePacket(tables, this.question(ledgerId, packet), failure);
  }
}
