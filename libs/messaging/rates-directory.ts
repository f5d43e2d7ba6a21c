import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { RatesReply } from '#contracts';
import { reasonOf } from './bus-errors';
import { DIRECTORY_TIMING, type DirectoryTiming } from './ledger-directory';

/** Asks a quoter once; rejects if there is no answer. */
export type AskForRates = () => Promise<RatesReply>;
export type RatesListener = (rates: RatesReply) => void;

/**
 * The exchange rates as a quoter last said them. Asks at the start until there is an answer, then at
 * intervals and whenever the rates are said to have changed; what was known stays known while there
 * is no answer, and ends by itself when it is too old.
 */
export class RatesDirectory implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RatesDirectory.name);
  private readonly listeners: RatesListener[] = [];
  private known: RatesReply | undefined;
  private told: string | undefined;
  private failures = 0;
  private isWanted = false;
  private isStopped = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly ask: AskForRates,
    private readonly clock: () => number = Date.now,
    private readonly timing: DirectoryTiming = DIRECTORY_TIMING,
  ) {}

  /** undefined until the first answer; `stale` from the moment on at which they are too old. */
  get rates(): RatesReply | undefined {
    return this.known === undefined ? undefined : this.asOfNow(this.known);
  }

  /**
   * Called with the first rates, with every later ones of another version or state, and when those
   * that are known become too old.
   */
  onChange(listener: RatesListener): void {
    this.listeners.push(listener);
  }

  /** The rates are said to have changed. */
  refresh(): void {
    this.isWanted = true;
    this.wake?.();
  }

  onApplicationBootstrap(): void {
    void this.keepAsking();
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    this.wake?.();
  }

  private asOfNow(rates: RatesReply): RatesReply {
    const isOver = rates.staleAt !== null && this.clock() >= Date.parse(rates.staleAt);
    return isOver && rates.state === 'fresh' ? { ...rates, state: 'stale' } : rates;
  }

  private async keepAsking(): Promise<void> {
    while (!this.isStopped) {
      this.isWanted = false;
      await this.askOnce();
      this.tellIfNew();
      await this.pause();
    }
  }

  private async askOnce(): Promise<void> {
    // An answer may take a while: what becomes too old meanwhile ends all the same.
    const ending = setTimeout(
      () => {
        this.tellIfNew();
      },
      Math.min(this.untilStaleMs(), this.timing.refreshMs),
    );
    try {
      this.take(await this.ask());
      if (this.failures > 0)
        this.logger.log(`the rates are known, ${this.failures} failures later`);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      if (this.failures === 1) this.logger.warn(`the rates are not known: ${reasonOf(error)}`);
    } finally {
      clearTimeout(ending);
    }
  }

  /** Of several quoters one may be behind; versions only grow. */
  private take(said: RatesReply): void {
    const isBehind = said.state !== 'one-to-one' && said.version < (this.known?.version ?? 0);
    if (!isBehind) this.known = said;
  }

  private tellIfNew(): void {
    const { rates } = this;
    if (rates === undefined) return;
    const fingerprint = `${rates.version} ${rates.state} ${rates.source ?? ''}`;
    if (fingerprint === this.told) return;
    this.told = fingerprint;
    for (const listener of this.listeners) this.tell(listener, rates);
  }

  private tell(listener: RatesListener, rates: RatesReply): void {
    try {
      listener(rates);
    } catch (error) {
      this.logger.error(`rates could not be taken over: ${reasonOf(error)}`);
    }
  }

  private async pause(): Promise<void> {
    const { refreshMs, retryMinMs, retryMaxMs, leastPauseMs } = this.timing;
    if (this.failures > 0) {
      const backOffMs = Math.min(retryMinMs * 2 ** (this.failures - 1), retryMaxMs);
      await this.sleep(Math.min(backOffMs, this.untilStaleMs()), 'sound');
      return;
    }
    await this.sleep(leastPauseMs, 'sound');
    if (!this.isWanted) await this.sleep(Math.min(refreshMs, this.untilStaleMs()), 'light');
  }

  /** At least the shortest pause; what is too old already is no reason to hurry. */
  private untilStaleMs(): number {
    const staleAt = this.rates?.state === 'fresh' ? this.rates.staleAt : null;
    if (staleAt === null) return Infinity;
    return Math.max(this.timing.leastPauseMs, Date.parse(staleAt) - this.clock());
  }

  /** Light sleep ends when the rates are said to have changed, either kind when all ends. */
  private sleep(ms: number, depth: 'light' | 'sound'): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        if (depth === 'sound' && !this.isStopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
