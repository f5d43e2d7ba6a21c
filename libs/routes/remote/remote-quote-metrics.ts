import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A peer is given five seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface RemoteQuoteFigures {
  /** Quotes that are kept. */
  readonly kept: number;
  /** Questions that are not answered yet. */
  readonly unanswered: number;
}

/** What becomes of the questions to next hops. */
export class RemoteQuoteMetrics {
  private readonly askedTotal: Counter<'kind'>;
  private readonly sharedTotal: Counter<'with'>;
  private readonly failedTotal: Counter<'reason'>;
  private readonly latency: Histogram;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.askedTotal = new Counter({
      name: 'causeway_remote_quotes_asked_total',
      help: 'Quotes that next hops were asked for, by kind: liquidity or amount',
      labelNames: ['kind'],
      registers,
    });
    this.sharedTotal = new Counter({
      name: 'causeway_remote_quotes_shared_total',
      help: 'Quotes that were needed and asked for already, by this process or another one',
      labelNames: ['with'],
      registers,
    });
    this.failedTotal = new Counter({
      name: 'causeway_remote_quotes_failed_total',
      help: 'Quotes of next hops that nothing could be made of, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.latency = new Histogram({
      name: 'causeway_remote_quote_seconds',
      help: 'How long next hops took to answer',
      buckets: SECONDS,
      registers,
    });
  }

  asked(kind: 'liquidity' | 'amount'): void {
    this.askedTotal.inc({ kind });
  }

  shared(whom: 'process' | 'other-process'): void {
    this.sharedTotal.inc({ with: whom });
  }

  failed(reason: string): void {
    this.failedTotal.inc({ reason });
  }

  answered(ms: number): void {
    this.latency.observe(ms / 1000);
  }

  watch(figures: () => RemoteQuoteFigures): void {
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    };
    gauge('causeway_remote_quotes_kept', 'Quotes of next hops that are kept', () => figures().kept);
    gauge(
      'causeway_remote_quotes_unanswered',
      'Questions to next hops that are not answered yet',
      () => figures().unanswered,
    );
  }
}
