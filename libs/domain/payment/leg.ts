import type { LedgerState, Transfer } from '#domain/ledger';

/** One of the two transfers of a payment, with the ledger it is on. */
export interface Leg {
  readonly ledger: LedgerState;
  readonly transfer: Transfer;
}

/** Was the outgoing transfer made for this incoming one? */
export function isCausedBy(outgoing: Transfer, incoming: Leg): boolean {
  const { cause } = outgoing;
  return cause?.ledgerId === incoming.ledger.id && cause.transferId === incoming.transfer.id;
}
