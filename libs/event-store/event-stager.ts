import { chainHash, GENESIS_HASH, type ChainHead, type RecordedEvent } from '#eventsourcing';
import { UnstorableEventError } from './event-store-errors';
import { checkStorable, type NewEvent } from './storable-event';

/** Where a ledger's chain and its partition stood. */
export interface LedgerHead extends ChainHead {
  readonly partition: number;
}

/** The end of the log as far as one writer is concerned. */
export interface LogHeads {
  /** Last position of each partition that the writer holds; 0 where nothing was ever written. */
  readonly positions: ReadonlyMap<number, number>;
  /** Last version and hash of every ledger of these partitions. */
  readonly ledgers: ReadonlyMap<string, LedgerHead>;
}

/**
 * Gives events their place: version and hash in their ledger's chain, position in their partition.
 * It trusts that nobody else writes to these partitions; the log's unique keys make sure of it.
 */
export class EventStager {
  private readonly positions = new Map<number, number>();
  private readonly heads = new Map<string, LedgerHead>();
  private staged: RecordedEvent[] = [];

  /** Every ledger that has an event, staged ones included. */
  get ledgers(): ReadonlyMap<string, LedgerHead> {
    return this.heads;
  }

  /** Adds partitions with everything in them. */
  extend(heads: LogHeads): void {
    for (const [partition, position] of heads.positions) this.positions.set(partition, position);
    for (const [ledgerId, head] of heads.ledgers) this.heads.set(ledgerId, head);
  }

  /** Forgets partitions and their ledgers; what is staged for them and was not taken is dropped. */
  release(partitions: ReadonlySet<number>): void {
    for (const partition of partitions) this.positions.delete(partition);
    for (const [ledgerId, { partition }] of this.heads) {
      if (partitions.has(partition)) this.heads.delete(ledgerId);
    }
    this.staged = this.staged.filter(({ partition }) => !partitions.has(partition));
  }

  /** @throws UnstorableEventError; then nothing has changed. */
  stage(event: NewEvent): RecordedEvent {
    checkStorable(event);
    const before = this.headOf(event);
    const position = this.nextPosition(event.partition);
    const version = before.version + 1;
    const hash = chainHash(before.hash, { ...event, version });
    const recorded = place(event, { version, position, previousHash: before.hash, hash });
    this.positions.set(event.partition, position);
    this.heads.set(event.ledgerId, { version, hash, partition: event.partition });
    this.staged.push(recorded);
    return recorded;
  }

  /** Everything staged since the last call, in order. */
  take(): readonly RecordedEvent[] {
    const events = this.staged;
    this.staged = [];
    return events;
  }

  private headOf(event: NewEvent): LedgerHead {
    const { ledgerId, partition } = event;
    const head = this.heads.get(ledgerId);
    if (head === undefined) return { version: 0, hash: GENESIS_HASH, partition };
    if (head.partition !== partition) {
      throw new UnstorableEventError('partition', `of ledger ${ledgerId} is ${head.partition}`);
    }
    return head;
  }

  private nextPosition(partition: number): number {
    const position = this.positions.get(partition);
    if (position === undefined) {
      throw new UnstorableEventError('partition', `${partition} is not held by this writer`);
    }
    return position + 1;
  }
}

type Place = Pick<RecordedEvent, 'version' | 'position' | 'previousHash' | 'hash'>;

// Spelled out, so that nothing else a caller hung on its event gets into the log's copy of it, and
// every event has the same shape in memory.
function place(event: NewEvent, at: Place): RecordedEvent {
  return {
    ledgerId: event.ledgerId,
    version: at.version,
    type: event.type,
    schemaVersion: event.schemaVersion,
    transferId: event.transferId,
    occurredAtMs: event.occurredAtMs,
    payload: event.payload,
    packetDigest: event.packetDigest,
    partition: event.partition,
    position: at.position,
    packet: event.packet,
    previousHash: at.previousHash,
    hash: at.hash,
  };
}
