import { conditionOf } from '#protocol';
import type { FulfillTransfer } from '../commands';
import type { FulfillmentSubmitted, TransferFulfilled } from '../events';
import type { FulfillRefusal } from '../refusals';
import { isOpen, isShadow, type LedgerState, type Transfer } from '../state';
import { type Decision, REPEATED } from './decision';

/**
 * The receiver of a prepared transfer shows the preimage: the peer for what we sent, we for what
 * the peer sent. It counts if it was here before the expiry.
 *
 * On a shadow ledger the authority's clock decides and not ours, so a fulfillment of the peer counts
 * as long as we hold the transfer open; refusing it would only part our copy from the original. What
 * we fulfill there is submitted, and paid once the authority confirms it.
 *
 * Refuses, in this order: TransferNotFound, WrongDirection, AlreadyRolledBack (or too late),
 * InvalidFulfillment. SPEC §5.7, §13.7. A fulfillment refused for a transfer that the peer goes on
 * to count as paid is money lost.
 */
export function decideFulfillTransfer(
  ledger: LedgerState,
  command: FulfillTransfer,
): Decision<TransferFulfilled | FulfillmentSubmitted, FulfillRefusal> {
  const { transferId, fulfillment, data } = command;
  const transfer = ledger.transfers.get(transferId);
  if (transfer === undefined) return { refusal: { kind: 'TransferNotFound', transferId } };
  if ((command.by === 'peer') !== (transfer.direction === 'outgoing')) {
    return { refusal: { kind: 'WrongDirection', transferId } };
  }
  if (transfer.fulfillment !== null) return decideAgain(transfer, fulfillment);
  if (!isOpen(transfer) || isTooLate(ledger, transfer, command)) {
    return { refusal: { kind: 'AlreadyRolledBack', transferId } };
  }
  if (!conditionOf(fulfillment).equals(transfer.condition)) {
    return { refusal: { kind: 'InvalidFulfillment', transferId } };
  }
  const isFinal = command.by === 'peer' || !isShadow(ledger);
  const type = isFinal ? 'TransferFulfilled' : 'FulfillmentSubmitted';
  return { event: { type, transferId, fulfillment, data } };
}

function decideAgain(transfer: Transfer, fulfillment: Buffer): Decision<never, FulfillRefusal> {
  if (transfer.fulfillment?.equals(fulfillment) === true) return REPEATED;
  return { refusal: { kind: 'InvalidFulfillment', transferId: transfer.id } };
}

function isTooLate(ledger: LedgerState, transfer: Transfer, command: FulfillTransfer): boolean {
  if (isShadow(ledger) && command.by === 'peer') return false;
  return command.receivedAtMs >= transfer.expiresAtMs;
}
