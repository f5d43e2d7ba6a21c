import type { TransferId } from './identifiers';
import { LedgerInvariantError } from './ledger-invariant-error';
import type { LedgerState } from './state';
import { endTransfer, preparedTransfer, type TransferEvent } from './transfer';

/**
 * Drops a final transfer from memory; its sums stay. What is forgotten must be recalled before
 * anything is decided about its id, or a repeated Prepare would put new money on hold; and an
 * outgoing transfer must not be forgotten before the incoming one that caused it is final, or its
 * payment would be made a second time.
 * @throws LedgerInvariantError if the transfer is not final
 */
export function forgetTransfer(ledger: LedgerState, id: TransferId): void {
  const transfer = ledger.transfers.get(id);
  if (transfer === undefined) return;
  if (transfer.status === 'prepared') {
    throw new LedgerInvariantError('only-final-is-forgotten', ledger.id, id);
  }
  ledger.transfers.delete(id);
}

/**
 * Puts a forgotten transfer back into memory from its own events, oldest first; sums stay as they
 * are, for they still count it.
 * @throws LedgerInvariantError if it is in memory, or if its events do not make a final transfer
 */
export function recallTransfer(ledger: LedgerState, events: readonly TransferEvent[]): void {
  const [first, ending, ...more] = events;
  if (first?.type !== 'TransferPrepared') {
    throw new LedgerInvariantError('prepared-before-final', ledger.id, first?.type ?? 'nothing');
  }
  const { transferId } = first;
  if (ledger.transfers.has(transferId)) {
    throw new LedgerInvariantError('recalled-once', ledger.id, transferId);
  }
  if (ending === undefined || ending.type === 'TransferPrepared' || more.length > 0) {
    throw new LedgerInvariantError('only-final-is-forgotten', ledger.id, transferId);
  }
  const transfer = preparedTransfer(ledger.id, first);
  endTransfer(ledger.id, transfer, ending);
  ledger.transfers.set(transferId, transfer);
}
