import { type ForwardPlan, isOpen } from '#domain/ledger';
import { forwardErrand } from './errand';
import type { Ledgers } from './ledgers';
import { isCausedBy, type Leg, nameOf } from './leg';
import { mustAsk } from './must-ask';
import { asking, type Loss, type News } from './outcome';
import { settleIncoming } from './settle-incoming';

/** What came before the end of an incoming transfer, and keeps it from being ended so. */
export interface BeforeEnd extends News {
  /** Only another owner can tell whether it may end. */
  readonly isAsked: boolean;
  readonly loss?: Loss;
}

/**
 * An incoming transfer is not to be ended by time while the outgoing one may have been fulfilled:
 * another owner is asked first, and what we know of the outgoing one is followed, however late we
 * came to know it. That happens where the ledger came to us from another owner who had not heard of
 * it. undefined if nothing stands in the way.
 */
export function beforeEnd(ledgers: Ledgers, incoming: Leg): BeforeEnd | undefined {
  const { plan, status } = incoming.transfer;
  if (status !== 'prepared' || plan?.kind !== 'forward') return undefined;
  if (mustAsk(ledgers, plan)) {
    return { ...asking(forwardErrand(incoming, plan, true)), isAsked: true };
  }
  const outgoing = endedOutgoing(ledgers, incoming, plan);
  if (outgoing === undefined) return undefined;
  // A preimage that is in the log was here in time.
  const { isLost, ...news } = settleIncoming(ledgers, outgoing, outgoing.transfer.expiresAtMs - 1);
  const { ledgerId, transferId, amount } = plan;
  return { ...news, isAsked: false, ...(isLost && { loss: { ledgerId, transferId, amount } }) };
}

function endedOutgoing(ledgers: Ledgers, incoming: Leg, plan: ForwardPlan): Leg | undefined {
  const ledger = ledgers.find(plan.ledgerId);
  const transfer = ledger?.transfers.get(plan.transferId);
  if (ledger === undefined || transfer === undefined || isOpen(transfer)) return undefined;
  return isCausedBy(transfer, nameOf(incoming)) ? { ledger, transfer } : undefined;
}
