import { type Cause, decideFulfillTransfer, ownAddress } from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import type { Delivery } from './outcome';
import { forwardedReason, ownReason } from './reason';
import { rejectAsReceiver } from './reject-as-receiver';

/** What became of the incoming transfer. */
export interface Settlement {
  readonly deliveries: readonly Delivery[];
  /** The outgoing transfer is paid and the incoming one cannot be. */
  readonly isLost: boolean;
}

/** What the next peer handed over, in time as measured when its frame arrived. */
export interface Preimage {
  readonly fulfillment: Buffer;
  readonly data: Buffer | null;
  readonly receivedAtMs: number;
}

const UNTOUCHED: Settlement = { deliveries: [], isLost: false };

/**
 * Lets the incoming transfer follow the outgoing one that was made for it: fulfilled if that is
 * fulfilled, rejected if that is rolled back, untouched while that is open. It depends on the
 * state of the outgoing transfer alone, so it may be called again at any time.
 */
export function settleIncoming(ledgers: Ledgers, outgoing: Leg, atMs: number): Settlement {
  const { cause, status, fulfillment, fulfillmentData, reason } = outgoing.transfer;
  if (cause === undefined) return UNTOUCHED;
  if (status === 'fulfilled' && fulfillment !== null) {
    const preimage = { fulfillment, data: fulfillmentData, receivedAtMs: atMs };
    return fulfillIncoming(ledgers, cause, preimage);
  }
  if (reason === null) return UNTOUCHED;
  return { deliveries: rejectIncoming(ledgers, cause, { reason, atMs }), isLost: false };
}

/**
 * The half of a fulfillment that pays us. Money is lost here if the incoming transfer has been
 * rolled back or its time is over; the caller says so. Where it was still open it ends at once, so
 * that the payer gets its money back and the loss is met only once.
 */
export function fulfillIncoming(ledgers: Ledgers, cause: Cause, preimage: Preimage): Settlement {
  const ledger = ledgers.find(cause.ledgerId);
  const transfer = ledger?.transfers.get(cause.transferId);
  if (ledger === undefined || transfer === undefined) return { deliveries: [], isLost: true };
  const { fulfillment, data, receivedAtMs } = preimage;
  const decision = decideFulfillTransfer(ledger, {
    transferId: cause.transferId,
    fulfillment,
    data,
    by: 'self',
    receivedAtMs,
  });
  if ('refusal' in decision) {
    const speaker = { triggeredBy: ownAddress(ledger), atMs: receivedAtMs };
    const reason = ownReason({ code: 'R00', message: 'the fulfillment came too late' }, speaker);
    return {
      deliveries: rejectAsReceiver(ledgers, { ledger, transfer }, { reason, atMs: speaker.atMs }),
      isLost: true,
    };
  }
  if ('event' in decision) ledgers.record(ledger, decision.event);
  return { deliveries: deliveriesOf({ ledger, transfer }), isLost: false };
}

/** The half of a rejection that gives the payer's money back. Never again what is final already. */
export function rejectIncoming(
  ledgers: Ledgers,
  cause: Cause,
  rejection: { readonly reason: Buffer; readonly atMs: number },
): readonly Delivery[] {
  const ledger = ledgers.find(cause.ledgerId);
  const transfer = ledger?.transfers.get(cause.transferId);
  if (ledger === undefined || transfer?.status !== 'prepared') return [];
  const reason = forwardedReason(rejection.reason, ownAddress(ledger), rejection.atMs);
  return rejectAsReceiver(ledgers, { ledger, transfer }, { reason, atMs: rejection.atMs });
}
