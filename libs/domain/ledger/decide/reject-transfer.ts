import type { RejectTransfer } from '../commands';
import type { TransferExpired, TransferRejected } from '../events';
import type { RejectRefusal } from '../refusals';
import { isShadow, type LedgerState, ownAddress, type Transfer } from '../state';
import { saysTimedOut, timedOutReason } from '../timed-out';
import { type Decision, REPEATED } from './decision';

type RolledBack = TransferRejected | TransferExpired;

/**
 * The money goes back. The receiver may reject at any time; a peer that sent the transfer may
 * say that its time is over once it is over; the authority of a shadow ledger may say so by its own
 * clock, about transfers in either direction. The first reason stays (D-10). What we have fulfilled
 * we cannot reject any more, even if the authority has yet to confirm it.
 *
 * Refuses, in this order: TransferNotFound, WrongDirection, AlreadyFulfilled. SPEC §5.7.
 */
export function decideRejectTransfer(
  ledger: LedgerState,
  command: RejectTransfer,
): Decision<RolledBack, RejectRefusal> {
  const { transferId } = command;
  const transfer = ledger.transfers.get(transferId);
  if (transfer === undefined) return { refusal: { kind: 'TransferNotFound', transferId } };
  const event = rollBack(ledger, transfer, command);
  if (event === undefined) return { refusal: { kind: 'WrongDirection', transferId } };
  switch (transfer.status) {
    case 'proposed':
    case 'prepared':
      return { event };
    case 'submitted':
      if (command.by === 'peer') return { event };
      return { refusal: { kind: 'AlreadyFulfilled', transferId } };
    case 'fulfilled':
      return { refusal: { kind: 'AlreadyFulfilled', transferId } };
    case 'rejected':
    case 'expired':
      return REPEATED;
  }
}

/** What the Reject means, coming from this side; undefined if this side may not send it. */
function rollBack(
  ledger: LedgerState,
  transfer: Transfer,
  command: RejectTransfer,
): RolledBack | undefined {
  const { transferId, reason, by, receivedAtMs } = command;
  if (by === 'peer' && isShadow(ledger) && saysTimedOut(reason)) {
    return { type: 'TransferExpired', transferId, reason };
  }
  const isReceiver = (by === 'peer') === (transfer.direction === 'outgoing');
  if (isReceiver) return { type: 'TransferRejected', transferId, reason };
  if (by === 'self' || receivedAtMs < transfer.expiresAtMs) return undefined;
  // Past its expiry the sending peer's word ends it, but the reason is what our own clock would have said.
  const timedOut = timedOutReason(ownAddress(ledger), receivedAtMs);
  return { type: 'TransferExpired', transferId, reason: timedOut };
}
