import { FULFILLMENT_SIZE } from '#protocol';
import type {
  TransferExpired,
  TransferFulfilled,
  TransferPrepared,
  TransferRejected,
} from './events';
import { MAX_AMOUNT } from './headroom';
import { type InvariantRule, LedgerInvariantError } from './ledger-invariant-error';
import type { Transfer } from './state';

/** The event that ends a transfer. */
export type TransferEnded = TransferFulfilled | TransferRejected | TransferExpired;

/** Events of one transfer: prepared first, ended at most once. */
export type TransferEvent = TransferPrepared | TransferEnded;

/** @throws LedgerInvariantError if the event could not have been decided. */
export function preparedTransfer(ledgerId: string, event: TransferPrepared): Transfer {
  const rule = brokenRule(event);
  if (rule !== undefined) throw new LedgerInvariantError(rule, ledgerId, event.transferId);
  return {
    id: event.transferId,
    direction: event.direction,
    amount: event.amount,
    condition: event.condition,
    expiresAtMs: event.expiresAtMs,
    packet: event.packet,
    sideDataDigest: event.sideDataDigest,
    plan: event.plan,
    cause: event.cause,
    status: 'prepared',
    fulfillment: null,
    fulfillmentData: null,
    reason: null,
  };
}

function brokenRule(event: TransferPrepared): InvariantRule | undefined {
  if (event.amount < 1n || event.amount > MAX_AMOUNT) return 'amount-in-range';
  if (event.condition.length !== FULFILLMENT_SIZE) return 'condition-size';
  if (!Number.isSafeInteger(event.expiresAtMs)) return 'expiry-is-a-time';
  if (event.plan !== undefined && event.direction !== 'incoming') return 'plan-is-for-incoming';
  if (event.cause !== undefined && event.direction !== 'outgoing') return 'cause-is-for-outgoing';
  return undefined;
}

/**
 * Ends a prepared transfer in place.
 * @throws LedgerInvariantError if it has ended before
 */
export function endTransfer(ledgerId: string, transfer: Transfer, event: TransferEnded): void {
  if (transfer.status !== 'prepared') {
    throw new LedgerInvariantError('final-is-final', ledgerId, transfer.id);
  }
  switch (event.type) {
    case 'TransferFulfilled':
      if (event.fulfillment.length !== FULFILLMENT_SIZE) {
        throw new LedgerInvariantError('fulfillment-size', ledgerId, transfer.id);
      }
      transfer.status = 'fulfilled';
      transfer.fulfillment = event.fulfillment;
      transfer.fulfillmentData = event.data;
      return;
    case 'TransferRejected':
      transfer.status = 'rejected';
      transfer.reason = event.reason;
      return;
    case 'TransferExpired':
      transfer.status = 'expired';
      transfer.reason = event.reason;
  }
}
