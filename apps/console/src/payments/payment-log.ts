import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { decodeRecorded } from '#domain/ledger';
import type { EventReader } from '#event-store';
import { paymentView, type PaymentView, type TimedEvent } from './payment-view';

/** Between two looks at a payment that somebody waits for. */
const LOOK_AGAIN_MS = 100;

/** Payments as the log itself has them: whoever dies meanwhile, what happened is found there. */
export class PaymentLog {
  private readonly stopping = new AbortController();

  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: Pick<EventReader, 'recallTransfers'>,
  ) {}

  /** Whoever waits is answered with what is known. */
  stop(): void {
    this.stopping.abort();
  }

  /** The ledgers that know a transfer of this id, whoever made it. */
  async ledgersOf(id: string): Promise<string[]> {
    const rows: { readonly ledger_id: string }[] = await this.dataSource.query(LEDGERS_OF, [id]);
    return rows.map(({ ledger_id }) => ledger_id);
  }

  /** Everything that happened to it on the ledger, oldest first. */
  async eventsOf(ledgerId: string, transferId: string): Promise<TimedEvent[]> {
    const recorded = await this.reader.recallTransfers([{ ledgerId, transferId }]);
    return recorded.map((one) => ({ event: decodeRecorded(one), occurredAtMs: one.occurredAtMs }));
  }

  /** undefined if nobody ordered such a payment. */
  async find(id: string): Promise<PaymentView | undefined> {
    for (const ledgerId of await this.ledgersOf(id)) {
      const view = paymentView(ledgerId, await this.eventsOf(ledgerId, id));
      if (view !== undefined) return view;
    }
    return undefined;
  }

  /** As `find`, once the payment is final, or as it is when the time is over. */
  async wait(id: string, withinMs: number): Promise<PaymentView | undefined> {
    const deadline = performance.now() + withinMs;
    let view = await this.find(id);
    while (view !== undefined && !view.isFinal && performance.now() < deadline) {
      const { signal } = this.stopping;
      await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      view = paymentView(view.from, await this.eventsOf(view.from, id)) ?? view;
    }
    return view;
  }
}

// LIMIT keeps the planner from turning the look-up on each ledger into a pass over the log.
const LEDGERS_OF = `
SELECT l.ledger_id FROM ledgers l
 CROSS JOIN LATERAL (
   SELECT FROM ledger_events e
    WHERE e.ledger_id = l.ledger_id AND e.transfer_id = $1::uuid LIMIT 1
 ) e
 ORDER BY l.ledger_id`;
