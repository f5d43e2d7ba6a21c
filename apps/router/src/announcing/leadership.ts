import { Logger } from '@nestjs/common';
import type { ElectedLock } from '#event-store';

export interface LeadershipParts {
  /** Opens what elections are held on; asked again while it fails. */
  readonly openLock: (onLost: () => void) => Promise<Pick<ElectedLock, 'hold' | 'release'>>;
  readonly clock: () => number;
}

/** No setting: long enough for a database that is slow, short enough to be silent soon. */
const GOOD_FOR_MS = 5_000;

/**
 * Whether this process is the one that broadcasts. What the database has said is good for a few
 * seconds: a process that hears nothing of it any more does not lead.
 */
export class Leadership {
  private readonly logger = new Logger(Leadership.name);
  private lock: Pick<ElectedLock, 'hold' | 'release'> | undefined;
  private goodUntilMs = -Infinity;
  private failures = 0;

  constructor(private readonly parts: LeadershipParts) {}

  get isHeld(): boolean {
    const leftMs = this.goodUntilMs - this.parts.clock();
    // More than it can be was left by a clock that was set back since.
    return leftMs > 0 && leftMs <= 2 * GOOD_FOR_MS;
  }

  /** Asks the database; never rejects. */
  async renew(): Promise<void> {
    const askedAtMs = this.parts.clock();
    try {
      this.lock ??= await this.parts.openLock(() => {
        this.goodUntilMs = -Infinity;
      });
      const isOurs = await this.lock.hold();
      this.goodUntilMs = isOurs ? askedAtMs + GOOD_FOR_MS : -Infinity;
      this.failures = 0;
    } catch (error) {
      this.goodUntilMs = -Infinity;
      this.failures += 1;
      if (this.failures === 1) this.logger.warn(`nobody can be elected: ${String(error)}`);
    }
  }

  /** Lets somebody else lead. */
  resign(): void {
    this.goodUntilMs = -Infinity;
    this.lock?.release();
  }
}
