import { allPartitions, partitionOf } from '#contracts';
import type { EventReader } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import type { FeedPlace } from './events-query';

/** Some events, and where whoever has read them stands. */
export interface FeedPage {
  readonly events: readonly RecordedEvent[];
  /** Position by partition: of what was asked for, nothing up to there is missing. */
  readonly asOf: ReadonlyMap<number, number>;
  /** Where to read on. */
  readonly next: FeedPlace;
  /** Whether the log held more than this page does. */
  readonly more: boolean;
}

type Partitions = Extract<FeedPlace, { kind: 'partitions' }>;
type Ledger = Extract<FeedPlace, { kind: 'ledger' }>;

/** Reads the log in pages, straight from PostgreSQL. */
export class EventsFeed {
  constructor(
    private readonly reader: EventReader,
    private readonly partitions: number,
  ) {}

  /** Last position of every partition, the connector's own included. */
  heads(): Promise<ReadonlyMap<number, number>> {
    return this.reader.partitionHeads(allPartitions(this.partitions));
  }

  page(from: FeedPlace, limit: number): Promise<FeedPage> {
    return from.kind === 'ledger' ? this.ledgerPage(from, limit) : this.partitionsPage(from, limit);
  }

  /** Partition by partition; each up to the head that it had when the page was begun. */
  private async partitionsPage(from: Partitions, limit: number): Promise<FeedPage> {
    const heads = await this.reader.partitionHeads([...from.after.keys()]);
    const events: RecordedEvent[] = [];
    const reached = new Map<number, number>();
    let more = false;
    for (const [partition, afterPosition] of from.after) {
      const head = heads.get(partition) ?? 0;
      const left = limit - events.length;
      const range = { partition, afterPosition, untilPosition: head, limit: left };
      const isWanted = left > 0 && head > afterPosition;
      const read = isWanted ? await collect(this.reader.readPartition(range)) : [];
      events.push(...read);
      const last = read.at(-1)?.position ?? afterPosition;
      reached.set(partition, Math.min(last, head));
      more ||= last < head;
    }
    return { events, asOf: reached, next: { kind: 'partitions', after: reached }, more };
  }

  /** The head of the partition is read first: no event of the ledger up to there can be missing. */
  private async ledgerPage(from: Ledger, limit: number): Promise<FeedPage> {
    const { ledgerId, afterVersion } = from;
    const partition = partitionOf(ledgerId, this.partitions);
    const heads = await this.reader.partitionHeads([partition]);
    const events = await collect(this.reader.readLedger({ ledgerId, afterVersion, limit }));
    const last = events.at(-1);
    const more = events.length === limit;
    const head = more ? 0 : (heads.get(partition) ?? 0);
    return {
      events,
      asOf: new Map([[partition, Math.max(head, last?.position ?? 0)]]),
      next: { kind: 'ledger', ledgerId, afterVersion: last?.version ?? afterVersion },
      more,
    };
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
