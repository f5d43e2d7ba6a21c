import {
  type Cause,
  decideExpireTransfer,
  decideFulfillTransfer,
  isOpen,
  ownAddress,
  saysTimedOut,
} from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import { isMirrored } from './mirror';
import { asking, type Delivery, delivering, type News, NO_NEWS } from './outcome';
import { forwardedReason, ownReason } from './reason';
import { rejectAsReceiver } from './reject-as-receiver';
import { reportOf } from './report-leg';

/** What became of the incoming transfer. */
export interface Settlement extends News {
  /** The outgoing transfer is paid and the incoming one cannot be. */
  readonly isLost: boolean;
}

/** What the next peer handed over, in time as measured when its frame arrived. */
export interface Preimage {
  readonly fulfillment: Buffer;
  readonly data: Buffer | null;
  readonly receivedAtMs: number;
}

const UNTOUCHED: Settlement = { ...NO_NEWS, isLost: false };
const LOST: Settlement = { ...NO_NEWS, isLost: true };

/**
 * Lets the incoming transfer follow the outgoing one that was made for it: fulfilled if that is
 * fulfilled, rejected if that is rolled back, untouched while that is open. It depends on the
 * state of the outgoing transfer alone, so it may be called again at any time. Is its ledger another
 * owner's, that one is told, and will say what came of it.
 */
export function settleIncoming(ledgers: Ledgers, outgoing: Leg, atMs: number): Settlement {
  const { cause, status, fulfillment, fulfillmentData, reason } = outgoing.transfer;
  if (cause === undefined || isOpen(outgoing.transfer)) return UNTOUCHED;
  if (ledgers.find(cause.ledgerId) === undefined && !ledgers.owns(cause.ledgerId)) {
    const report = reportOf(outgoing, { awaitsRelease: false, receivedAtMs: atMs });
    return report === undefined ? UNTOUCHED : { ...asking(report), isLost: false };
  }
  if (status === 'fulfilled' && fulfillment !== null) {
    const preimage = { fulfillment, data: fulfillmentData, receivedAtMs: atMs };
    return fulfillIncoming(ledgers, cause, preimage);
  }
  if (reason === null) return UNTOUCHED;
  return { ...delivering(rejectIncoming(ledgers, cause, { reason, atMs })), isLost: false };
}

/**
 * The half of a fulfillment that pays us; where the payer decides, it has yet to confirm that. Money
 * is lost here if the incoming transfer has been rolled back or its time is over; the caller says so. Where it was still open it ends at once, so
 * that the payer gets its money back and the loss is met only once.
 */
export function fulfillIncoming(ledgers: Ledgers, cause: Cause, preimage: Preimage): Settlement {
  const ledger = ledgers.find(cause.ledgerId);
  const transfer = ledger?.transfers.get(cause.transferId);
  if (ledger === undefined || transfer === undefined) return LOST;
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
    const rejection = { reason, atMs: speaker.atMs };
    return {
      ...delivering(rejectAsReceiver(ledgers, { ledger, transfer }, rejection)),
      isLost: true,
    };
  }
  if ('event' in decision) ledgers.record(ledger, decision.event);
  return { ...delivering(deliveriesOf({ ledger, transfer })), isLost: false };
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
  if (isMirrored(transfer)) return endMirrored(ledgers, { ledger, transfer }, rejection);
  const reason = forwardedReason(rejection.reason, ownAddress(ledger), rejection.atMs);
  return rejectAsReceiver(ledgers, { ledger, transfer }, { reason, atMs: rejection.atMs });
}

/** Of a mirrored payment both legs end in the same way, and in the same words. */
function endMirrored(
  ledgers: Ledgers,
  incoming: Leg,
  rejection: { readonly reason: Buffer; readonly atMs: number },
): readonly Delivery[] {
  const { ledger, transfer } = incoming;
  const { reason, atMs: nowMs } = rejection;
  if (saysTimedOut(reason)) {
    const decision = decideExpireTransfer(ledger, { transferId: transfer.id, nowMs, graceMs: 0 });
    if ('event' in decision) {
      ledgers.record(ledger, decision.event);
      return deliveriesOf(incoming);
    }
  }
  return rejectAsReceiver(ledgers, incoming, rejection);
}
