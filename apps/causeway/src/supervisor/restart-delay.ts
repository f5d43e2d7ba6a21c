/** First wait before a service that ended is started again; doubles up to the longest. */
export const RESTART_MIN_MS = 100;
export const RESTART_MAX_MS = 5_000;
/** A service that ran this long is healthy: the next wait is the first one again. */
export const RESTART_RESET_MS = 30_000;

/** How long to wait before a service is started again: 100 ms doubling to 5 s. */
export class RestartDelay {
  private startedAtMs = 0;
  private delayMs = RESTART_MIN_MS;

  started(nowMs: number): void {
    this.startedAtMs = nowMs;
  }

  next(nowMs: number): number {
    if (nowMs - this.startedAtMs >= RESTART_RESET_MS) this.delayMs = RESTART_MIN_MS;
    const wait = this.delayMs;
    this.delayMs = Math.min(this.delayMs * 2, RESTART_MAX_MS);
    return wait;
  }
}
