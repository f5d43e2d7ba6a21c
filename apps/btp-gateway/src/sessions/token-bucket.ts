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

  /** Takes one token for what has happened already, on credit of a second's worth at most. */
  draw(nowMs: number): void {
    this.fill(nowMs);
    this.tokens = Math.max(this.tokens - 1, -this.perSecond);
  }

  /** Whether something that was drawn on credit is yet to be paid back. */
  isOverdrawn(nowMs: number): boolean {
    if (this.tokens >= 0) return false;
    this.fill(nowMs);
    return this.tokens < 0;
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
