/** A moment by both clocks: one stands still while a machine sleeps, the other may be set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * For how long certainly nobody believes this process dead: from the moment before its last sign of
 * life left, for as long as others wait for the next one. While it holds, nobody can have taken our
 * partitions over, and what memory says may be said without asking the log.
 */
export class Lease {
  private renewed: Moment;
  private longestMs = 0;

  constructor(
    private readonly lastsMs: number,
    private readonly clock: () => Moment = now,
  ) {
    this.renewed = clock();
  }

  /** Now, for `renew` later on. */
  moment(): Moment {
    return this.clock();
  }

  get holds(): boolean {
    return this.ageMs < this.lastsMs;
  }

  /** A sign of life that left after `askedAt` has arrived. */
  renew(askedAt: Moment): void {
    this.longestMs = this.longestSilenceMs;
    this.renewed = askedAt;
  }

  /** The longest time between two signs of life, the one under way included. */
  get longestSilenceMs(): number {
    return Math.max(this.longestMs, this.ageMs);
  }

  private get ageMs(): number {
    const { monotonicMs, wallMs } = this.clock();
    return Math.max(monotonicMs - this.renewed.monotonicMs, wallMs - this.renewed.wallMs);
  }
}

function now(): Moment {
  return { monotonicMs: performance.now(), wallMs: Date.now() };
}
