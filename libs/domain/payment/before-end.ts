import { type ForwardPlan, isOpen, isShadow } from '#domain/ledger';
import { forwardErrand } from './errand';
import type { Ledgers } from './ledgers';
import { isCausedBy, type Leg, nameOf } from './leg';
import { mustAsk } from './must-ask';
import { asking, type Loss, type News } from './outcome';
import { settleIncoming } from './settle-incoming';

/** What came before the end of an incoming transfer, and keeps it from being ended so. */
export interface BeforeEnd extends News {
  /** Whether it may end is not known yet. */
  readonly isAsked: boolean;
  readonly loss?: Loss;
}

/**
 * An incoming transfer is not to be ended by time while the outgoing one may have been fulfilled:
 * another owner is asked first, and what we know of the outgoing one is followed, however late we
 * came to know it. That happens where the ledger came to us from another owner who had not heard of
 * it. Where the peer decides about the outgoing one and may have spoken while we could not hear, we
 * ask as well, ourselves in the end, until it can no longer be so. undefined if nothing stands in
 * the way.
 */
export function beforeEnd(ledgers: Ledgers, incoming: Leg): BeforeEnd | undefined {
  const { plan, status } = incoming.transfer;
  if (status !== 'prepared' || plan?.kind !== 'forward') return undefined;
  const outgoing = outgoingOf(ledgers, incoming, plan);
  if (mustAsk(ledgers, plan) || (outgoing !== undefined && mayHaveEnded(ledgers, outgoing))) {
    return { ...asking(forwardErrand(incoming, plan, true)), isAsked: true };
  }
  if (outgoing === undefined || isOpen(outgoing.transfer)) return undefined;
  // A preimage that is in the log was here in time.
  const { isLost, ...news } = settleIncoming(ledgers, outgoing, outgoing.transfer.expiresAtMs - 1);
  const { ledgerId, transferId, amount } = plan;
  return { ...news, isAsked: false, ...(isLost && { loss: { ledgerId, transferId, amount } }) };
}

/** Where we decide, what was not on record in time does not count, whatever was said. */
function mayHaveEnded(ledgers: Ledgers, { ledger, transfer }: Leg): boolean {
  return isOpen(transfer) && isShadow(ledger) && ledgers.mayHaveMissed(ledger, 'all');
}

function outgoingOf(ledgers: Ledgers, incoming: Leg, plan: ForwardPlan): Leg | undefined {
  const ledger = ledgers.find(plan.ledgerId);
  const transfer = ledger?.transfers.get(plan.transferId);
  if (ledger === undefined || transfer === undefined) return undefined;
  return isCausedBy(transfer, nameOf(incoming)) ? { ledger, transfer } : undefined;
}
