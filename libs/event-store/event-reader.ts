import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { ChainHead, RecordedEvent } from '#eventsourcing';
import { binaryArray, int2Element, textElement, uuidElement } from './binary-array';
import { textRows, withConnection, type TextQuery } from './connection';
import { decodeBytea, decodeEvent, EVENT_COLUMNS, type EventRow } from './event-rows';
import { safeInteger } from './exact-integer';
import { LEDGER_IDS, PARTITION_HEADS } from './log-heads';

export interface PartitionRange {
  readonly partition: number;
  /** Exclusive; 0 = from the beginning. */
  readonly afterPosition?: number;
  /** Inclusive. */
  readonly untilPosition?: number;
  /** How many events at most. */
  readonly limit?: number;
}

export interface LedgerRange {
  readonly ledgerId: string;
  /** Exclusive; 0 = from the beginning. */
  readonly afterVersion?: number;
  /** Inclusive. */
  readonly untilVersion?: number;
  /** Inclusive: the stream ends before the first event that occurred later. */
  readonly untilMs?: number;
  readonly limit?: number;
}

export interface TransferKey {
  readonly ledgerId: string;
  /** Lower-case UUID. */
  readonly transferId: string;
}

/** Events per round trip. With packets of 32 KiB this is the memory that one reader may need. */
const BATCH_EVENTS = 1_000;

/** Reads the log. Every stream is read in batches by key and holds no connection between them. */
export class EventReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly batchEvents = BATCH_EVENTS,
  ) {}

  /** In the order of positions. Ends where the log ends now. */
  readPartition(range: PartitionRange): AsyncGenerator<RecordedEvent, void, undefined> {
    const until = range.untilPosition ?? Number.MAX_SAFE_INTEGER;
    return this.stream(range.afterPosition ?? 0, range.limit ?? Infinity, {
      query: (after, count) => ({
        name: 'causeway-read-partition',
        text: READ_PARTITION,
        values: [range.partition, after, until, count],
      }),
      keyOf: (event) => event.position,
    });
  }

  /** In the order of versions. Ends where the ledger's stream ends now. */
  async *readLedger(range: LedgerRange): AsyncGenerator<RecordedEvent, void, undefined> {
    const until = range.untilVersion ?? Number.MAX_SAFE_INTEGER;
    const events = this.stream(range.afterVersion ?? 0, range.limit ?? Infinity, {
      query: (after, count) => ({
        name: 'causeway-read-ledger',
        text: READ_LEDGER,
        values: [range.ledgerId, after, until, count],
      }),
      keyOf: (event) => event.version,
    });
    for await (const event of events) {
      if (event.occurredAtMs > (range.untilMs ?? Infinity)) return;
      yield event;
    }
  }

  /**
   * All events of some transfers, ordered by ledger and version; nothing for a transfer that the
   * log does not know. One statement however many they are.
   */
  async recallTransfers(keys: readonly TransferKey[]): Promise<readonly RecordedEvent[]> {
    if (keys.length === 0) return [];
    const unique = [
      ...new Map(keys.map((key) => [`${key.ledgerId}/${key.transferId}`, key])).values(),
    ];
    return this.events({
      name: 'causeway-recall',
      text: RECALL_TRANSFERS,
      values: [
        binaryArray(
          textElement,
          unique.map(({ ledgerId }) => ledgerId),
        ),
        binaryArray(
          uuidElement,
          unique.map(({ transferId }) => transferId),
        ),
      ],
    });
  }

  /** Every ledger that has an event, in order of ids. */
  async ledgerIds(): Promise<readonly string[]> {
    const rows = await this.rows<[string]>({
      text: `${LEDGER_IDS} SELECT ledger_id FROM ids WHERE ledger_id IS NOT NULL`,
    });
    return rows.map(([ledgerId]) => ledgerId);
  }

  /** Version and hash of the ledger's last event; undefined if it has none. */
  async ledgerHead(ledgerId: string): Promise<ChainHead | undefined> {
    const [row] = await this.rows<[string, string]>({
      name: 'causeway-ledger-head',
      text: `SELECT version, hash FROM ledger_events WHERE ledger_id = $1
             ORDER BY version DESC LIMIT 1`,
      values: [ledgerId],
    });
    return row && { version: safeInteger(row[0]), hash: decodeBytea(row[1]) };
  }

  /** Last position of each of these partitions; 0 where there is no event. */
  async partitionHeads(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const rows = await this.rows<[string, string]>({
      name: 'causeway-partition-heads',
      text: PARTITION_HEADS,
      values: [binaryArray(int2Element, partitions)],
    });
    return new Map(rows.map(([partition, position]) => [Number(partition), safeInteger(position)]));
  }

  /** Every partition number that occurs in the log, be it a proper one or not. */
  async partitionsInUse(): Promise<readonly number[]> {
    const rows = await this.rows<[string]>({ text: PARTITIONS_IN_USE });
    return rows.map(([partition]) => Number(partition));
  }

  private async *stream(
    after: number,
    limit: number,
    by: {
      readonly query: (after: number, count: number) => TextQuery;
      readonly keyOf: (event: RecordedEvent) => number;
    },
  ): AsyncGenerator<RecordedEvent, void, undefined> {
    let left = limit;
    let from = after;
    while (left > 0) {
      const count = Math.min(left, this.batchEvents);
      const events = await this.events(by.query(from, count));
      yield* events;
      const last = events.at(-1);
      if (last === undefined || events.length < count) return;
      from = by.keyOf(last);
      left -= events.length;
    }
  }

  private async events(query: TextQuery): Promise<RecordedEvent[]> {
    return (await this.rows<EventRow>(query)).map(decodeEvent);
  }

  private rows<R extends (string | null)[]>(query: TextQuery): Promise<R[]> {
    return withConnection(this.dataSource, (client: PoolClient) => textRows<R>(client, query));
  }
}

const READ_PARTITION = `
SELECT ${EVENT_COLUMNS} FROM ledger_events e
WHERE e.partition = $1::int2 AND e.position > $2::int8 AND e.position <= $3::int8
ORDER BY e.position LIMIT $4::int8`;

const READ_LEDGER = `
SELECT ${EVENT_COLUMNS} FROM ledger_events e
WHERE e.ledger_id = $1 AND e.version > $2::int8 AND e.version <= $3::int8
ORDER BY e.version LIMIT $4::int8`;

// OFFSET 0 keeps the planner from turning the look-up of each key into a pass over the log.
const RECALL_TRANSFERS = `
SELECT e.* FROM unnest($1::text[], $2::uuid[]) AS k (ledger_id, transfer_id)
CROSS JOIN LATERAL (
  SELECT ${EVENT_COLUMNS} FROM ledger_events e
  WHERE e.ledger_id = k.ledger_id AND e.transfer_id = k.transfer_id
  OFFSET 0
) e
ORDER BY e.ledger_id, e.version`;

const PARTITIONS_IN_USE = `
WITH RECURSIVE used AS (
  (SELECT partition FROM ledger_events ORDER BY partition LIMIT 1)
  UNION ALL
  SELECT (SELECT e.partition FROM ledger_events e WHERE e.partition > used.partition
          ORDER BY e.partition LIMIT 1)
  FROM used WHERE used.partition IS NOT NULL
)
SELECT partition FROM used WHERE partition IS NOT NULL`;
