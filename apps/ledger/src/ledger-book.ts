import { createHash } from 'node:crypto';
import {
  encodeEvent,
  evolve,
  isOpen,
  isShadow,
  isTransferEnd,
  openLedger,
  recallTransfer,
  type LedgerEvent,
  type LedgerId,
  type LedgerOpened,
  type LedgerState,
  type TransferEvent,
  type TransferId,
  watchThresholds,
} from '#domain/ledger';
import type { Ledgers, Patience } from '#domain/payment';
import type { NewEvent } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { ExpiryQueue, type Expiry } from './expiry-queue';
import { FinalTransfers } from './final-transfers';

/** Until what is due is looked at again that had to wait for what a peer may have said. */
const LOOK_AGAIN_MS = 100;

/** An event as the log takes it, but for the partition, which is the owner's business. */
export type StagedEvent = Omit<NewEvent, 'partition'>;

export interface LedgerBookOptions {
  /** Returns the version that the event has on its ledger. */
  readonly stage: (event: StagedEvent) => number;
  /** Final transfers kept in memory over all ledgers. */
  readonly finalTransfersCached: number;
  /** Is this process the owner of the ledger's partition? Default: of every one. */
  readonly owns?: (ledgerId: LedgerId) => boolean;
  /** May its peer have said something that has yet to reach us? Default: of none. */
  readonly mayHaveMissed?: (ledgerId: LedgerId, patience: Patience) => boolean;
  /** How long past its expiry a transfer of a shadow ledger waits for the authority's verdict. */
  readonly shadowExpiryGraceMs: number;
}

/**
 * All ledgers of one owner, in memory. `record` is the only way in which anything changes: the
 * event evolves the ledger and is staged for the next append, stamped with the batch's time.
 */
export class LedgerBook implements Ledgers {
  private readonly ledgers = new Map<LedgerId, LedgerState>();
  private readonly expiries = new ExpiryQueue();
  private readonly finals: FinalTransfers;
  private readonly preparedNow = new Set<TransferId>();
  private nowMs = 0;
  private digestOf: { packet: Buffer; digest: Buffer } | undefined;

  constructor(private readonly options: LedgerBookOptions) {
    this.finals = new FinalTransfers(options.finalTransfersCached);
  }

  /** A command begins: with the one time that all decisions of a batch share. */
  stamp(nowMs: number): void {
    this.nowMs = nowMs;
    this.preparedNow.clear();
  }

  /** Was the transfer prepared by this very command, so that its peer cannot have heard of it? */
  wasPreparedNow(id: TransferId): boolean {
    return this.preparedNow.has(id);
  }

  all(): Iterable<LedgerState> {
    return this.ledgers.values();
  }

  /**
   * Is the ledger, if there is one of this id, decided on here? A ledger that `find` does not know
   * is unknown to everybody if it is ours, and another process's business if it is not.
   */
  owns(id: LedgerId): boolean {
    return this.options.owns?.(id) ?? true;
  }

  find(id: LedgerId): LedgerState | undefined {
    return this.ledgers.get(id);
  }

  open(id: LedgerId, event: LedgerOpened): LedgerState {
    const ledger = openLedger(id, event);
    this.ledgers.set(id, ledger);
    this.stage(id, event);
    return ledger;
  }

  /**
   * Lets the event happen, and what it means for the ledger's thresholds with it. Returns the version
   * that the event has on the ledger.
   */
  record(ledger: LedgerState, event: LedgerEvent): number {
    const version = this.happen(ledger, event);
    for (const crossing of watchThresholds(ledger)) this.happen(ledger, crossing);
    return version;
  }

  /** Takes over a ledger as the log left it. */
  adopt(ledger: LedgerState, forgetful: boolean): void {
    this.ledgers.set(ledger.id, ledger);
    if (forgetful) this.finals.markForgetful(ledger.id);
    for (const transfer of ledger.transfers.values()) {
      if (isOpen(transfer)) this.awaitExpiry(ledger, transfer.id, transfer.expiresAtMs);
      else this.finals.add(ledger, transfer.id);
    }
  }

  /** Lets go of a ledger, whose partition goes to another owner. */
  release(id: LedgerId): void {
    if (!this.ledgers.delete(id)) return;
    this.expiries.release(id);
    this.finals.release(id);
  }

  /** A batch is decided: memory may let go of what ended long ago. */
  forgetOld(): void {
    this.finals.trim();
  }

  /** May the log know a transfer that memory does not? */
  mayHaveForgotten(ledger: LedgerState, id: TransferId): boolean {
    return !ledger.transfers.has(id) && this.finals.isForgetful(ledger.id);
  }

  mayHaveMissed({ id }: LedgerState, patience: Patience): boolean {
    return this.options.mayHaveMissed?.(id, patience) ?? false;
  }

  /** Puts a finished transfer back into memory from its own events, oldest first. */
  recall(ledger: LedgerState, id: TransferId, events: readonly TransferEvent[]): void {
    if (ledger.transfers.has(id)) return;
    recallTransfer(ledger, events);
    this.finals.add(ledger, id);
  }

  hasExpiryDue(nowMs: number): boolean {
    return this.expiries.hasDue(nowMs);
  }

  /** Where the peer decides, what it may have said in time comes first: that waits a little longer. */
  takeExpiryDue(nowMs: number): Expiry | undefined {
    let due = this.expiries.takeDue(nowMs);
    while (due !== undefined && this.isUnheard(due.ledgerId)) {
      this.expiries.add({ ...due, dueAtMs: nowMs + LOOK_AGAIN_MS });
      due = this.expiries.takeDue(nowMs);
    }
    return due;
  }

  private isUnheard(id: LedgerId): boolean {
    const ledger = this.ledgers.get(id);
    return ledger !== undefined && isShadow(ledger) && this.mayHaveMissed(ledger, 'all');
  }

  private happen(ledger: LedgerState, event: LedgerEvent): number {
    evolve(ledger, event);
    const version = this.stage(ledger.id, event);
    if (event.type === 'TransferPrepared' || event.type === 'TransferProposed') {
      this.preparedNow.add(event.transferId);
      this.awaitExpiry(ledger, event.transferId, event.expiresAtMs);
    } else if (isTransferEnd(event)) this.finals.add(ledger, event.transferId);
    return version;
  }

  private awaitExpiry(ledger: LedgerState, transferId: TransferId, expiresAtMs: number): void {
    const grace = isShadow(ledger) ? this.options.shadowExpiryGraceMs : 0;
    this.expiries.add({ dueAtMs: expiresAtMs + grace, ledgerId: ledger.id, transferId });
  }

  private stage(ledgerId: LedgerId, event: LedgerEvent): number {
    const { type, schemaVersion, transferId, payload, packet } = encodeEvent(event);
    return this.options.stage({
      ledgerId,
      type,
      schemaVersion,
      transferId,
      occurredAtMs: this.nowMs,
      payload: canonicalJson(payload),
      packet,
      packetDigest: packet === null ? null : this.digest(packet),
    });
  }

  /** Both legs of a payment carry the same packet: it is hashed once. */
  private digest(packet: Buffer): Buffer {
    if (this.digestOf?.packet !== packet) {
      this.digestOf = { packet, digest: createHash('sha256').update(packet).digest() };
    }
    return this.digestOf.digest;
  }
}
