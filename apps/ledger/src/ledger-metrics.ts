import { Counter, Gauge, Histogram } from 'prom-client';
import type { MetricsRegistry } from '#platform';
import type { Differences } from './balance-comparison';

/** What waits: commands to be decided, deliveries to be confirmed, errands to be answered. */
export interface Backlog {
  readonly commands: number;
  readonly deliveries: number;
  readonly errands: number;
}

/** What the ledger service counts. */
export class LedgerMetrics {
  readonly commands: Counter<'kind' | 'outcome'>;
  readonly batchCommands: Histogram;
  readonly losses: Counter<'ledger'>;
  readonly comparisons: Counter<'outcome'>;
  readonly silentOwners: Counter<'ledger'>;
  readonly unreadable: Counter;
  readonly ownershipsLost: Counter;
  readonly handOvers: Counter<'direction'>;
  readonly fenced: Counter<'who'>;
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
    this.comparisons = balanceComparisons(registry);
    this.silentOwners = new Counter({
      name: 'causeway_ledger_silent_owners_total',
      help: 'Errands that the owner of another ledger has left unanswered for long; money waits.',
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
    this.handOvers = new Counter({
      name: 'causeway_ledger_partition_hand_overs_total',
      help: 'Partitions that this process took or gave up in good order.',
      labelNames: ['direction'],
      registers,
    });
    this.fenced = new Counter({
      name: 'causeway_ledger_fenced_total',
      help: 'Processes that were away too long and lost their partitions: this one, or another.',
      labelNames: ['who'],
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

  /** How many partitions this process serves, asked whenever somebody looks. */
  watchPartitions(partitions: () => number): void {
    new Gauge({
      name: 'causeway_ledger_partitions_held',
      help: 'Partitions that this process serves.',
      registers: [this.registry],
      collect() {
        this.set(partitions());
      },
    });
  }

  /** Ledgers on which the two sides count otherwise, asked whenever somebody looks. */
  watchDifferences(count: () => Differences): void {
    new Gauge({
      name: 'causeway_ledger_differing_ledgers',
      help: 'Ledgers whose balance the other side counts otherwise: disputed, or a shadow diverged.',
      labelNames: ['kind'],
      registers: [this.registry],
      collect() {
        const { disputed, diverged } = count();
        this.set({ kind: 'disputed' }, disputed);
        this.set({ kind: 'diverged' }, diverged);
      },
    });
  }

  /** What waits, asked whenever somebody looks. */
  watchBacklog(backlog: () => Backlog): void {
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
    new Gauge({
      name: 'causeway_ledger_unanswered_errands',
      help: 'Payments about which the owner of the other ledger is asked or told.',
      registers,
      collect() {
        this.set(backlog().errands);
      },
    });
  }
}

function balanceComparisons(registry: MetricsRegistry): Counter<'outcome'> {
  return new Counter({
    name: 'causeway_ledger_balance_comparisons_total',
    help: 'Balances compared with the other side of a ledger, by what came of it.',
    labelNames: ['outcome'],
    registers: [registry],
  });
}
