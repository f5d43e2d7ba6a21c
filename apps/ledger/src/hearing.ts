import type { LedgerId } from '#domain/ledger';
import type { Patience } from '#domain/payment';

/** A look that comes so much later than it should has a process behind it that was away. */
const LATE_MS = 100;

/** One repetition of what a gateway wants to say may get lost while connections are made anew. */
const REPETITIONS_TO_HEAR = 2;
/** What had to wait for that comes after it, and is repeated once more before the clock has its turn. */
const REPETITIONS_IN_ALL = REPETITIONS_TO_HEAR + 1;

export interface HearingParts {
  /** Does what others send us arrive? */
  readonly isConnected: () => boolean;
  /** Who has something to tell us repeats it after so long. */
  readonly repeatedAfterMs: number;
  /** Of a clock that nobody sets. */
  readonly moment?: () => number;
}

/**
 * Whether we may have missed what peers said in time: their gateways have it and repeat it, but we
 * were cut off, or somebody else was the owner and died. Our clock is not to end meanwhile what a
 * peer may have fulfilled and will not give back.
 */
export class Hearing {
  private readonly beganAt = new Map<LedgerId, number>();
  private deafAt = -Infinity;
  private lookedAt: number;
  private wasLate = false;
  private readonly moment: () => number;

  constructor(private readonly parts: HearingParts) {
    this.moment = parts.moment ?? (() => performance.now());
    this.lookedAt = this.moment();
  }

  /** The ledger has come to us. */
  begin(id: LedgerId): void {
    this.beganAt.set(id, this.moment());
  }

  /** It goes to another owner. */
  end(id: LedgerId): void {
    this.beganAt.delete(id);
  }

  mayHaveMissed(id: LedgerId, patience: Patience): boolean {
    this.listen();
    const since = Math.max(this.deafAt, this.beganAt.get(id) ?? -Infinity);
    const repetitions = patience === 'all' ? REPETITIONS_IN_ALL : REPETITIONS_TO_HEAR;
    return this.moment() - since < repetitions * this.parts.repeatedAfterMs;
  }

  /**
   * To be called every few milliseconds: a connection that breaks between two calls goes unnoticed.
   * @returns false if this process was away until now and has yet to read what has arrived; the next
   * time is true in any case
   */
  look(): boolean {
    this.listen();
    const now = this.moment();
    const isLate = now - this.lookedAt > LATE_MS && !this.wasLate;
    this.lookedAt = now;
    this.wasLate = isLate;
    return !isLate;
  }

  private listen(): void {
    if (!this.parts.isConnected()) this.deafAt = this.moment();
  }
}

/** @param repeatedAfterMs between two times that a gateway says what was not answered */
export function hearingOver(
  link: { readonly isConnected: boolean },
  repeatedAfterMs: number,
): Hearing {
  return new Hearing({ isConnected: () => link.isConnected, repeatedAfterMs });
}
