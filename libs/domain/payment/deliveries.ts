import { isOpen, isShadow, type LedgerState } from '#domain/ledger';
import type { Leg } from './leg';
import { mirroredRefusal } from './mirror';
import type { Delivery } from './outcome';

/**
 * What the peer of the ledger has to hear about a transfer as it stands, or undefined. It follows
 * from the state alone, so that after a restart the same is said as before. Where another decides,
 * its own clock has told it of an expiry.
 */
export function deliveryOf({ ledger, transfer }: Leg): Delivery | undefined {
  const isIncoming = transfer.direction === 'incoming';
  switch (transfer.status) {
    case 'proposed':
    case 'prepared':
      return isIncoming ? undefined : prepare({ ledger, transfer });
    case 'submitted':
    case 'fulfilled':
      return isIncoming ? fulfill({ ledger, transfer }) : undefined;
    case 'rejected':
      // Whose Prepare an Error answered has nothing to be rejected.
      if (!isIncoming || mirroredRefusal(transfer) !== undefined) return undefined;
      return reject({ ledger, transfer });
    case 'expired':
      return isShadow(ledger) ? undefined : reject({ ledger, transfer });
  }
}

/** The delivery as a list of one or none. */
export function deliveriesOf(leg: Leg): Delivery[] {
  const delivery = deliveryOf(leg);
  return delivery === undefined ? [] : [delivery];
}

/**
 * Everything that the peer should hear again when its session opens (SPEC §7.5): Prepares that are
 * open, fulfillments that their authority has not confirmed, and outcomes that are not longer past their expiry than the grace. Reads every transfer in
 * memory, in the order in which they were prepared.
 */
export function openDeliveries(ledger: LedgerState, nowMs: number, graceMs: number): Delivery[] {
  const deliveries: Delivery[] = [];
  for (const transfer of ledger.transfers.values()) {
    if (!isOpen(transfer) && nowMs > transfer.expiresAtMs + graceMs) continue;
    const delivery = deliveryOf({ ledger, transfer });
    if (delivery !== undefined) deliveries.push(delivery);
  }
  return deliveries;
}

function prepare({ ledger, transfer }: Leg): Delivery {
  return {
    kind: 'prepare',
    ledgerId: ledger.id,
    transferId: transfer.id,
    amount: transfer.amount,
    condition: transfer.condition,
    expiresAtMs: transfer.expiresAtMs,
    packet: transfer.packet,
    ...(transfer.sideData !== undefined && { sideData: transfer.sideData }),
  };
}

function fulfill({ ledger, transfer }: Leg): Delivery | undefined {
  if (transfer.fulfillment === null) return undefined;
  return {
    kind: 'fulfill',
    ledgerId: ledger.id,
    transferId: transfer.id,
    fulfillment: transfer.fulfillment,
    data: transfer.fulfillmentData,
    expiresAtMs: transfer.expiresAtMs,
    awaitsAuthority: transfer.status === 'submitted',
  };
}

function reject({ ledger, transfer }: Leg): Delivery | undefined {
  if (transfer.reason === null) return undefined;
  return {
    kind: 'reject',
    ledgerId: ledger.id,
    transferId: transfer.id,
    reason: transfer.reason,
  };
}
