import type { LogEvent } from './log-event';

export interface FeedPage {
  /** In order, without gaps. */
  readonly events: readonly LogEvent[];
  /** Position by partition: of what was asked for, nothing up to there is missing. */
  readonly asOf: ReadonlyMap<number, number>;
  /** Whether there is more than this page holds. */
  readonly more: boolean;
}

/** The log itself, as the console serves it: where a subscriber gets what the stream has not. */
export interface EventFeed {
  /** Last position of every partition. */
  heads(signal?: AbortSignal): Promise<ReadonlyMap<number, number>>;
  /** Events of one partition after a position. */
  partition(partition: number, after: number, signal?: AbortSignal): Promise<FeedPage>;
}
