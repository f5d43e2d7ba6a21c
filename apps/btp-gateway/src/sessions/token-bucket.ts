const MS_PER_SECOND = 1_000;

/** Lets `perSecond` requests through in a second, at most that many at once. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly perSecond: number,
    private filledAtMs: number,
  ) {
    this.tokens = perSecond;
  }

  /** Takes one token; false when there is none left. */
  take(nowMs: number): boolean {
    this.fill(nowMs);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  private fill(nowMs: number): void {
    // A clock set back must neither take tokens away nor stop the flow until it has caught up.
    const elapsedMs = Math.max(0, nowMs - this.filledAtMs);
    this.filledAtMs = nowMs;
    this.tokens = Math.min(
      this.perSecond,
      this.tokens + (elapsedMs * this.perSecond) / MS_PER_SECOND,
    );
  }
}
