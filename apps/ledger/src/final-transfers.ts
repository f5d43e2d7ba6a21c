import { forgetTransfer, type LedgerId, type LedgerState, type TransferId } from '#domain/ledger';

/**
 * Which finished transfers are kept in memory: the latest `capacity`, over all ledgers of an owner.
 * A ledger that lost one is forgetful: for an id that it does not know, the log must be asked.
 */
export class FinalTransfers {
  private readonly order: { ledger: LedgerState; id: TransferId }[] = [];
  private next = 0;
  private readonly forgetful = new Set<LedgerId>();

  constructor(private readonly capacity: number) {}

  add(ledger: LedgerState, id: TransferId): void {
    const evicted = this.order[this.next];
    this.order[this.next] = { ledger, id };
    this.next = (this.next + 1) % this.capacity;
    if (evicted !== undefined) this.forget(evicted.ledger, evicted.id);
  }

  isForgetful(ledgerId: LedgerId): boolean {
    return this.forgetful.has(ledgerId);
  }

  markForgetful(ledgerId: LedgerId): void {
    this.forgetful.add(ledgerId);
  }

  private forget(ledger: LedgerState, id: TransferId): void {
    forgetTransfer(ledger, id);
    this.forgetful.add(ledger.id);
  }
}
