import type { LogEvent } from '#events-client';

/** A transfer that came to its end, or a payment outside of the ledger. */
export interface Entry {
  readonly atMs: number;
  /** Id of the transfer, or reference of the settlement. */
  readonly id: string;
  readonly kind: 'fulfilled' | 'rejected' | 'expired' | 'settled' | 'reversed' | 'adopted';
  /** By how much the balance moved; for what was not paid, by how much it would have. */
  readonly amount: bigint;
}

/** An event whose meaning we do not know may have moved money. */
export class UnknownEntryError extends Error {
  override readonly name = 'UnknownEntryError';
}

/** One ledger in memory, folded event by event. */
export class LedgerBook {
  balance = 0n;
  readonly entries: Entry[] = [];
  private readonly open = new Map<string, bigint>();

  fold({ body, occurredAtMs }: LogEvent): void {
    const enter = (id: string, kind: Entry['kind'], amount: bigint): void => {
      this.entries.push({ atMs: occurredAtMs, id, kind, amount });
      if (kind !== 'rejected' && kind !== 'expired') this.balance += amount;
    };
    switch (body.type) {
      case 'TransferPrepared':
      case 'TransferProposed':
        this.open.set(body.transferId, body.direction === 'incoming' ? body.amount : -body.amount);
        return;
      case 'TransferFulfilled':
        enter(body.transferId, 'fulfilled', this.closed(body.transferId));
        return;
      case 'TransferRejected':
        enter(body.transferId, 'rejected', this.closed(body.transferId));
        return;
      case 'TransferExpired':
        enter(body.transferId, 'expired', this.closed(body.transferId));
        return;
      case 'SettlementRecorded':
        enter(body.reference, 'settled', body.direction === 'paid' ? body.amount : -body.amount);
        return;
      case 'SettlementReversed':
        enter(body.reference, 'reversed', body.direction === 'paid' ? -body.amount : body.amount);
        return;
      case 'DisputeResolved':
      case 'ShadowReconciled':
        if (body.how === 'adopted') enter(body.by, 'adopted', body.theirs - body.ours);
        return;
      case 'unknown':
        throw new UnknownEntryError(`${body.name} version ${body.schemaVersion} (${body.why})`);
      default:
    }
  }

  private closed(transferId: string): bigint {
    const amount = this.open.get(transferId);
    if (amount === undefined) throw new UnknownEntryError(`transfer ${transferId} never began`);
    this.open.delete(transferId);
    return amount;
  }
}
