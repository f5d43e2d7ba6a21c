import {
  evolve,
  type LedgerEvent,
  type LedgerId,
  type LedgerOpened,
  type LedgerState,
  openLedger,
  type TransferId,
  watchThresholds,
} from '#domain/ledger';
import type { Ledgers } from '#domain/payment';

export interface LoggedEvent {
  readonly ledgerId: LedgerId;
  readonly event: LedgerEvent;
}

/** Ledgers of one owner and the log of what happened on them, in memory. */
export class MemoryLedgers implements Ledgers {
  readonly log: LoggedEvent[] = [];
  /** Ledgers that are another owner's, if there are such. */
  readonly elsewhere = new Set<LedgerId>();
  /** Transfers that the log knows and memory does not. */
  readonly forgotten = new Set<TransferId>();
  /** Ledgers whose peers may have said something that is still on its way. */
  readonly missed = new Set<LedgerId>();
  private readonly ledgers = new Map<LedgerId, LedgerState>();

  open(id: LedgerId, event: LedgerOpened): LedgerState {
    const ledger = openLedger(id, event);
    this.ledgers.set(id, ledger);
    this.log.push({ ledgerId: id, event });
    return ledger;
  }

  /** Takes over a ledger with what happened on it. */
  adopt(ledger: LedgerState): void {
    this.ledgers.set(ledger.id, ledger);
  }

  find(id: LedgerId): LedgerState | undefined {
    return this.ledgers.get(id);
  }

  owns(id: LedgerId): boolean {
    return !this.elsewhere.has(id);
  }

  mayHaveForgotten(_ledger: LedgerState, id: TransferId): boolean {
    return this.forgotten.has(id);
  }

  mayHaveMissed({ id }: LedgerState): boolean {
    return this.missed.has(id);
  }

  /** @throws Error if there is none */
  ledger(id: LedgerId): LedgerState {
    const ledger = this.ledgers.get(id);
    if (ledger === undefined) throw new Error(`no ledger ${id}`);
    return ledger;
  }

  all(): LedgerState[] {
    return [...this.ledgers.values()];
  }

  record(ledger: LedgerState, event: LedgerEvent): void {
    this.happen(ledger, event);
    for (const crossing of watchThresholds(ledger)) this.happen(ledger, crossing);
  }

  eventsOf(id: LedgerId): LedgerEvent[] {
    return this.log.filter((each) => each.ledgerId === id).map((each) => each.event);
  }

  /** What was recorded since `mark`, as `ledger: type`, in order. */
  storySince(mark: number): string[] {
    return this.log.slice(mark).map(({ ledgerId, event }) => `${ledgerId}: ${event.type}`);
  }

  private happen(ledger: LedgerState, event: LedgerEvent): void {
    evolve(ledger, event);
    this.log.push({ ledgerId: ledger.id, event });
  }
}
