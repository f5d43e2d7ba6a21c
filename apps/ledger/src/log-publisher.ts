import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { cloudEvent, eventSubject } from '#contracts';
import type { CheckpointStore, EventReader, Progress } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import type { OutgoingEvent } from '#messaging';
import type { LedgerMetrics } from './ledger-metrics';

/** Names the publisher's checkpoint. */
export const PUBLISHER = 'jetstream';
/** Events per round and partition. */
const BATCH_EVENTS = 1_000;
/** Pause between rounds when nothing is left. */
const REST_MS = 100;
/** Pause after a failed round. */
const RETRY_MS = 1_000;
/**
 * How long a partition that is given up waits for the round under way. What is published after that
 * is published twice, and JetStream knows it again by its id.
 */
const STOP_WITHIN_MS = 2_000;

export interface LogPublisherParts {
  readonly connector: string;
  /** To begin with; see `add` and `remove`. */
  readonly partitions: readonly number[];
  readonly reader: EventReader;
  readonly checkpoints: CheckpointStore;
  /** Makes the stream, or leaves it as it is. */
  readonly ensureStream: () => Promise<unknown>;
  /** Resolves when the stream has acknowledged all of them. */
  readonly publish: (events: readonly OutgoingEvent[]) => Promise<unknown>;
  readonly metrics: LedgerMetrics;
  readonly logger: Logger;
}

/**
 * Copies the log to JetStream: at least once, in order per partition. The checkpoint moves only
 * after the stream has acknowledged, so a crash repeats some events and loses none.
 */
export class LogPublisher {
  private hasStream = false;
  private readonly partitions: Set<number>;
  private underWay: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: LogPublisherParts) {
    this.partitions = new Set(parts.partitions);
  }

  add(partitions: readonly number[]): void {
    for (const partition of partitions) this.partitions.add(partition);
  }

  /** Resolves when nothing of these partitions is on its way any more, so that another may begin. */
  async remove(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) this.partitions.delete(partition);
    const enough = new AbortController();
    const late = sleep(STOP_WITHIN_MS, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([this.underWay, late]);
    enough.abort();
  }

  /** Follows the log until the signal. Never rejects. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const round = this.round();
      this.underWay = round;
      const pause = await round;
      if (pause > 0) await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  private async round(): Promise<number> {
    const { checkpoints, metrics, logger } = this.parts;
    try {
      const progress = await checkpoints.progress(PUBLISHER, [...this.partitions]);
      const behind = progress.filter(({ position, head }) => position < head);
      metrics.publisherLag.set(
        behind.reduce((lag, { position, head }) => lag + head - position, 0),
      );
      if (behind.length === 0) return REST_MS;
      await this.publish(behind);
      return behind.some(({ position, head }) => head - position > BATCH_EVENTS) ? 0 : REST_MS;
    } catch (error) {
      logger.warn({ err: error }, 'events are not published, trying again');
      return RETRY_MS;
    }
  }

  private async publish(behind: readonly Progress[]): Promise<void> {
    const events: OutgoingEvent[] = [];
    const reached = new Map<number, number>();
    for (const { partition, position } of behind) {
      const range = { partition, afterPosition: position, limit: BATCH_EVENTS };
      for await (const event of this.parts.reader.readPartition(range)) {
        events.push(this.message(event));
        reached.set(partition, event.position);
      }
    }
    await this.send(events);
    await this.parts.checkpoints.advance(PUBLISHER, reached);
    this.parts.metrics.published.inc(events.length);
  }

  /** A stream that somebody deleted is made again: whatever fails, the next round begins with it. */
  private async send(events: readonly OutgoingEvent[]): Promise<void> {
    if (!this.hasStream) await this.parts.ensureStream();
    this.hasStream = false;
    await this.parts.publish(events);
    this.hasStream = true;
  }

  private message(event: RecordedEvent): OutgoingEvent {
    const { connector } = this.parts;
    return {
      subject: eventSubject(connector, event.ledgerId, event.type),
      id: `${event.ledgerId}:${event.version}`,
      payload: Buffer.from(cloudEvent(connector, event)),
    };
  }
}
