import type { TransferId } from './identifiers';
import { LedgerInvariantError } from './ledger-invariant-error';
import { isOpen, type LedgerState, type Transfer } from './state';
import {
  advanceTransfer,
  begunTransfer,
  endTransfer,
  type TransferBegun,
  type TransferEvent,
} from './transfer';

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
  if (isOpen(transfer)) {
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
  const [first, ...later] = events;
  if (first === undefined || !isBeginning(first)) {
    throw new LedgerInvariantError('prepared-before-final', ledger.id, first?.type ?? 'nothing');
  }
  const { transferId } = first;
  if (ledger.transfers.has(transferId)) {
    throw new LedgerInvariantError('recalled-once', ledger.id, transferId);
  }
  const transfer = begunTransfer(ledger.id, first);
  for (const event of later) happen(ledger.id, transfer, event);
  if (isOpen(transfer)) {
    throw new LedgerInvariantError('only-final-is-forgotten', ledger.id, transferId);
  }
  ledger.transfers.set(transferId, transfer);
}

function isBeginning(event: TransferEvent): event is TransferBegun {
  return event.type === 'TransferPrepared' || event.type === 'TransferProposed';
}

function happen(ledgerId: string, transfer: Transfer, event: TransferEvent): void {
  if (event.transferId !== transfer.id) {
    throw new LedgerInvariantError('prepared-before-final', ledgerId, event.transferId);
  }
  switch (event.type) {
    case 'TransferPrepared':
    case 'TransferProposed':
      throw new LedgerInvariantError('prepared-once', ledgerId, transfer.id);
    case 'ProposalAccepted':
    case 'FulfillmentSubmitted':
      advanceTransfer(ledgerId, transfer, event);
      return;
    default:
      endTransfer(ledgerId, transfer, event);
  }
}
