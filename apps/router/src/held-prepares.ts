/** What waits for its ledger to be known: no more than this, and no longer. */
export interface HoldLimits {
  /** Bytes of all entries together. */
  readonly bytes: number;
  /** Shorter than a peer waits for its answer, so that nothing is planned for nobody. */
  readonly timeMs: number;
}

export const HOLD_LIMITS: HoldLimits = { bytes: 16 * 1024 * 1024, timeMs: 4_000 };

interface Held {
  readonly entry: Buffer;
  readonly sinceMs: number;
}

/**
 * Prepares that came before their ledger was known, in the order in which they came. What there is
 * no room for, or what has waited too long, is forgotten: the gateway sends it again.
 */
export class HeldPrepares {
  private waiting: Held[] = [];
  private bytes = 0;
  private lost = 0;

  constructor(private readonly limits: HoldLimits = HOLD_LIMITS) {}

  get size(): number {
    return this.waiting.length;
  }

  /** How many were forgotten so far. */
  get forgotten(): number {
    return this.lost;
  }

  /** Keeps a copy: the entry is but a slice of a message that may be much larger. */
  hold(entry: Buffer, nowMs: number): void {
    this.forgetOld(nowMs);
    if (this.bytes + entry.length > this.limits.bytes) {
      this.lost += 1;
      return;
    }
    this.waiting.push({ entry: Buffer.from(entry), sinceMs: nowMs });
    this.bytes += entry.length;
  }

  /** Hands out everything that has not waited too long, once. */
  takeAll(nowMs: number): readonly Buffer[] {
    this.forgetOld(nowMs);
    const entries = this.waiting.map(({ entry }) => entry);
    this.waiting = [];
    this.bytes = 0;
    return entries;
  }

  private forgetOld(nowMs: number): void {
    let count = 0;
    for (const { entry, sinceMs } of this.waiting) {
      if (nowMs - sinceMs <= this.limits.timeMs) break;
      this.bytes -= entry.length;
      count += 1;
    }
    if (count === 0) return;
    this.waiting.splice(0, count);
    this.lost += count;
  }
}
