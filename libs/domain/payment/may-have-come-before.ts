import { isOpen, isShadow } from '#domain/ledger';
import type { Ledgers } from './ledgers';
import type { LegName } from './leg';

/**
 * A peer that was not answered says again that it fulfilled, and what it says late may be here before
 * what it said in time. Where the peer decides it is paid in any case, and we are only for what came
 * in time: so what came late has to wait while we may have missed the other.
 */
export function mayHaveComeBefore(
  ledgers: Ledgers,
  outgoing: LegName,
  receivedAtMs: number,
): boolean {
  const ledger = ledgers.find(outgoing.ledgerId);
  const transfer = ledger?.transfers.get(outgoing.transferId);
  if (ledger === undefined || transfer === undefined || !isOpen(transfer)) return false;
  return receivedAtMs >= transfer.expiresAtMs && isShadow(ledger) && ledgers.mayHaveMissed(ledger);
}
