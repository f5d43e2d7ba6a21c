import {
  encodeSnapshot,
  isOpen,
  SNAPSHOT_SHAPE,
  type LedgerId,
  type LedgerState,
} from '#domain/ledger';
import type { Snapshot } from '#event-store';
import { DELIVERY_GRACE_MS } from './delivery-board';

/** A ledger's state is snapshot after this many events, and when its owner stops. */
export const SNAPSHOT_EVERY_EVENTS = 50_000;

interface Head {
  readonly version: number;
  readonly hash: Buffer;
}

/**
 * Knows which event each ledger's state includes as its last, and takes snapshots of it. What it
 * gives must not be stored before that event is committed.
 */
export class SnapshotKeeper {
  private readonly heads = new Map<LedgerId, Head>();
  private readonly taken = new Map<LedgerId, number>();
  private readonly due = new Set<LedgerId>();

  /** The event that a ledger's state includes from now on. */
  follow(ledgerId: LedgerId, head: Head): void {
    this.heads.set(ledgerId, head);
    const since = this.taken.get(ledgerId);
    if (since === undefined) this.taken.set(ledgerId, head.version);
    else if (head.version - since >= SNAPSHOT_EVERY_EVENTS) this.due.add(ledgerId);
  }

  /** Snapshots of the ledgers that are due now. */
  takeDue(find: (id: LedgerId) => LedgerState | undefined, nowMs: number): Snapshot[] {
    if (this.due.size === 0) return [];
    const snapshots = [...this.due].flatMap((id) => this.take(find(id), nowMs));
    this.due.clear();
    return snapshots;
  }

  /** Forgets a ledger: when it comes back, it is with a state that others have moved on. */
  release(ledgerId: LedgerId): void {
    this.heads.delete(ledgerId);
    this.taken.delete(ledgerId);
    this.due.delete(ledgerId);
  }

  takeAll(ledgers: Iterable<LedgerState>, nowMs: number): Snapshot[] {
    return [...ledgers].flatMap((ledger) => this.take(ledger, nowMs));
  }

  private take(ledger: LedgerState | undefined, nowMs: number): Snapshot[] {
    if (ledger === undefined) return [];
    const head = this.heads.get(ledger.id);
    if (head === undefined) return [];
    this.taken.set(ledger.id, head.version);
    const state = encodeSnapshot(withoutOldTransfers(ledger, nowMs));
    return [
      { ledgerId: ledger.id, version: head.version, hash: head.hash, shape: SNAPSHOT_SHAPE, state },
    ];
  }
}

/** What is finished and long told is in the log; a snapshot holds what an owner needs at once. */
function withoutOldTransfers(ledger: LedgerState, nowMs: number): LedgerState {
  const recent = [...ledger.transfers].filter(
    ([, transfer]) => isOpen(transfer) || transfer.expiresAtMs + DELIVERY_GRACE_MS > nowMs,
  );
  return { ...ledger, transfers: new Map(recent) };
}
