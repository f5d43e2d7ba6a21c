import type { LedgerEvent, LedgerId, LedgerState, TransferId } from '#domain/ledger';

/** Until what was said in time must have reached us, or until all must that waited for it. */
export type Patience = 'in-time' | 'all';

/** The ledgers that one owner holds, as payments see them. */
export interface Ledgers {
  find(id: LedgerId): LedgerState | undefined;
  /** Is the ledger, if there is one of this id, decided on here? If not, another owner may know it. */
  owns(id: LedgerId): boolean;
  /** May the log know a transfer that memory does not? */
  mayHaveForgotten(ledger: LedgerState, id: TransferId): boolean;
  /** May its peer have said something in time that has yet to reach us, as we could not hear of late? */
  mayHaveMissed(ledger: LedgerState, patience: Patience): boolean;
  /**
   * Lets the event happen to the ledger, and what it means for its thresholds with it, and stages
   * both for the next append.
   */
  record(ledger: LedgerState, event: LedgerEvent): void;
}
