import type { Delivery } from '#domain/payment';

/** A delivery that no gateway confirmed is handed out again after this long. */
export const REDELIVER_AFTER_MS = 2_000;
/** Whatever has waited longer than that is handed out as seldom as this. */
export const REDELIVER_SELDOM_MS = 30_000;
/** How long past its time a peer is still told of an outcome that it has not confirmed. */
export const DELIVERY_GRACE_MS = 60_000;

interface Pending {
  readonly delivery: Delivery;
  readonly postedAtMs: number;
  readonly droppedAtMs: number;
  handedOutAtMs: number;
}

/**
 * What peers have yet to hear. Filled by outcomes and by recovery, emptied by the gateways'
 * confirmations; what stays is handed out again, for a message on the bus may be lost.
 */
export class DeliveryBoard {
  private readonly pending = new Map<string, Pending>();

  get size(): number {
    return this.pending.size;
  }

  post(delivery: Delivery, nowMs: number): void {
    if (delivery.kind !== 'prepare')
      this.pending.delete(keyOf(delivery.ledgerId, delivery.transferId, 'prepare'));
    const key = keyOf(delivery.ledgerId, delivery.transferId, delivery.kind);
    this.pending.set(key, {
      delivery,
      postedAtMs: nowMs,
      droppedAtMs: dropTime(delivery, nowMs),
      handedOutAtMs: nowMs,
    });
  }

  confirm(ledgerId: string, transferId: string, what: Delivery['kind']): void {
    this.pending.delete(keyOf(ledgerId, transferId, what));
  }

  /** Another owner tells the ledgers' peers from now on. */
  release(ledgerIds: ReadonlySet<string>): void {
    for (const [key, { delivery }] of this.pending) {
      if (ledgerIds.has(delivery.ledgerId)) this.pending.delete(key);
    }
  }

  /** Everything for the peer of one ledger, in the order in which it came up. */
  allFor(ledgerId: string): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const { delivery } of this.pending.values()) {
      if (delivery.ledgerId === ledgerId) deliveries.push(delivery);
    }
    return deliveries;
  }

  /** What has waited too long, now counted as handed out again; what is too old is dropped. */
  takeOverdue(nowMs: number): Delivery[] {
    const overdue: Delivery[] = [];
    for (const [key, entry] of this.pending) {
      if (nowMs >= entry.droppedAtMs) {
        this.pending.delete(key);
      } else if (nowMs - entry.handedOutAtMs >= pauseOf(entry, nowMs)) {
        entry.handedOutAtMs = nowMs;
        overdue.push(entry.delivery);
      }
    }
    return overdue;
  }
}

function keyOf(ledgerId: string, transferId: string, what: Delivery['kind']): string {
  return `${what}/${ledgerId}/${transferId}`;
}

function pauseOf({ postedAtMs }: Pending, nowMs: number): number {
  return nowMs - postedAtMs < DELIVERY_GRACE_MS ? REDELIVER_AFTER_MS : REDELIVER_SELDOM_MS;
}

/**
 * A Prepare is worthless after its expiry; an outcome is still news for a while, however late it came
 * to be known, and a Fulfill for ever where the peer decides whether we are paid.
 */
function dropTime(delivery: Delivery, nowMs: number): number {
  if (delivery.kind === 'prepare') return delivery.expiresAtMs;
  if (delivery.kind === 'reject') return nowMs + DELIVERY_GRACE_MS;
  if (delivery.awaitsAuthority) return Infinity;
  return Math.max(nowMs, delivery.expiresAtMs) + DELIVERY_GRACE_MS;
}
