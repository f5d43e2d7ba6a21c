import { answerQuotePacket, type QuotePacketAnswer, type QuoteRules } from '#domain/routing';
import type { LiveRoutes } from '#routes';

export interface QuoteDeskSettings {
  readonly routes: Pick<LiveRoutes, 'tables'>;
  readonly rules: QuoteRules;
  readonly connectorAddress: string;
}

export interface QuoteDeskPorts {
  /** Resolves once the ledgers are known afresh. */
  readonly refreshLedgers: () => Promise<void>;
  readonly nowMs: () => number;
}

/** Shorter than a peer waits for its answer. */
const LEDGERS_WITHIN_MS = 2_000;

/** Answers from the routing tables as they are now; asks for the ledgers when it does not know one. */
export class QuoteDesk {
  constructor(
    private readonly settings: QuoteDeskSettings,
    private readonly ports: QuoteDeskPorts,
  ) {}

  /** The answer to an ILQP packet that came in on the ledger (SPEC §12.1). */
  async answer(ledgerId: string, packet: Buffer): Promise<QuotePacketAnswer> {
    const { rules, connectorAddress, routes } = this.settings;
    const { tables } = routes;
    if (tables.ledger(ledgerId) === undefined) await this.refresh();
    const nowMs = this.ports.nowMs();
    return answerQuotePacket(tables, { ledgerId, packet, nowMs, rules, connectorAddress });
  }

  private async refresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LEDGERS_WITHIN_MS);
    });
    await Promise.race([this.ports.refreshLedgers(), late]);
    clearTimeout(timer);
  }
}
