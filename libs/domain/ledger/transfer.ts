import { FULFILLMENT_SIZE } from '#protocol';
import type {
  FulfillmentSubmitted,
  LedgerEvent,
  ProposalAccepted,
  TransferExpired,
  TransferFulfilled,
  TransferPrepared,
  TransferProposed,
  TransferRejected,
} from './events';
import { MAX_AMOUNT } from './headroom';
import { type InvariantRule, LedgerInvariantError } from './ledger-invariant-error';
import { isOpen, type Transfer } from './state';

/** The event that puts money on hold. */
export type TransferBegun = TransferPrepared | TransferProposed;

/** What happens to a transfer between its beginning and its end, where another decides. */
export type TransferAdvanced = ProposalAccepted | FulfillmentSubmitted;

/** The event that ends a transfer. */
export type TransferEnded = TransferFulfilled | TransferRejected | TransferExpired;

/** Events of one transfer: begun first, ended at most once. */
export type TransferEvent = TransferBegun | TransferAdvanced | TransferEnded;

export function isTransferEnd(event: LedgerEvent): event is TransferEnded {
  const { type } = event;
  return type === 'TransferFulfilled' || type === 'TransferRejected' || type === 'TransferExpired';
}

/** @throws LedgerInvariantError if the event could not have been decided. */
export function begunTransfer(ledgerId: string, event: TransferBegun): Transfer {
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
    sideData: event.type === 'TransferPrepared' ? event.sideData : undefined,
    plan: event.type === 'TransferPrepared' ? event.plan : undefined,
    cause: event.cause,
    order: event.order,
    status: event.type === 'TransferPrepared' ? 'prepared' : 'proposed',
    fulfillment: null,
    fulfillmentData: null,
    reason: null,
  };
}

function brokenRule(event: TransferBegun): InvariantRule | undefined {
  if (event.amount < 1n || event.amount > MAX_AMOUNT) return 'amount-in-range';
  if (event.condition.length !== FULFILLMENT_SIZE) return 'condition-size';
  if (!Number.isSafeInteger(event.expiresAtMs)) return 'expiry-is-a-time';
  const hasPlan = event.type === 'TransferPrepared' && event.plan !== undefined;
  if (hasPlan && event.direction !== 'incoming') return 'plan-is-for-incoming';
  if (event.cause !== undefined && event.direction !== 'outgoing') return 'cause-is-for-outgoing';
  if (event.order === undefined) return undefined;
  const isOurOwn = event.direction === 'outgoing' && event.cause === undefined;
  return isOurOwn ? undefined : 'order-is-for-our-own';
}

/**
 * Takes an open transfer one step further, in place.
 * @throws LedgerInvariantError if it is not where the step begins
 */
export function advanceTransfer(
  ledgerId: string,
  transfer: Transfer,
  event: TransferAdvanced,
): void {
  if (event.type === 'ProposalAccepted') {
    if (transfer.status !== 'proposed') {
      throw new LedgerInvariantError('accepted-once', ledgerId, transfer.id);
    }
    transfer.status = 'prepared';
    return;
  }
  if (transfer.status !== 'prepared' || transfer.direction !== 'incoming') {
    throw new LedgerInvariantError('submitted-once', ledgerId, transfer.id);
  }
  transfer.status = 'submitted';
  showPreimage(ledgerId, transfer, event);
}

/**
 * Ends an open transfer in place.
 * @throws LedgerInvariantError if it has ended before
 */
export function endTransfer(ledgerId: string, transfer: Transfer, event: TransferEnded): void {
  if (!isOpen(transfer)) {
    throw new LedgerInvariantError('final-is-final', ledgerId, transfer.id);
  }
  if (event.type === 'TransferFulfilled') {
    transfer.status = 'fulfilled';
    showPreimage(ledgerId, transfer, event);
    return;
  }
  transfer.status = event.type === 'TransferRejected' ? 'rejected' : 'expired';
  transfer.reason = event.reason;
  transfer.fulfillment = null;
  transfer.fulfillmentData = null;
}

function showPreimage(
  ledgerId: string,
  transfer: Transfer,
  event: TransferFulfilled | FulfillmentSubmitted,
): void {
  if (event.fulfillment.length !== FULFILLMENT_SIZE) {
    throw new LedgerInvariantError('fulfillment-size', ledgerId, transfer.id);
  }
  transfer.fulfillment = event.fulfillment;
  transfer.fulfillmentData = event.data;
}
