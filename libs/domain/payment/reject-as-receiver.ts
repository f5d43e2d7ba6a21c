import { decideRejectTransfer } from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import type { Delivery } from './outcome';

/** We give back what the peer sent, if it is still on hold; returns what the peer must hear then. */
export function rejectAsReceiver(
  ledgers: Ledgers,
  incoming: Leg,
  rejection: { readonly reason: Buffer; readonly atMs: number },
): Delivery[] {
  const { ledger, transfer } = incoming;
  const decision = decideRejectTransfer(ledger, {
    transferId: transfer.id,
    reason: rejection.reason,
    by: 'self',
    receivedAtMs: rejection.atMs,
  });
  if (!('event' in decision)) return [];
  ledgers.record(ledger, decision.event);
  return deliveriesOf(incoming);
}
