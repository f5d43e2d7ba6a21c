import type { LedgerId, LedgerState, Transfer, TransferId } from '#domain/ledger';

/** One of the two transfers of a payment, with the ledger it is on. */
export interface Leg {
  readonly ledger: LedgerState;
  readonly transfer: Transfer;
}

/** One of the two transfers of a payment by its name: its ledger may be another owner's. */
export interface LegName {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
}

/** Was the outgoing transfer made for this incoming one? */
export function isCausedBy({ cause }: Transfer, incoming: LegName): boolean {
  return cause?.ledgerId === incoming.ledgerId && cause.transferId === incoming.transferId;
}

export function nameOf({ ledger, transfer }: Leg): LegName {
  return { ledgerId: ledger.id, transferId: transfer.id };
}
