import { isOpen, isShadow } from '#domain/ledger';
import type { Ledgers } from './ledgers';
import type { LegName } from './leg';

/**
 * A peer that was not answered says again that it fulfilled, and what it says late may be here before
 * what it said in time. Where the peer decides it is paid in any case, and we are only for what came
 * in time: so what came late has to wait while we may have missed the other. It has its turn before
 * our clock ends the transfer, so that what the peer is paid is on record, be it as a loss.
 */
export function mayHaveComeBefore(
  ledgers: Ledgers,
  outgoing: LegName,
  receivedAtMs: number,
): boolean {
  const ledger = ledgers.find(outgoing.ledgerId);
  const transfer = ledger?.transfers.get(outgoing.transferId);
  if (ledger === undefined || transfer === undefined || !isOpen(transfer)) return false;
  if (receivedAtMs < transfer.expiresAtMs) return false;
  return isShadow(ledger) && ledgers.mayHaveMissed(ledger, 'in-time');
}
