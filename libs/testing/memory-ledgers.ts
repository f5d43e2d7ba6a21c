import {
  evolve,
  type LedgerEvent,
  type LedgerId,
  type LedgerOpened,
  type LedgerState,
  openLedger,
} from '#domain/ledger';
import type { Ledgers } from '#domain/payment';

export interface LoggedEvent {
  readonly ledgerId: LedgerId;
  readonly event: LedgerEvent;
}

/** Ledgers of one owner and the log of what happened on them, in memory. */
export class MemoryLedgers implements Ledgers {
  readonly log: LoggedEvent[] = [];
  private readonly ledgers = new Map<LedgerId, LedgerState>();

  open(id: LedgerId, event: LedgerOpened): LedgerState {
    const ledger = openLedger(id, event);
    this.ledgers.set(id, ledger);
    this.log.push({ ledgerId: id, event });
    return ledger;
  }

  find(id: LedgerId): LedgerState | undefined {
    return this.ledgers.get(id);
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
    evolve(ledger, event);
    this.log.push({ ledgerId: ledger.id, event });
  }

  eventsOf(id: LedgerId): LedgerEvent[] {
    return this.log.filter((each) => each.ledgerId === id).map((each) => each.event);
  }

  /** What was recorded since `mark`, as `ledger: type`, in order. */
  storySince(mark: number): string[] {
    return this.log.slice(mark).map(({ ledgerId, event }) => `${ledgerId}: ${event.type}`);
  }
}
