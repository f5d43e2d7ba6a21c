import { Counter, Gauge, type Registry } from 'prom-client';
import { type RatesHistory, standingOf } from '#domain/rates';

export interface RatesObserved {
  readonly history: RatesHistory | undefined;
  readonly source: string;
  readonly maxAgeMs: number;
  readonly nowMs: number;
}

const MS = 1_000;

/** How old the rates are, and how it goes with fetching them. */
export class RatesMetrics {
  private readonly failures: Counter<'reason'>;
  private readonly successes: Counter;
  private readonly lastSuccess: Gauge;
  private readonly keeper: Gauge;
  private readonly unnamed: Gauge;

  constructor(
    private readonly registry: Registry,
    private readonly observe: () => RatesObserved,
  ) {
    const registers = [registry];
    this.failures = new Counter({
      name: 'causeway_quoter_rates_failures_total',
      help: 'Attempts to fetch exchange rates that failed, by the rule that was broken',
      labelNames: ['reason'],
      registers,
    });
    this.successes = new Counter({
      name: 'causeway_quoter_rates_fetched_total',
      help: 'Attempts to fetch exchange rates that succeeded',
      registers,
    });
    this.lastSuccess = new Gauge({
      name: 'causeway_quoter_rates_last_success_seconds',
      help: 'Unix time at which this process last fetched exchange rates',
      registers,
    });
    this.keeper = new Gauge({
      name: 'causeway_quoter_rates_keeper',
      help: 'Whether this process is the one that fetches exchange rates',
      registers,
    });
    this.unnamed = new Gauge({
      name: 'causeway_quoter_rates_missing',
      help: 'Currencies that the source of exchange rates named before and does not name any more',
      registers,
    });
    this.gauge('version', 'Version of the exchange rates', ({ history }) => history?.version);
    this.gauge('age_seconds', 'Since the source was last known to say them', ageSeconds);
    this.gauge('usable', 'Whether there are exchange rates that are not too old', usable);
  }

  fetched(nowMs: number): void {
    this.successes.inc();
    this.lastSuccess.set(nowMs / MS);
  }

  failed(reason: string): void {
    this.failures.inc({ reason });
  }

  missing(currencies: number): void {
    this.unnamed.set(currencies);
  }

  elected(isKeeper: boolean): void {
    this.keeper.set(isKeeper ? 1 : 0);
  }

  private gauge(
    name: string,
    help: string,
    value: (seen: RatesObserved) => number | undefined,
  ): void {
    const { observe } = this;
    new Gauge({
      name: `causeway_quoter_rates_${name}`,
      help,
      registers: [this.registry],
      collect() {
        const now = value(observe());
        if (now === undefined) this.reset();
        else this.set(now);
      },
    });
  }
}

function ageSeconds({ history, nowMs }: RatesObserved): number | undefined {
  return history?.sheet === undefined ? undefined : (nowMs - history.confirmedAtMs) / MS;
}

function usable(seen: RatesObserved): number {
  return seen.history !== undefined && standingOf(seen.history, seen).state === 'fresh' ? 1 : 0;
}
