import type { LedgerEvent, LedgerId, LedgerState } from '#domain/ledger';

/** The ledgers that one owner holds, as payments see them. */
export interface Ledgers {
  find(id: LedgerId): LedgerState | undefined;
  /** Evolves the ledger by the event and stages the event for the next append. */
  record(ledger: LedgerState, event: LedgerEvent): void;
}
