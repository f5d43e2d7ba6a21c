import { decideExpireTransfer, type LedgerId, type TransferId } from '#domain/ledger';
import { beforeEnd } from './before-end';
import { deliveriesOf } from './deliveries';
import { expireOnward } from './expire-onward';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import { NOTHING, type Outcome } from './outcome';
import { settleIncoming } from './settle-incoming';

/** A transfer's time may be over. */
export interface ExpirePayment {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  readonly nowMs: number;
  /** Time that the peer of a shadow ledger has to speak first; 0 if the caller waited for it. */
  readonly graceMs?: number;
}

/**
 * Our clock ends a transfer that is due, and the other leg of its payment with it: an incoming one
 * is rejected with the outgoing one's R00, an outgoing one expires with the incoming one. Both
 * peers hear it, receivers too, except where the peer's own clock decides (SPEC §5.7, §13.6).
 * Nothing happens if it is not due or has ended. An incoming transfer waits while only another owner
 * can tell whether the outgoing one was fulfilled in time.
 */
export function expirePayment(ledgers: Ledgers, command: ExpirePayment): Outcome {
  const { ledgerId, transferId, nowMs, graceMs = 0 } = command;
  const ledger = ledgers.find(ledgerId);
  const transfer = ledger?.transfers.get(transferId);
  if (ledger === undefined || transfer === undefined) return NOTHING;
  const decision = decideExpireTransfer(ledger, { transferId, nowMs, graceMs });
  if (!('event' in decision)) return NOTHING;
  const before = beforeEnd(ledgers, { ledger, transfer });
  if (before !== undefined) return { refusal: undefined, ...before };
  ledgers.record(ledger, decision.event);
  return endOtherLeg(ledgers, { ledger, transfer }, nowMs);
}

function endOtherLeg(ledgers: Ledgers, expired: Leg, nowMs: number): Outcome {
  const told = deliveriesOf(expired);
  if (expired.transfer.direction === 'outgoing') {
    const { deliveries, errands } = settleIncoming(ledgers, expired, nowMs);
    return { refusal: undefined, deliveries: [...told, ...deliveries], errands };
  }
  const onward = expireOnward(ledgers, expired, nowMs);
  return { ...NOTHING, ...onward, deliveries: [...told, ...onward.deliveries] };
}
