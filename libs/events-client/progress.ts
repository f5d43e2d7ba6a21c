import type { EventFeed } from './event-feed';
import type { LogEvent } from './log-event';
import type { Advance, Fold, PositionStore } from './position-store';
import type { SubscriptionObserver } from './subscription-observer';

/** The feed did not have what the stream says there is, or not in order. */
export class FeedGapError extends Error {
  override readonly name = 'FeedGapError';

  constructor(
    readonly partition: number,
    readonly position: number,
  ) {
    super(`the feed has no event ${position} of partition ${partition}, but later ones exist`);
  }
}

/** The log ends before what was folded: it is another one, or was restored from a backup. */
export class LogBehindError extends Error {
  override readonly name = 'LogBehindError';

  constructor(
    readonly partition: number,
    readonly position: number,
    readonly head: number,
  ) {
    super(
      `partition ${partition} ends at ${head}, but ${position} was folded: begin anew with this log`,
    );
  }
}

interface ProgressParts<Context> {
  readonly store: PositionStore<Context>;
  readonly feed: EventFeed;
  readonly fold: Fold<Context>;
  readonly observer: SubscriptionObserver;
}

/** Moves a subscriber forward, partition by partition, without a gap and without a repetition. */
export class Progress<Context> {
  private readonly reached = new Map<number, number>();
  private lastHeads: ReadonlyMap<number, number> = new Map();

  constructor(private readonly parts: ProgressParts<Context>) {}

  get positions(): ReadonlyMap<number, number> {
    return this.reached;
  }

  /** Begins where the store says, whoever has moved it. */
  async recall(): Promise<void> {
    for (const [partition, position] of await this.parts.store.positions()) {
      this.reached.set(partition, position);
    }
  }

  /** Everything that the log holds now. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const heads = await this.heads(signal);
    for (const [partition, head] of heads) await this.fill(partition, head, signal);
    this.lastHeads = heads;
  }

  /** What the log held at the last look already, and the stream has not brought since. */
  async catchUpOverdue(signal: AbortSignal): Promise<void> {
    const overdue = this.lastHeads;
    this.lastHeads = await this.heads(signal);
    for (const [partition, head] of overdue) await this.fill(partition, head, signal);
  }

  /**
   * Events as the stream brought them: any partitions, any order, any gaps. Returns whether all of
   * them are folded; not, where the signal came first.
   */
  async take(events: readonly LogEvent[], signal: AbortSignal): Promise<boolean> {
    for (const [partition, some] of byPartition(events)) {
      if (!(await this.takePartition(partition, some, signal))) return false;
    }
    return true;
  }

  private async takePartition(
    partition: number,
    events: readonly LogEvent[],
    signal: AbortSignal,
  ): Promise<boolean> {
    let left = events;
    while (!signal.aborted) {
      const { position, gapBefore } = await this.advance(partition, left);
      if (gapBefore === undefined) return true;
      this.parts.observer.gap?.({ partition, after: position, before: gapBefore });
      await this.fill(partition, gapBefore - 1, signal);
      left = left.filter((event) => event.position >= gapBefore);
    }
    return false;
  }

  /** @throws LogBehindError */
  private async heads(signal: AbortSignal): Promise<ReadonlyMap<number, number>> {
    const heads = await this.parts.feed.heads(signal);
    for (const [partition, position] of this.reached) {
      const head = heads.get(partition) ?? 0;
      if (head < position) throw new LogBehindError(partition, position, head);
    }
    return heads;
  }

  /** From the feed, up to a position at least. @throws FeedGapError */
  private async fill(partition: number, upTo: number, signal: AbortSignal): Promise<void> {
    while (this.at(partition) < upTo && !signal.aborted) {
      const before = this.at(partition);
      const { events } = await this.parts.feed.partition(partition, before, signal);
      const { applied, gapBefore } = await this.advance(partition, events);
      if (applied > 0) this.parts.observer.filled?.(partition, applied);
      const isStuck = this.at(partition) === before || gapBefore !== undefined;
      if (isStuck) throw new FeedGapError(partition, this.at(partition) + 1);
    }
  }

  private async advance(partition: number, events: readonly LogEvent[]): Promise<Advance> {
    const { store, fold, observer } = this.parts;
    const advance = await store.advance(partition, events, fold);
    this.reached.set(partition, advance.position);
    if (advance.applied > 0) observer.applied?.(partition, advance.applied, advance.position);
    if (advance.duplicates > 0) observer.skipped?.(partition, advance.duplicates);
    return advance;
  }

  private at(partition: number): number {
    return this.reached.get(partition) ?? 0;
  }
}

/** What comes again comes out of order: within a partition, by position. */
function byPartition(events: readonly LogEvent[]): ReadonlyMap<number, readonly LogEvent[]> {
  const groups = new Map<number, LogEvent[]>();
  for (const event of events) {
    const group = groups.get(event.partition);
    if (group === undefined) groups.set(event.partition, [event]);
    else group.push(event);
  }
  for (const group of groups.values()) group.sort((a, b) => a.position - b.position);
  return groups;
}
