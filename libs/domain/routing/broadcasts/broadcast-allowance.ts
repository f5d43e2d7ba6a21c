/** How much one peer may tell us. */
export interface AllowanceLimits {
  /** Updates, of whatever size: at once, and in the long run. */
  readonly updates: number;
  readonly updatesPerSecond: number;
  /** Routes and withdrawals together. */
  readonly routes: number;
  readonly routesPerSecond: number;
}

/**
 * Enough for a full table of 100,000 routes in updates of 60 KB after each of several reconnections,
 * far beyond one update per 30 s.
 */
export const ALLOWANCE_LIMITS: AllowanceLimits = {
  updates: 2_000,
  updatesPerSecond: 20,
  routes: 400_000,
  routesPerSecond: 5_000,
};

const MS_PER_SECOND = 1_000;

/**
 * Bounds what reading the broadcasts of one peer can cost. An update is asked for before it is read;
 * what is in it is drawn when it was, on credit if need be, and paid back before the next one is
 * read. Thus one update may exceed the allowance, but only by what an update can hold.
 */
export class BroadcastAllowance {
  private updates: number;
  private routes: number;

  constructor(
    private readonly limits: AllowanceLimits,
    private filledAtMs: number,
  ) {
    this.updates = limits.updates;
    this.routes = limits.routes;
  }

  /** May one more update be read? */
  takeUpdate(nowMs: number): boolean {
    this.fill(nowMs);
    if (this.updates < 1 || this.routes < 0) return false;
    this.updates -= 1;
    return true;
  }

  /** So many routes and withdrawals were in it. */
  drawRoutes(count: number, nowMs: number): void {
    this.fill(nowMs);
    this.routes -= count;
  }

  private fill(nowMs: number): void {
    // A clock that was set back must not stop the flow until it has caught up.
    const seconds = Math.max(0, nowMs - this.filledAtMs) / MS_PER_SECOND;
    this.filledAtMs = nowMs;
    const { limits } = this;
    this.updates = Math.min(limits.updates, this.updates + seconds * limits.updatesPerSecond);
    this.routes = Math.min(limits.routes, this.routes + seconds * limits.routesPerSecond);
  }
}
