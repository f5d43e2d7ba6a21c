interface Failure {
  readonly events: number;
  readonly acknowledged: number;
  readonly reason: string;
}

/**
 * Not every event of a batch was acknowledged. Which ones were stored is not known: publish the
 * whole batch again with the same ids, and do not move the checkpoint before that.
 */
export class PublishFailedError extends Error {
  override readonly name = 'PublishFailedError';
  readonly events: number;
  readonly acknowledged: number;
  readonly reason: string;

  constructor({ events, acknowledged, reason }: Failure) {
    super(`${acknowledged} of ${events} events were acknowledged: ${reason}`);
    this.events = events;
    this.acknowledged = acknowledged;
    this.reason = reason;
  }
}
