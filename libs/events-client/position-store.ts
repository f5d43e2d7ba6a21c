import type { LogEvent } from './log-event';

/**
 * What a subscriber makes of one event. `context` is what belongs to the same transaction as the
 * position. Throwing takes back the whole batch, which comes again: an event is never left out.
 */
export type Fold<Context> = (event: LogEvent, context: Context) => Promise<void> | void;

export interface Advance {
  /** Last event of the partition that is folded, now. */
  readonly position: number;
  readonly applied: number;
  /** Events that were folded before. */
  readonly duplicates: number;
  /** The next event that there is, where one before it is missing; nothing from it on was folded. */
  readonly gapBefore: number | undefined;
}

/**
 * Where a subscriber keeps, per partition, the position of the last event that it has folded. What
 * makes folding exactly once is that the position moves in the same transaction as the rows that
 * the fold writes.
 */
export interface PositionStore<Context> {
  /** By partition; none is 0. */
  positions(): Promise<ReadonlyMap<number, number>>;
  /**
   * Folds, in one transaction, the events of one partition that follow its position without a gap,
   * and moves it. `events` are in order of position. Throws what the fold throws.
   */
  advance(partition: number, events: readonly LogEvent[], fold: Fold<Context>): Promise<Advance>;
}

/** Those of the events that follow a position without a gap, and what is said of the others. */
export function inLine(
  events: readonly LogEvent[],
  position: number,
): { readonly next: readonly LogEvent[]; readonly advance: Advance } {
  const next: LogEvent[] = [];
  let reached = position;
  let duplicates = 0;
  let gapBefore: number | undefined;
  for (const event of events) {
    if (event.position <= reached) {
      duplicates += 1;
    } else if (event.position === reached + 1) {
      next.push(event);
      reached = event.position;
    } else {
      gapBefore = event.position;
      break;
    }
  }
  return { next, advance: { position: reached, applied: next.length, duplicates, gapBefore } };
}
