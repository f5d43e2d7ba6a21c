import type { EventReader } from '#event-store';

/** From which event on the log is published again. */
export type RepublishFrom =
  | { readonly kind: 'all' }
  /** From this position of each partition on, itself included. */
  | { readonly kind: 'position'; readonly position: number }
  /** From the first event of each partition that occurred then or later. */
  | { readonly kind: 'time'; readonly sinceMs: number };

/** ISO 8601 with a zone, so that the same text means the same moment everywhere. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The text names neither a position nor a moment. */
export class RepublishFromError extends Error {
  override readonly name = 'RepublishFromError';
}

/** @throws RepublishFromError naming the rule. */
export function parseFrom(text: string): RepublishFrom {
  if (text === 'all') return { kind: 'all' };
  if (/^[1-9]\d{0,14}$/.test(text)) return { kind: 'position', position: Number(text) };
  const sinceMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(sinceMs)) return { kind: 'time', sinceMs };
  throw new RepublishFromError(
    `--from: "${text}" must be all, a position from 1, or an ISO 8601 time with a zone, as ` +
      '2026-01-31T12:00:00Z',
  );
}

/** By how much the clocks of two ledger processes that own a partition in turn may differ. */
const CLOCK_SKEW_MS = 60_000;

/**
 * A position such that nothing before it occurred at the moment or later: found by halving, since
 * the times of a partition rise, but for what the clocks of its successive owners differ.
 */
export async function positionBefore(
  reader: EventReader,
  range: { readonly partition: number; readonly head: number },
  sinceMs: number,
): Promise<number> {
  let before = 0;
  let after = range.head;
  while (before < after) {
    const middle = Math.floor((before + after) / 2) + 1;
    const occurredAtMs = await timeOf(reader, range.partition, middle);
    if (occurredAtMs < sinceMs - CLOCK_SKEW_MS) before = middle;
    else after = middle - 1;
  }
  return before;
}

async function timeOf(reader: EventReader, partition: number, position: number): Promise<number> {
  const range = { partition, afterPosition: position - 1, untilPosition: position, limit: 1 };
  for await (const event of reader.readPartition(range)) return event.occurredAtMs;
  throw new RepublishFromError(`the log has no event ${position} of partition ${partition}`);
}
