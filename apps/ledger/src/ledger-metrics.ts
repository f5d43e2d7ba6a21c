import { Counter, Gauge, Histogram } from 'prom-client';
import type { MetricsRegistry } from '#platform';

/** What the ledger service counts. */
export class LedgerMetrics {
  readonly commands: Counter<'kind' | 'outcome'>;
  readonly batchCommands: Histogram;
  readonly losses: Counter<'ledger'>;
  readonly unreadable: Counter;
  readonly ownershipsLost: Counter;
  readonly published: Counter;
  readonly publisherLag: Gauge;
  readonly projectionLag: Gauge<'projection'>;

  constructor(private readonly registry: MetricsRegistry) {
    const registers = [registry];
    this.commands = new Counter({
      name: 'causeway_ledger_commands_total',
      help: 'Commands decided, by kind and outcome.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.batchCommands = new Histogram({
      name: 'causeway_ledger_batch_commands',
      help: 'Commands per batch, that is, per append.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
      registers,
    });
    this.losses = new Counter({
      name: 'causeway_ledger_losses_total',
      help: 'Payments that we made and can no longer be paid for.',
      labelNames: ['ledger'],
      registers,
    });
    this.unreadable = new Counter({
      name: 'causeway_ledger_unreadable_messages_total',
      help: 'Entries on the hot link that made no sense.',
      registers,
    });
    this.ownershipsLost = new Counter({
      name: 'causeway_ledger_ownerships_lost_total',
      help: 'Times that the locks or the fence were lost.',
      registers,
    });
    this.published = new Counter({
      name: 'causeway_publisher_events_total',
      help: 'Events that JetStream has acknowledged.',
      registers,
    });
    this.publisherLag = new Gauge({
      name: 'causeway_publisher_lag_events',
      help: 'Events in the log that JetStream has not yet acknowledged.',
      registers,
    });
    this.projectionLag = new Gauge({
      name: 'causeway_projection_lag_events',
      help: 'Events in the log that a read model does not yet show.',
      labelNames: ['projection'],
      registers,
    });
  }

  /** What waits, asked whenever somebody looks. */
  watchBacklog(backlog: () => { readonly commands: number; readonly deliveries: number }): void {
    const registers = [this.registry];
    new Gauge({
      name: 'causeway_ledger_waiting_commands',
      help: 'Commands that wait to be decided.',
      registers,
      collect() {
        this.set(backlog().commands);
      },
    });
    new Gauge({
      name: 'causeway_ledger_unconfirmed_deliveries',
      help: 'Prepares and outcomes that no gateway has confirmed.',
      registers,
      collect() {
        this.set(backlog().deliveries);
      },
    });
  }
}
