import { forgetTransfer, type LedgerId, type LedgerState, type TransferId } from '#domain/ledger';

/** How many times its capacity the list may reach before it is cut back. */
export const SLACK = 1.25;

interface Final {
  readonly ledger: LedgerState;
  readonly id: TransferId;
}

/**
 * Which finished transfers are kept in memory: the latest `capacity`, over all ledgers of an owner.
 * A ledger that lost one is forgetful: for an id that it does not know, the log must be asked.
 * Nothing is forgotten but by `trim`, between batches: what was asked of the log before a batch
 * must still be known when the batch is decided, or a repeated Prepare would pass as a new one.
 */
export class FinalTransfers {
  private kept: Final[] = [];
  private readonly forgetful = new Set<LedgerId>();

  constructor(private readonly capacity: number) {}

  add(ledger: LedgerState, id: TransferId): void {
    this.kept.push({ ledger, id });
  }

  /** Forgets the oldest beyond the capacity, some at a time so that the list is seldom copied. */
  trim(): void {
    if (this.kept.length < SLACK * this.capacity) return;
    const excess = this.kept.length - this.capacity;
    for (const { ledger, id } of this.kept.slice(0, excess)) {
      forgetTransfer(ledger, id);
      this.forgetful.add(ledger.id);
    }
    this.kept = this.kept.slice(excess);
  }

  /** The ledger leaves memory as a whole. */
  release(ledgerId: LedgerId): void {
    this.kept = this.kept.filter(({ ledger }) => ledger.id !== ledgerId);
    this.forgetful.delete(ledgerId);
  }

  isForgetful(ledgerId: LedgerId): boolean {
    return this.forgetful.has(ledgerId);
  }

  markForgetful(ledgerId: LedgerId): void {
    this.forgetful.add(ledgerId);
  }
}
