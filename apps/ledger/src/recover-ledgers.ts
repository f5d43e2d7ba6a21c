import {
  decodeRecorded,
  decodeSnapshot,
  evolve,
  forgetTransfer,
  isTransferEnd,
  ledgerId,
  openLedger,
  SNAPSHOT_SHAPE,
  UnreadableSnapshotError,
  type LedgerId,
  type LedgerState,
  type TransferId,
} from '#domain/ledger';
import type { EventReader, Snapshot, SnapshotStore } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import { SLACK } from './final-transfers';

export interface RecoveredLedger {
  readonly ledger: LedgerState;
  /** Are there finished transfers in the log that are not in memory? */
  readonly forgetful: boolean;
}

export interface RecoveryParts {
  readonly reader: Pick<EventReader, 'ledgerIds' | 'readLedger'>;
  readonly snapshots: Pick<SnapshotStore, 'load'>;
  /** Which ledgers are ours. */
  readonly owns: (ledgerId: string) => boolean;
  /** Finished transfers that all ledgers together keep, or a quarter more. */
  readonly finalTransfersCached: number;
}

/**
 * Folds every ledger of our partitions: from its snapshot if one fits, else from zero.
 * @throws LedgerInvariantError, UnreadableEventError if the log is not what it should be
 */
export async function* recoverLedgers(parts: RecoveryParts): AsyncGenerator<RecoveredLedger> {
  const ids = (await parts.reader.ledgerIds()).filter((id) => parts.owns(id));
  const snapshots = await parts.snapshots.load(ids, SNAPSHOT_SHAPE);
  // However many ledgers there are, together they keep what one owner may keep.
  const finalTransfersCached = Math.ceil(parts.finalTransfersCached / Math.max(1, ids.length));
  for (const id of ids) {
    const share = { ...parts, finalTransfersCached };
    yield await recoverLedger(ledgerId(id), snapshots.get(id), share);
  }
}

/** The same for some ledgers by their ids. */
export async function recoverAll(parts: {
  readonly ids: readonly string[];
  readonly reader: Pick<EventReader, 'readLedger'>;
  readonly snapshots: Pick<SnapshotStore, 'load'>;
  readonly finalTransfersCached: number;
}): Promise<RecoveredLedger[]> {
  const { ids, reader, snapshots, finalTransfersCached } = parts;
  const recovering = recoverLedgers({
    reader: {
      ledgerIds: () => Promise.resolve(ids),
      readLedger: (range) => reader.readLedger(range),
    },
    snapshots,
    owns: () => true,
    finalTransfersCached,
  });
  const recovered: RecoveredLedger[] = [];
  for await (const ledger of recovering) recovered.push(ledger);
  return recovered;
}

async function recoverLedger(
  id: LedgerId,
  snapshot: Snapshot | undefined,
  { reader, finalTransfersCached }: RecoveryParts,
): Promise<RecoveredLedger> {
  const start = snapshot && restored(snapshot);
  const fold = new LedgerFold(id, start, finalTransfersCached);
  const afterVersion = start === undefined ? 0 : (snapshot?.version ?? 0);
  for await (const event of reader.readLedger({ ledgerId: id, afterVersion })) fold.apply(event);
  return fold.result();
}

/** A snapshot is disposable: one that today's code cannot read is as good as none. */
function restored(snapshot: Snapshot): LedgerState | undefined {
  try {
    return decodeSnapshot(snapshot.state);
  } catch (error) {
    if (error instanceof UnreadableSnapshotError) return undefined;
    throw error;
  }
}

/** A ledger while it is being folded; of what is finished only the latest stays in memory. */
class LedgerFold {
  private readonly finished: TransferId[] = [];
  private forgotten = 0;

  constructor(
    private readonly id: LedgerId,
    private ledger: LedgerState | undefined,
    private readonly keep: number,
  ) {
    if (ledger !== undefined) this.forgotten = 1;
  }

  apply(recorded: RecordedEvent): void {
    const event = decodeRecorded(recorded);
    if (this.ledger !== undefined) evolve(this.ledger, event);
    else if (event.type === 'LedgerOpened') this.ledger = openLedger(this.id, event);
    if (isTransferEnd(event)) this.finish(event.transferId);
  }

  result(): RecoveredLedger {
    if (this.ledger === undefined) throw new Error(`ledger ${this.id} was never opened`);
    return { ledger: this.ledger, forgetful: this.forgotten > 0 };
  }

  private finish(id: TransferId): void {
    this.finished.push(id);
    if (this.finished.length < SLACK * this.keep || this.ledger === undefined) return;
    const excess = this.finished.length - this.keep;
    for (const old of this.finished.splice(0, excess)) forgetTransfer(this.ledger, old);
    this.forgotten += excess;
  }
}
