/** A run of positions of one partition. */
export interface Stretch {
  readonly partition: number;
  /** Last position before it. */
  readonly after: number;
  /** First position behind it. */
  readonly before: number;
}

/** For logs and metrics of a subscriber; whatever is not wanted is left out. Must not throw. */
export interface SubscriptionObserver {
  /** Events were folded and the position stands at the last of them. */
  readonly applied?: (partition: number, events: number, position: number) => void;
  /** Events came that were folded before. */
  readonly skipped?: (partition: number, events: number) => void;
  /** The stream left these out; the feed is asked for them. */
  readonly gap?: (gap: Stretch) => void;
  /** So many events came from the feed instead of the stream. */
  readonly filled?: (partition: number, events: number) => void;
  /** There is no stream: the feed alone is followed until there is. */
  readonly streamMissing?: () => void;
  /** The durable consumer was made: the first time, or because somebody deleted it. */
  readonly consumerCreated?: () => void;
  /** Something on the stream is no event of a ledger; it is passed over. */
  readonly unreadable?: (error: Error) => void;
  /** Something failed; it is tried again after a pause. */
  readonly retrying?: (error: unknown, pauseMs: number) => void;
}
