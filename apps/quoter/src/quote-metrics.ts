import { Counter, type Registry } from 'prom-client';

export class QuoteMetrics {
  private readonly quotes: Counter<'outcome'>;

  constructor(registry: Registry) {
    this.quotes = new Counter({
      name: 'causeway_quoter_quotes_total',
      help: 'Quotes asked for, by outcome: the kind of the answer, or its ILP error code',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  /** The type of the response, or the ILP code of the refusal. */
  count(outcome: string): void {
    this.quotes.inc({ outcome });
  }
}
