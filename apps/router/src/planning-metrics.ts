import { Counter, Gauge, type Registry } from 'prom-client';

/** Counted with plain numbers, as a payment must not pay for labels; read when somebody asks. */
export class PlanningMetrics {
  /** Entries of the link that were no `prepare-payment`. */
  unreadable = 0;
  /** Waiting for their ledger to be known. */
  held = 0;
  /** How many wait for a quote of their next hop. */
  quoting: () => number = () => 0;
  /** Waited in vain. */
  forgotten = 0;
  private readonly outcomes = new Map<string, number>();

  /** `forward`, or the ILP code of the refusal. */
  count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  expose(registry: Registry): void {
    const { outcomes } = this;
    new Counter({
      name: 'causeway_router_plans_total',
      help: 'Payments planned, by outcome: forward, or the ILP code of the refusal',
      labelNames: ['outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [outcome, count] of outcomes) this.inc({ outcome }, count);
      },
    });
    this.exposeLosses(registry);
    new Gauge({
      name: 'causeway_router_quoting_prepares',
      help: 'Payments that wait for a quote of their next hop',
      registers: [registry],
      collect: gaugeOf(() => this.quoting()),
    });
    new Gauge({
      name: 'causeway_router_held_prepares',
      help: 'Payments that wait for their ledger to be known',
      registers: [registry],
      collect: gaugeOf(() => this.held),
    });
  }

  private exposeLosses(registry: Registry): void {
    const losses = (): readonly (readonly [string, number])[] => [
      ['unreadable', this.unreadable],
      ['held-too-long', this.forgotten],
    ];
    new Counter({
      name: 'causeway_router_prepares_dropped_total',
      help: 'Payments that were not planned, by reason',
      labelNames: ['reason'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [reason, count] of losses()) this.inc({ reason }, count);
      },
    });
  }
}

function gaugeOf(read: () => number) {
  return function (this: Gauge): void {
    this.set(read());
  };
}
