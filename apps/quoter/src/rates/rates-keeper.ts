import { Logger } from '@nestjs/common';
import {
  decideConfirmed,
  decideFetched,
  decideWithdrawal,
  isSameSheet,
  RateError,
  type RatesEvent,
  type RatesHistory,
  SaidRates,
} from '#domain/rates';
import type { ElectedLock } from '#event-store';
import { RateFetchError } from './rate-fetch-error';
import type { RateSource } from './rate-source';
import type { RatesLog } from './rates-log';
import type { RatesMetrics } from './rates-metrics';

export interface KeeperSettings {
  readonly pollMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly maxAgeMs: number;
}

export interface KeeperParts {
  readonly source: RateSource;
  readonly log: RatesLog;
  readonly lock: Pick<ElectedLock, 'hold' | 'release'>;
  readonly metrics: RatesMetrics;
  readonly clock: () => number;
}

/** How it goes, for whoever looks at the process's health. */
export interface KeeperReport {
  readonly keeper: boolean;
  readonly failures: number;
  /** ISO 8601; null = not by this process. */
  readonly lastSuccess: string | null;
  readonly lastFailure: string | null;
  /** Currencies that the source has named to this process before, and does not name any more. */
  readonly missing: readonly string[];
}

/** Whoever puts on record what a source says. */
const KEEPER = 'quoter';
/** How often the election is looked at, at most. */
const ELECTION_MS = 2_000;

/**
 * Fetches the rates and puts on record what becomes of them, in one process of all: whichever is
 * elected. A source that fails is asked again with growing pauses, and what it last said holds until
 * it is too old. Nothing that goes wrong here ends the process.
 */
export class RatesKeeper {
  private readonly logger = new Logger(RatesKeeper.name);
  private isKeeper = false;
  /** Something could not be read or put on record: what we know of the log may be old. */
  private isBehind = false;
  private failures = 0;
  private nextPollMs = 0;
  private heardAtMs: number | undefined;
  private lastFailure: string | undefined;
  /** By the source to this process, and put on record. */
  private said: SaidRates;
  private readonly ending = new AbortController();
  private wake: (() => void) | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly settings: KeeperSettings,
    private readonly parts: KeeperParts,
  ) {
    this.said = SaidRates.nothing(settings.maxAgeMs);
  }

  get report(): KeeperReport {
    return {
      keeper: this.isKeeper,
      failures: this.failures,
      lastSuccess: this.heardAtMs === undefined ? null : new Date(this.heardAtMs).toISOString(),
      lastFailure: this.lastFailure ?? null,
      missing: this.said.missing,
    };
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.wake?.();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await this.turn();
      await this.sleep(this.pauseMs());
    }
    this.parts.lock.release();
    this.elected(false);
  }

  /** Never rejects. */
  private async turn(): Promise<void> {
    try {
      const isHeld = await this.hold();
      if (isHeld && (this.isBehind || !this.isKeeper)) await this.parts.log.refresh();
      this.isBehind = false;
      this.elected(isHeld);
      if (!isHeld) return;
      if (this.isPollDue) await this.poll();
      await this.review();
    } catch (error) {
      this.isBehind = true;
      this.fail('log', error);
    }
  }

  /** A clock that was put back must not keep us from asking. */
  private get isPollDue(): boolean {
    const { pollMs, retryMaxMs } = this.settings;
    const leftMs = this.nextPollMs - this.parts.clock();
    return leftMs <= 0 || leftMs > Math.max(pollMs, retryMaxMs);
  }

  private async hold(): Promise<boolean> {
    try {
      return await this.parts.lock.hold();
    } catch (error) {
      this.elected(false);
      throw error;
    }
  }

  private elected(isKeeper: boolean): void {
    if (isKeeper === this.isKeeper) return;
    this.isKeeper = isKeeper;
    // Somebody else may have heard more since.
    this.hear(SaidRates.nothing(this.settings.maxAgeMs));
    this.parts.metrics.elected(isKeeper);
    this.logger.log(isKeeper ? 'this process keeps the exchange rates' : 'keeps them no longer');
  }

  private async poll(): Promise<void> {
    const { source, clock, metrics } = this.parts;
    try {
      const sheet = await source.fetch(clock(), this.ending.signal);
      metrics.fetched(sheet.fetchedAtMs);
      const said = this.said.hearing(sheet);
      const whole = said.at(sheet.fetchedAtMs) ?? sheet;
      await this.record((history) => decideFetched(history, whole, this.settings.maxAgeMs));
      // Not before: of what could not be put on record nothing is to be confirmed.
      this.heardAtMs = sheet.fetchedAtMs;
      this.hear(said);
      this.recover();
    } catch (error) {
      if (!(error instanceof RateFetchError || error instanceof RateError)) throw error;
      if (this.ending.signal.aborted) return;
      this.fail(error.rule, error);
    }
  }

  /** What follows from the time that has passed. */
  private async review(): Promise<void> {
    const { source, clock } = this.parts;
    const { maxAgeMs } = this.settings;
    const nowMs = clock();
    await this.record(
      (history) =>
        this.confirmation(history, nowMs) ??
        this.lapse(history, nowMs) ??
        decideWithdrawal(history, { source: source.name, nowMs, maxAgeMs }),
    );
  }

  private confirmation(history: RatesHistory, nowMs: number): RatesEvent | undefined {
    const seenAtMs = this.heardAtMs;
    // As long as the source answers, the next answer is soon enough.
    if (seenAtMs === undefined || this.failures === 0) return undefined;
    if (history.sheet?.source !== this.parts.source.name) return undefined;
    return decideConfirmed(history, { seenAtMs, nowMs, maxAgeMs: this.settings.maxAgeMs });
  }

  /** The last rate of a currency that the source does not name any more is too old by now. */
  private lapse(history: RatesHistory, nowMs: number): RatesEvent | undefined {
    const sheet = this.said.at(nowMs);
    const { sheet: known, withdrawn } = history;
    if (sheet === undefined || known === undefined || withdrawn !== undefined) return undefined;
    if (nowMs - sheet.fetchedAtMs >= this.settings.maxAgeMs) return undefined;
    return isSameSheet(known, sheet) ? undefined : { type: 'RatesPublished', sheet };
  }

  private hear(said: SaidRates): void {
    const before = this.said.missing.join(', ');
    const missing = said.missing.join(', ');
    this.said = said;
    this.parts.metrics.missing(said.missing.length);
    if (missing !== before && missing !== '') {
      this.logger.warn(
        `the source names no rate of ${missing} any more: the last ones hold for now`,
      );
    }
  }

  /** The log is locked only for what would be put on it as far as we know. */
  private async record(decide: (history: RatesHistory) => RatesEvent | undefined): Promise<void> {
    const { log, clock } = this.parts;
    if (decide(log.history ?? (await log.refresh())) === undefined) return;
    const event = await log.append({ by: KEEPER, nowMs: clock(), decide });
    if (event === undefined) return;
    const told = `${event.type} is on record as version ${log.history?.version ?? 0} of the rates`;
    if (event.type === 'RatesWithdrawn') this.logger.warn(`${told}: ${event.reason}`);
    else if (event.type !== 'RatesConfirmed') this.logger.log(told);
  }

  private recover(): void {
    if (this.failures > 0) this.logger.log(`rates are had again, ${this.failures} failures later`);
    this.failures = 0;
    this.nextPollMs = this.parts.clock() + this.settings.pollMs;
  }

  private fail(reason: string, error: unknown): void {
    const { retryMinMs, retryMaxMs } = this.settings;
    const pauseMs = Math.min(retryMinMs * 2 ** this.failures, retryMaxMs);
    this.failures += 1;
    this.lastFailure = error instanceof Error ? error.message : String(error);
    this.parts.metrics.failed(reason);
    this.nextPollMs = this.parts.clock() + pauseMs;
    if (this.failures === 1) this.logger.warn(`no rates were had: ${this.lastFailure}`);
  }

  private pauseMs(): number {
    const { clock, log } = this.parts;
    if (!this.isKeeper) return Math.min(ELECTION_MS, this.settings.pollMs);
    const { history } = log;
    const isInForce = history?.sheet !== undefined && history.withdrawn === undefined;
    const staleAtMs = isInForce ? history.confirmedAtMs + this.settings.maxAgeMs : Infinity;
    const lapseAtMs = this.said.nextEndMs(clock()) ?? Infinity;
    const untilMs = Math.min(this.nextPollMs, staleAtMs, lapseAtMs) - clock();
    const leastMs = this.isBehind ? this.settings.retryMinMs : 1;
    return Math.min(Math.max(leastMs, untilMs), ELECTION_MS);
  }

  private sleep(ms: number): Promise<void> {
    if (this.ending.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
