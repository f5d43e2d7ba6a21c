import { setTimeout as sleep } from 'node:timers/promises';
import { eventMessage } from '#contracts';
import type { EventReader } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import { type OutgoingEvent, PublishFailedError, type StreamState } from '#messaging';
import { positionBefore, type RepublishFrom } from './republish-from';

/** Events that are published before the next ones are read. */
const BATCH_EVENTS = 1_000;
const ATTEMPTS = 5;
const PAUSE_MS = 1_000;

export interface RepublishParts {
  /** Slug of the connector. */
  readonly connector: string;
  readonly reader: EventReader;
  /** Makes the stream, or leaves it as it is. */
  readonly ensureStream: () => Promise<StreamState>;
  /** Resolves when the stream has acknowledged all of them. */
  readonly publish: (events: readonly OutgoingEvent[]) => Promise<Published>;
  /** Called after every batch, and when it begins again from the start. */
  readonly progress: (so: RepublishReport) => void;
}

export interface RepublishScope {
  readonly from: RepublishFrom;
  /** This ledger only. */
  readonly ledger?: string;
}

export interface Published {
  readonly stored: number;
  /** Dropped by the stream: it has had them within its duplicate window. */
  readonly duplicates: number;
}

export interface RepublishReport extends Published {
  /** How often it was begun. */
  readonly attempts: number;
}

/** Every attempt was undone by somebody who deleted the stream, or failed. */
export class RepublishFailedError extends Error {
  override readonly name = 'RepublishFailedError';

  constructor(options?: ErrorOptions) {
    super(`the stream did not stay for long enough to be filled, ${ATTEMPTS} times`, options);
  }
}

/**
 * Publishes what the log holds now once more, partition by partition in the order of positions.
 * The checkpoint of the running publisher is not looked at and not touched: what it publishes
 * meanwhile stands between, and subscribers go by position. Is the stream deleted meanwhile, all
 * begins again, for what was stored before is gone. @throws RepublishFailedError
 */
export async function republish(
  parts: RepublishParts,
  scope: RepublishScope,
): Promise<RepublishReport> {
  let cause: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (attempt > 1) await sleep(PAUSE_MS);
    try {
      const before = await parts.ensureStream();
      const published = await publishAll(parts, scope, attempt);
      const after = await parts.ensureStream();
      if (after.createdAt.getTime() === before.createdAt.getTime()) {
        return { ...published, attempts: attempt };
      }
    } catch (error) {
      if (!(error instanceof PublishFailedError)) throw error;
      cause = error;
    }
  }
  throw new RepublishFailedError({ cause });
}

async function publishAll(
  { connector, reader, publish, progress }: RepublishParts,
  scope: RepublishScope,
  attempts: number,
): Promise<Published> {
  let total: Published = { stored: 0, duplicates: 0 };
  progress({ ...total, attempts });
  for await (const batch of batches(eventsOf(reader, scope))) {
    const { stored, duplicates } = await publish(
      batch.map((event) => eventMessage(connector, event)),
    );
    total = { stored: total.stored + stored, duplicates: total.duplicates + duplicates };
    progress({ ...total, attempts });
  }
  return total;
}

async function* eventsOf(
  reader: EventReader,
  { from, ledger }: RepublishScope,
): AsyncGenerator<RecordedEvent> {
  if (ledger !== undefined) {
    yield* beginningAt(reader.readLedger({ ledgerId: ledger }), from);
    return;
  }
  const heads = await reader.partitionHeads(await reader.partitionsInUse());
  for (const [partition, head] of heads) {
    const afterPosition = await placeBefore(reader, { partition, head }, from);
    const range = { partition, afterPosition, untilPosition: head };
    yield* beginningAt(reader.readPartition(range), from);
  }
}

/** Leaves out the first events, up to one that belongs to what is asked for. */
async function* beginningAt(
  events: AsyncIterable<RecordedEvent>,
  from: RepublishFrom,
): AsyncGenerator<RecordedEvent> {
  let hasBegun = false;
  for await (const event of events) {
    hasBegun ||= isFrom(event, from);
    if (hasBegun) yield event;
  }
}

function isFrom(event: RecordedEvent, from: RepublishFrom): boolean {
  switch (from.kind) {
    case 'all':
      return true;
    case 'position':
      return event.position >= from.position;
    case 'time':
      return event.occurredAtMs >= from.sinceMs;
  }
}

function placeBefore(
  reader: EventReader,
  range: { readonly partition: number; readonly head: number },
  from: RepublishFrom,
): number | Promise<number> {
  if (from.kind === 'all') return 0;
  if (from.kind === 'position') return from.position - 1;
  return positionBefore(reader, range, from.sinceMs);
}

/** A batch holds events of one partition or several; their order stays. */
async function* batches(events: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent[]> {
  let batch: RecordedEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < BATCH_EVENTS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
