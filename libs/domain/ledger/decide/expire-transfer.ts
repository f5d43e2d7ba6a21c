import type { ExpireTransfer } from '../commands';
import type { TransferExpired } from '../events';
import type { ExpireRefusal } from '../refusals';
import { isShadow, type LedgerState, ownAddress, type Transfer } from '../state';
import { timedOutReason } from '../timed-out';
import { type Decision, REPEATED } from './decision';

/**
 * The owner's clock rolls a transfer back at its expiry with the ILP error R00; on a shadow ledger
 * only after the grace, so that the administrator speaks first. What we have fulfilled there is for
 * the administrator alone to end.
 *
 * Refuses, in this order: TransferNotFound, AlreadyFulfilled, AwaitsAuthority, NotYetExpired. SPEC
 * §5.7.
 */
export function decideExpireTransfer(
  ledger: LedgerState,
  command: ExpireTransfer,
): Decision<TransferExpired, ExpireRefusal> {
  const { transferId, nowMs, graceMs } = command;
  const transfer = ledger.transfers.get(transferId);
  if (transfer === undefined) return { refusal: { kind: 'TransferNotFound', transferId } };
  switch (transfer.status) {
    case 'fulfilled':
      return { refusal: { kind: 'AlreadyFulfilled', transferId } };
    case 'rejected':
    case 'expired':
      return REPEATED;
    case 'submitted':
      return { refusal: { kind: 'AwaitsAuthority', transferId } };
    case 'proposed':
    case 'prepared': {
      const expiresAtMs = expiryOf(ledger, transfer, graceMs);
      if (nowMs < expiresAtMs) return { refusal: { kind: 'NotYetExpired', nowMs, expiresAtMs } };
      const reason = timedOutReason(ownAddress(ledger), nowMs);
      return { event: { type: 'TransferExpired', transferId, reason } };
    }
  }
}

/** When our clock may end the transfer, in ms since the epoch. */
export function expiryOf(ledger: LedgerState, transfer: Transfer, graceMs: number): number {
  return transfer.expiresAtMs + (isShadow(ledger) ? graceMs : 0);
}
