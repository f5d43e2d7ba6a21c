import { decideSet, RateError, type RatesHistory, standingOf, TABLE_SOURCE } from '#domain/rates';
import type { RatesOrder, RatesOrderReply, RatesReply } from '#contracts';
import { ControlRefusal } from '#messaging';
import type { RatesLog } from './rates-log';

export interface RatesDeskSettings {
  /** Whose rates are wanted, as the log names it. */
  readonly source: string;
  readonly maxAgeMs: number;
}

/** A database that hangs must not keep us from saying what we know; shorter than anybody waits. */
const READ_WITHIN_MS = 1_000;

/** Says what the rates are, and takes an operator's word for others. */
export interface RatesDesk {
  /** @throws ControlRefusal `unavailable` */
  current(): Promise<RatesReply>;
  set(order: RatesOrder): Promise<RatesOrderReply>;
}

/** Where every currency is worth any other there is nothing to know, and nothing to order. */
export class OneToOneDesk implements RatesDesk {
  current(): Promise<RatesReply> {
    return Promise.resolve({ ...NOTHING, version: 0, state: 'one-to-one' });
  }

  set(): Promise<RatesOrderReply> {
    return Promise.resolve(noTable('every currency is exchanged one to one'));
  }
}

/** Answers from the log of rates. */
export class LoggedRatesDesk implements RatesDesk {
  constructor(
    private readonly settings: RatesDeskSettings,
    private readonly log: RatesLog,
    private readonly clock: () => number,
  ) {}

  async current(): Promise<RatesReply> {
    await withinReason(this.log.refresh());
    const { history } = this.log;
    if (history === undefined) {
      throw new ControlRefusal('unavailable', 'the log of rates could not be read yet');
    }
    return this.replyOf(history);
  }

  async set({ rates, by }: RatesOrder): Promise<RatesOrderReply> {
    if (this.settings.source !== TABLE_SOURCE) {
      return noTable(`rates are fetched from ${this.settings.source}`);
    }
    const nowMs = this.clock();
    try {
      const decide = (history: RatesHistory) => decideSet(history, rates, nowMs);
      const event = await this.log.append({ by, nowMs, decide });
      const now = this.replyOf(this.log.history ?? (await this.log.refresh()));
      return event === undefined
        ? { outcome: 'repeated', rates: now }
        : { outcome: 'done', event: event.type, rates: now };
    } catch (error) {
      if (error instanceof RateError) return invalid(error);
      throw error;
    }
  }

  private replyOf(history: RatesHistory): RatesReply {
    const { version, sheet, confirmedAtMs } = history;
    const { state, staleAtMs } = standingOf(history, { ...this.settings, nowMs: this.clock() });
    if (state === 'unknown' || sheet === undefined)
      return { ...NOTHING, version, state: 'unknown' };
    return {
      version,
      state,
      source: sheet.source,
      base: sheet.base,
      rates: { ...sheet.rates },
      fetchedAt: written(sheet.fetchedAtMs),
      confirmedAt: written(confirmedAtMs),
      staleAt: staleAtMs === null ? null : written(staleAtMs),
      publishedAt: sheet.publishedAt ?? null,
    };
  }
}

const NOTHING = {
  source: null,
  base: null,
  rates: null,
  fetchedAt: null,
  confirmedAt: null,
  staleAt: null,
  publishedAt: null,
} as const;

function written(ms: number): string {
  return new Date(ms).toISOString();
}

function noTable(why: string): RatesOrderReply {
  const message = `there is no table of rates to change: ${why}`;
  return { outcome: 'refused', refusal: { kind: 'NoRateTable', message, field: null, rule: null } };
}

function invalid({ field, reason, message }: RateError): RatesOrderReply {
  const refusal = { kind: 'InvalidRate', message, field: `rates.${field}`, rule: reason } as const;
  return { outcome: 'refused', refusal };
}

/** Waits for the work, but not for ever, and not for its success. */
async function withinReason(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, READ_WITHIN_MS);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
