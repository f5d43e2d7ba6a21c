import { Counter, Gauge, type Registry } from 'prom-client';

export class QuoteMetrics {
  private readonly quotes: Counter<'outcome'>;
  private readonly ratesVersion: Gauge;

  constructor(registry: Registry) {
    this.quotes = new Counter({
      name: 'causeway_quoter_quotes_total',
      help: 'Quotes asked for, by outcome: the kind of the answer, or its ILP error code',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.ratesVersion = new Gauge({
      name: 'causeway_quoter_quoted_rates_version',
      help: 'Version of the exchange rates that the last quote rested on, of those that rest on any',
      registers: [registry],
    });
  }

  /** The type of the response, or the ILP code of the refusal. */
  count(outcome: string, ratesVersion?: number): void {
    this.quotes.inc({ outcome });
    if (ratesVersion !== undefined) this.ratesVersion.set(ratesVersion);
  }
}
