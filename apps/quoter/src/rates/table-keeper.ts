import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { BY_CONFIGURATION, decideConfigured, type QuotedRates } from '#domain/rates';
import type { RatesLog } from './rates-log';

const RETRY_MS = 2_000;

/** Puts the table of the configuration on record if it says something new, until that has worked. */
export class TableKeeper {
  private readonly logger = new Logger(TableKeeper.name);
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly table: QuotedRates,
    private readonly log: RatesLog,
    private readonly clock: () => number,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted && !(await this.settle())) {
      await sleep(RETRY_MS, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  private async settle(): Promise<boolean> {
    const nowMs = this.clock();
    try {
      const event = await this.log.append({
        by: BY_CONFIGURATION,
        nowMs,
        decide: (history) => decideConfigured(history, this.table, nowMs),
      });
      if (event !== undefined) this.logger.log('the table of rates of the configuration is set');
      return true;
    } catch (error) {
      this.logger.error(`the table of rates could not be set: ${String(error)}`);
      return false;
    }
  }
}
