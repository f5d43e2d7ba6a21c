import { decideExpireTransfer, isShadow } from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import type { Ledgers } from './ledgers';
import { isCausedBy, type Leg, nameOf } from './leg';
import type { Delivery, Loss } from './outcome';

/** What the end of an incoming transfer meant for the outgoing one. */
export interface OnwardExpiry {
  readonly deliveries: readonly Delivery[];
  readonly loss?: Loss;
}

/**
 * An incoming transfer ran out: the outgoing one, which by its plan runs out no later, must not be
 * fulfilled any more, whatever the clock will say then. Where another decides on the outgoing ledger
 * its word counts, and we wait for it; another owner's clock ends it by itself. Money is lost, and this says so, if the outgoing
 * transfer was fulfilled and the incoming one never followed.
 */
export function expireOnward(ledgers: Ledgers, incoming: Leg, nowMs: number): OnwardExpiry {
  const { plan } = incoming.transfer;
  if (plan?.kind !== 'forward') return { deliveries: [] };
  const ledger = ledgers.find(plan.ledgerId);
  const transfer = ledger?.transfers.get(plan.transferId);
  if (ledger === undefined || transfer === undefined) return { deliveries: [] };
  if (!isCausedBy(transfer, nameOf(incoming))) return { deliveries: [] };
  if (transfer.status === 'fulfilled') {
    const { id: transferId, amount } = transfer;
    return { deliveries: [], loss: { ledgerId: ledger.id, transferId, amount } };
  }
  if (isShadow(ledger)) return { deliveries: [] };
  const decision = decideExpireTransfer(ledger, { transferId: transfer.id, nowMs, graceMs: 0 });
  if (!('event' in decision)) return { deliveries: [] };
  ledgers.record(ledger, decision.event);
  return { deliveries: deliveriesOf({ ledger, transfer }) };
}
