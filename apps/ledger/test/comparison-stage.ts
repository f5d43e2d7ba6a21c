import { decodeHot, subjectsOf, type HotMessage } from '#contracts';
import {
  evolve,
  openLedger,
  type Authority,
  type LedgerEvent,
  type LedgerState,
} from '#domain/ledger';
import { aLedgerId, ledgerOpened, NOON_MS } from '#testing';
import { BalanceComparison, type BalanceComparisonParts } from '../src/balance-comparison';
import type { ComparisonNews } from '../src/comparison-news';
import { DeliveryBoard } from '../src/delivery-board';
import { Effects } from '../src/effects';

export const EVERY_MS = 60_000;

/** A comparison over ledgers without a log, under a clock that moves only when told to. */
export class ComparisonStage {
  nowMs = NOON_MS;
  readonly ledger: LedgerState;
  readonly board = new DeliveryBoard();
  readonly events: LedgerEvent[] = [];
  readonly news: ComparisonNews[] = [];
  readonly losses: bigint[] = [];
  readonly asked: { readonly reference: number; readonly subject: string }[] = [];
  readonly comparison: BalanceComparison;

  constructor(
    authority: Authority,
    shadowAdoption: BalanceComparisonParts['shadowAdoption'] = 'automatic',
  ) {
    this.ledger = openLedger(aLedgerId(), ledgerOpened({ authority }));
    const ledgers = new Map([[this.ledger.id, this.ledger]]);
    this.comparison = new BalanceComparison({
      book: {
        all: () => ledgers.values(),
        find: (id) => ledgers.get(id),
        owns: (id) => ledgers.has(id),
        mayHaveForgotten: () => false,
        mayHaveMissed: () => false,
        record: (ledger, event) => {
          evolve(ledger, event);
          return this.events.push(event);
        },
      },
      board: this.board,
      subjects: subjectsOf('test'),
      observer: {
        balancesCompared: (news) => this.news.push(news),
        loss: (_ledger, _transfer, amount) => this.losses.push(amount),
      },
      everyMs: EVERY_MS,
      shadowAdoption,
    });
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** Lets events happen that have nothing to do with comparing. */
  happen(...events: readonly LedgerEvent[]): void {
    for (const event of events) evolve(this.ledger, event);
  }

  tick(afterMs = 0): void {
    this.nowMs += afterMs;
    if (!this.comparison.isDue(this.nowMs)) return;
    this.run((effects) => {
      this.comparison.tick(this.nowMs, effects);
    });
  }

  openSession(): void {
    this.run((effects) => {
      this.comparison.sessionOpened(this.ledger, this.nowMs, effects);
    });
  }

  /** The peer answers a question, by default the latest one. */
  answer(balance: bigint, reference = this.asked.at(-1)?.reference ?? 0): void {
    const message = { kind: 'peer-balance', ledgerId: this.ledger.id, reference, balance } as const;
    this.run((effects) => {
      this.comparison.peerBalance(message, this.nowMs, effects);
    });
  }

  private run(decide: (effects: Effects) => void): void {
    const effects = new Effects();
    decide(effects);
    effects.release((subject, entry) => {
      this.hear(subject, decodeHot(Buffer.from(entry)));
    });
  }

  private hear(subject: string, message: HotMessage): void {
    if (message.kind !== 'ask-peer-balance') throw new Error(`unexpected: ${message.kind}`);
    this.asked.push({ reference: message.reference, subject });
  }
}
