import { createHash } from 'node:crypto';
import { partitionOf } from '#contracts';
import { encodeEvent, type LedgerEvent } from '#domain/ledger';
import { canonicalJson, chainHash, GENESIS_HASH, type RecordedEvent } from '#eventsourcing';

export interface StoryEvent {
  readonly ledgerId: string;
  readonly event: LedgerEvent;
}

const STARTED_MS = Date.parse('2017-08-28T12:00:00.000Z');

/** Events as the log would hold them, a millisecond apart, each with its place and its hashes. */
export function recordedStory(
  story: readonly StoryEvent[],
  partitions = 64,
  startedMs = STARTED_MS,
): RecordedEvent[] {
  const bare = story.map(({ ledgerId, event }, index) => {
    const { type, schemaVersion, transferId, payload, packet } = encodeEvent(event);
    return {
      ledgerId,
      type,
      schemaVersion,
      transferId,
      occurredAtMs: startedMs + index,
      payload: canonicalJson(payload),
      packet,
      packetDigest: packet && createHash('sha256').update(packet).digest(),
    };
  });
  return chained(bare, partitions);
}

export type BareEvent = Omit<
  RecordedEvent,
  'version' | 'partition' | 'position' | 'previousHash' | 'hash'
>;

/** Gives events their places and hashes, in their order. */
export function chained(events: readonly BareEvent[], partitions = 64): RecordedEvent[] {
  const heads = new Map<string, { version: number; hash: Buffer }>();
  const positions = new Map<number, number>();
  return events.map((event) => {
    const head = heads.get(event.ledgerId) ?? { version: 0, hash: GENESIS_HASH };
    const version = head.version + 1;
    const partition = partitionOf(event.ledgerId, partitions);
    const position = (positions.get(partition) ?? 0) + 1;
    const hash = chainHash(head.hash, { ...event, version });
    heads.set(event.ledgerId, { version, hash });
    positions.set(partition, position);
    return { ...event, version, partition, position, previousHash: head.hash, hash };
  });
}

/** As a reader of a whole log gives them: partition by partition, in the order of positions. */
export function byPosition(events: readonly RecordedEvent[]): RecordedEvent[] {
  return [...events].sort(
    (one, other) => one.partition - other.partition || one.position - other.position,
  );
}
