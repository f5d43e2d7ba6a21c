import { escapeLiteral, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { ChainHead, RecordedEvent } from '#eventsourcing';
import { binaryArray, int2Element } from './binary-array';
import { BinaryRows, binaryRows } from './binary-rows';
import { textRows, withConnection, type TextQuery } from './connection';
import { decodeBytea, decodeEvent, EVENT_COLUMNS } from './event-rows';
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

/** Events per round trip. With packets of 32 KiB twice this is what one reader may need. */
const BATCH_EVENTS = 1_000;

/** Reads the log. Every stream is read in batches by key and holds no connection between them. */
export class EventReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly batchEvents = BATCH_EVENTS,
  ) {}

  /** In the order of positions. Ends where the log ends now. */
  readPartition(range: PartitionRange): AsyncGenerator<RecordedEvent, void, undefined> {
    const partition = whole(range.partition);
    const until = whole(range.untilPosition ?? Number.MAX_SAFE_INTEGER);
    return this.stream(range.afterPosition ?? 0, range.limit ?? Infinity, {
      select: (after, count) => `
        SELECT ${EVENT_COLUMNS} FROM ledger_events e
        WHERE (e.partition, e.position) > (${partition}, ${after})
          AND (e.partition, e.position) <= (${partition}, ${until})
        ORDER BY e.partition, e.position LIMIT ${count}`,
      keyOf: (event) => event.position,
    });
  }

  /** In the order of versions. Ends where the ledger's stream ends now. */
  readLedger(range: LedgerRange): AsyncGenerator<RecordedEvent, void, undefined> {
    const ledgerId = escapeLiteral(range.ledgerId);
    const until = whole(range.untilVersion ?? Number.MAX_SAFE_INTEGER);
    return this.stream(range.afterVersion ?? 0, range.limit ?? Infinity, {
      select: (after, count) => `
        SELECT ${EVENT_COLUMNS} FROM ledger_events e
        WHERE (e.ledger_id, e.version) > (${ledgerId}, ${after})
          AND (e.ledger_id, e.version) <= (${ledgerId}, ${until})
        ORDER BY e.ledger_id, e.version LIMIT ${count}`,
      keyOf: (event) => event.version,
      untilMs: range.untilMs,
    });
  }

  /**
   * All events of some transfers, ordered by ledger and version; nothing for a transfer that the
   * log does not know. One statement however many they are.
   */
  async recallTransfers(keys: readonly TransferKey[]): Promise<readonly RecordedEvent[]> {
    if (keys.length === 0) return [];
    const unique = new Map(keys.map((key) => [`${key.ledgerId}/${key.transferId}`, key]));
    const rows = await this.binary(recallSelect([...unique.values()]));
    return Array.from({ length: rows.length }, (_, index) => rows.read(index, decodeEvent));
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

  /** While a batch is being used, the next one is being read. */
  private async *stream(
    after: number,
    limit: number,
    by: Keyset,
  ): AsyncGenerator<RecordedEvent, void, undefined> {
    let left = limit;
    let reading = this.batch(by, after, left);
    for (;;) {
      const { rows, isLast } = await reading;
      left -= rows.length;
      if (!isLast)
        reading = this.batch(by, by.keyOf(rows.read(rows.length - 1, decodeEvent)), left);
      for (let index = 0; index < rows.length; index += 1) {
        const event = rows.read(index, decodeEvent);
        if (by.untilMs !== undefined && event.occurredAtMs > by.untilMs) return;
        yield event;
      }
      if (isLast) return;
    }
  }

  private batch(by: Keyset, after: number, left: number): Promise<Batch> {
    const count = Math.min(left, this.batchEvents);
    if (count <= 0) return Promise.resolve({ rows: new BinaryRows(), isLast: true });
    const batch = this.binary(by.select(whole(after), whole(count))).then((rows) => ({
      rows,
      isLast: rows.length < count,
    }));
    // Whoever stops reading never hears of a batch that could not be read.
    batch.catch(() => undefined);
    return batch;
  }

  private binary(select: string): Promise<BinaryRows> {
    return withConnection(this.dataSource, (client) => binaryRows(client, select));
  }

  private rows<R extends (string | null)[]>(query: TextQuery): Promise<R[]> {
    return withConnection(this.dataSource, (client: PoolClient) => textRows<R>(client, query));
  }
}

/**
 * How a stream is cut into batches. Keys are compared as rows: so the planner walks along the index
 * even where it knows nothing of the table yet, instead of sorting all that is left for each batch.
 */
interface Keyset {
  readonly select: (after: number, count: number) => string;
  readonly keyOf: (event: RecordedEvent) => number;
  /** The stream ends before the first event that occurred later. */
  readonly untilMs?: number | undefined;
}

interface Batch {
  readonly rows: BinaryRows;
  readonly isLast: boolean;
}

// OFFSET 0 keeps the planner from turning the look-up of each key into a pass over the log.
function recallSelect(keys: readonly TransferKey[]): string {
  const ledgerIds = keys.map(({ ledgerId }) => escapeLiteral(ledgerId));
  const transferIds = keys.map(({ transferId }) => escapeLiteral(transferId));
  return `
    SELECT e.* FROM unnest(
      ARRAY[${ledgerIds.join()}]::text[], ARRAY[${transferIds.join()}]::uuid[]
    ) AS k (ledger_id, transfer_id)
    CROSS JOIN LATERAL (
      SELECT ${EVENT_COLUMNS} FROM ledger_events e
      WHERE e.ledger_id = k.ledger_id AND e.transfer_id = k.transfer_id
      OFFSET 0
    ) e
    ORDER BY e.ledger_id, e.version`;
}

/** A number that becomes part of a statement. @throws RangeError */
function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return value;
}

const PARTITIONS_IN_USE = `
WITH RECURSIVE used AS (
  (SELECT partition FROM ledger_events ORDER BY partition LIMIT 1)
  UNION ALL
  SELECT (SELECT e.partition FROM ledger_events e WHERE e.partition > used.partition
          ORDER BY e.partition LIMIT 1)
  FROM used WHERE used.partition IS NOT NULL
)
SELECT partition FROM used WHERE partition IS NOT NULL`;
