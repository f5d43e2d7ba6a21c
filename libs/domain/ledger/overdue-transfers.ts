import { expiryOf } from './decide/expire-transfer';
import type { TransferId } from './identifiers';
import type { LedgerState } from './state';

/**
 * The transfers that our clock has to end, in the order in which they were prepared. Reads every
 * transfer in memory.
 */
export function overdueTransfers(
  ledger: LedgerState,
  nowMs: number,
  graceMs: number,
): TransferId[] {
  const overdue: TransferId[] = [];
  for (const transfer of ledger.transfers.values()) {
    if (transfer.status !== 'prepared' && transfer.status !== 'proposed') continue;
    if (nowMs >= expiryOf(ledger, transfer, graceMs)) overdue.push(transfer.id);
  }
  return overdue;
}
