import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { LedgerDescription, LedgerFigures, LedgerListReply } from '#contracts';
import { reasonOf } from './bus-errors';
import { KnownFigures } from './known-figures';

export interface DirectoryTiming {
  /** Between two questions while all is well. */
  readonly refreshMs: number;
  /** Before the first repetition of a question that failed; doubles up to `retryMaxMs`. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** Between any two questions, however often a fresh list is wanted. */
  readonly leastPauseMs: number;
}

export const DIRECTORY_TIMING: DirectoryTiming = {
  refreshMs: 5_000,
  retryMinMs: 100,
  retryMaxMs: 2_000,
  leastPauseMs: 50,
};

/** Asks the ledger service once; rejects if there is no answer. */
export type AskForLedgers = () => Promise<LedgerListReply>;
export type LedgersListener = (ledgers: readonly LedgerDescription[]) => void;
/** Hears the figures that have changed, or were not known before. */
export type FiguresListener = (changed: readonly LedgerFigures[]) => void;

/**
 * The ledgers that there are, as the ledger service last said. Asks at the start until there is an
 * answer, then at intervals and whenever somebody wants to know; what was known stays known while
 * there is no answer.
 */
export class LedgerDirectory implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LedgerDirectory.name);
  private readonly listeners: LedgersListener[] = [];
  private readonly figuresListeners: FiguresListener[] = [];
  private readonly knownFigures = new KnownFigures();
  private known: readonly LedgerDescription[] | undefined;
  private fingerprint: string | undefined;
  private wanted: (() => void)[] = [];
  private failures = 0;
  private stopped = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly ask: AskForLedgers,
    private readonly timing: DirectoryTiming = DIRECTORY_TIMING,
  ) {}

  /** Ordered by id; undefined until the first answer. */
  get ledgers(): readonly LedgerDescription[] | undefined {
    return this.known;
  }

  /** What the ledgers can carry, by ledger id; none of those that nobody has told yet. */
  get figures(): ReadonlyMap<string, LedgerFigures> {
    return this.knownFigures.all;
  }

  /** Called with the first list and with every later one that differs from the one before. */
  onChange(listener: LedgersListener): void {
    this.listeners.push(listener);
  }

  /** Called whenever a ledger can carry more or less than before, after what `onChange` calls. */
  onFigures(listener: FiguresListener): void {
    this.figuresListeners.push(listener);
  }

  /** Takes over what the owners of ledgers have announced. */
  hearFigures(announced: readonly LedgerFigures[]): void {
    this.tellFigures(this.knownFigures.hear(announced));
  }

  /** Resolves with an answer to a question asked after this call, however long that takes. */
  refresh(): Promise<void> {
    return new Promise((resolve) => {
      this.wanted.push(resolve);
      this.wake?.();
    });
  }

  onApplicationBootstrap(): void {
    void this.keepAsking();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    this.wake?.();
  }

  private async keepAsking(): Promise<void> {
    while (!this.stopped) {
      const wanted = this.wanted.splice(0);
      if (await this.askOnce()) for (const resolve of wanted) resolve();
      else this.wanted.unshift(...wanted);
      await this.pause();
    }
  }

  private async askOnce(): Promise<boolean> {
    try {
      this.learn(await this.ask());
    } catch (error) {
      this.failures += 1;
      if (this.failures === 1) this.logger.warn(`the ledgers are not known: ${reasonOf(error)}`);
      return false;
    }
    if (this.failures > 0)
      this.logger.log(`the ledgers are known, ${this.failures} failures later`);
    this.failures = 0;
    return true;
  }

  private learn({ ledgers: answer, figures }: LedgerListReply): void {
    const ledgers = [...answer].sort((a, b) => (a.ledgerId < b.ledgerId ? -1 : 1));
    const fingerprint = JSON.stringify(ledgers);
    if (fingerprint !== this.fingerprint) {
      this.fingerprint = fingerprint;
      this.known = ledgers;
      for (const listener of this.listeners) this.tell(listener, ledgers);
    }
    this.tellFigures(this.knownFigures.learn(ledgers, figures ?? []));
  }

  private tellFigures(changed: readonly LedgerFigures[]): void {
    if (changed.length === 0) return;
    for (const listener of this.figuresListeners) this.tell(listener, changed);
  }

  private tell<T>(listener: (news: T) => void, news: T): void {
    try {
      listener(news);
    } catch (error) {
      this.logger.error(`news of the ledgers could not be taken over: ${reasonOf(error)}`);
    }
  }

  private async pause(): Promise<void> {
    const { refreshMs, retryMinMs, retryMaxMs, leastPauseMs } = this.timing;
    if (this.failures > 0) {
      await this.sleep(Math.min(retryMinMs * 2 ** (this.failures - 1), retryMaxMs), 'sound');
      return;
    }
    await this.sleep(leastPauseMs, 'sound');
    if (this.wanted.length === 0) await this.sleep(refreshMs, 'light');
  }

  /** Light sleep ends when a fresh list is wanted, either kind when the directory is stopped. */
  private sleep(ms: number, depth: 'light' | 'sound'): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        if (depth === 'sound' && !this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
