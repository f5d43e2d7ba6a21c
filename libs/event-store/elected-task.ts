import type { ElectedLock } from './elected-lock';

export interface ElectedTaskParts {
  readonly lock: Pick<ElectedLock, 'hold' | 'release' | 'onLoss'>;
  /** This process is elected from now on. What it throws makes it resign, and try again later. */
  readonly start: () => void | Promise<void>;
  /**
   * It is so no longer, or is to end: called once for each `start`, at once, also while that is at it.
   * Nobody is elected here again before what it returns is done.
   */
  readonly stop: () => void | Promise<void>;
  /** Something failed that will be tried again. */
  readonly onTrouble?: (error: unknown) => void;
  readonly timing?: ElectedTaskTiming;
}

export interface ElectedTaskTiming {
  /** How often an election is tried, and the lock is made sure of. */
  readonly everyMs: number;
  /** A database that answers no sooner may as well have given the lock to somebody else. */
  readonly answerWithinMs: number;
}

const TIMING: ElectedTaskTiming = { everyMs: 1_000, answerWithinMs: 2_000 };

/** The database did not say in time whether the lock is ours. */
export class ElectionSilenceError extends Error {
  override readonly name = 'ElectionSilenceError';

  constructor(readonly withinMs: number) {
    super(`the database did not say within ${withinMs} ms who is elected`);
  }
}

/**
 * Does something in one process of a connector at a time: in the one that is elected, for as long as it
 * is. A process that dies, or loses its connection to the database, is followed by another one. For a
 * moment two may both believe that they are the one: what they do must bear that.
 */
export class ElectedTask {
  private readonly timing: ElectedTaskTiming;
  private isEnding = false;
  private wake: () => void = () => undefined;
  private running: Promise<void> | undefined;
  /** Of the last `stop`. */
  private stopped: Promise<void> = Promise.resolve();
  private isAtWork = false;
  /** What was asked last, until it is answered. */
  private asking: Promise<unknown> | undefined;

  constructor(private readonly parts: ElectedTaskParts) {
    this.timing = parts.timing ?? TIMING;
    parts.lock.onLoss(() => {
      this.lay();
    });
  }

  /** Whether this process is elected, as far as it knows. */
  get isElected(): boolean {
    return this.isAtWork;
  }

  /** Stands for election from now on. */
  begin(): void {
    this.running ??= this.run();
  }

  /** Resolves when the work has stopped and another process may be elected. */
  async end(): Promise<void> {
    this.isEnding = true;
    this.wake();
    await this.running;
    this.lay();
    await this.stopped;
    this.parts.lock.release();
    // Should the lock be given to us all the same, it goes back.
    void this.asking?.finally(() => {
      this.parts.lock.release();
    });
  }

  private async run(): Promise<void> {
    while (!this.isEnding) {
      await this.stand();
      await this.rest();
    }
  }

  private rest(): Promise<void> {
    if (this.isEnding) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.timing.everyMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Never rejects. */
  private async stand(): Promise<void> {
    // Two questions at a time might be answered by two connections.
    if (this.asking !== undefined) return;
    try {
      const isHeld = await this.hold();
      if (!isHeld) this.lay();
      else if (!this.isAtWork) await this.take();
    } catch (error) {
      this.lay();
      this.parts.lock.release();
      this.parts.onTrouble?.(error);
    }
  }

  private async hold(): Promise<boolean> {
    const { answerWithinMs } = this.timing;
    const asking = this.parts.lock.hold();
    this.asking = asking
      .catch(() => undefined)
      .finally(() => {
        this.asking = undefined;
      });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new ElectionSilenceError(answerWithinMs));
      }, answerWithinMs);
    });
    try {
      return await Promise.race([asking, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async take(): Promise<void> {
    await this.stopped;
    if (this.isEnding) return;
    this.isAtWork = true;
    await this.parts.start();
  }

  /** Down, at once. */
  private lay(): void {
    if (!this.isAtWork) return;
    this.isAtWork = false;
    this.stopped = this.stopWork();
  }

  private async stopWork(): Promise<void> {
    try {
      await this.parts.stop();
    } catch (error) {
      this.parts.onTrouble?.(error);
    }
  }
}
