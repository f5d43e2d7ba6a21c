import type { LedgerDescription, LedgerMessage, LedgerOpenReply } from '#contracts';

/** Some transfer's time is over. */
export interface ExpireDue {
  readonly kind: 'expire-due';
}

/** Some delivery was not confirmed for a while. */
export interface Redeliver {
  readonly kind: 'redeliver';
}

/** A new owner takes up what the last one left. */
export interface Resume {
  readonly kind: 'resume';
}

/** Opens a ledger, or adjusts its limits to what is wanted. */
export interface EnsureLedger {
  readonly kind: 'ensure-ledger';
  readonly wanted: LedgerDescription;
  reply(reply: LedgerOpenReply): void;
}

/** Everything that the loop decides on. */
export type LoopCommand = LedgerMessage | ExpireDue | Redeliver | Resume | EnsureLedger;
