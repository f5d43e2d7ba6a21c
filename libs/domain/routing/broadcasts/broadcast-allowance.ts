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

/** What a peer has drawn of its allowance, in all processes that read its broadcasts; only grows. */
export interface AllowanceSpent {
  readonly updates: number;
  readonly routes: number;
}

const NOTHING: AllowanceSpent = { updates: 0, routes: 0 };
const MS_PER_SECOND = 1_000;

/**
 * Bounds what reading the broadcasts of one peer can cost. An update is asked for before it is read;
 * what is in it is drawn when it was, on credit if need be, and paid back before the next one is
 * read. Thus one update may exceed the allowance, but only by what an update can hold.
 *
 * Several processes that read broadcasts of the peer keep to one allowance: each is told what was
 * drawn in all of them together, and draws here what others drew there.
 */
export class BroadcastAllowance {
  private updates: number;
  private routes: number;
  /** What was drawn here, of that which all processes tell of. */
  private drawn: AllowanceSpent;

  /** @param spent before this process had anything to do with the peer */
  constructor(
    private readonly limits: AllowanceLimits,
    private filledAtMs: number,
    spent = NOTHING,
  ) {
    this.drawn = spent;
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

  /** An update of so many routes, which was drawn here, is now among what all are told of. */
  told(routes: number): void {
    this.drawn = { updates: this.drawn.updates + 1, routes: this.drawn.routes + routes };
  }

  /** So much was drawn in all processes together; less than before means that all was forgotten. */
  spentByAll(spent: AllowanceSpent, nowMs: number): void {
    this.fill(nowMs);
    this.updates -= Math.max(0, spent.updates - this.drawn.updates);
    this.routes -= Math.max(0, spent.routes - this.drawn.routes);
    this.drawn = spent;
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
