import type { LedgerState } from '#domain/ledger';
import { advancePayment } from './advance-payment';
import type { Ledgers } from './ledgers';
import type { Delivery } from './outcome';

/**
 * Takes up every payment that came in on the ledger and is not final, from the plan in its event:
 * prepares an outgoing transfer that is missing, settles an incoming one whose outgoing one has
 * ended, rejects what the plan refuses. What is already due is left to the clock. Returns what
 * peers must hear, Prepares that were sent before included; doing it again changes nothing more.
 */
export function resumeLedger(ledgers: Ledgers, ledger: LedgerState, nowMs: number): Delivery[] {
  const deliveries: Delivery[] = [];
  // The list is taken first: what is resumed changes while it is gone through.
  for (const transfer of [...ledger.transfers.values()]) {
    if (transfer.direction !== 'incoming' || transfer.status !== 'prepared') continue;
    if (nowMs >= transfer.expiresAtMs) continue;
    deliveries.push(...advancePayment(ledgers, { ledger, transfer }, nowMs));
  }
  return deliveries;
}
