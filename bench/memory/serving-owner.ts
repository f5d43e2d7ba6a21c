import { setTimeout as sleep } from 'node:timers/promises';
import { decodeHot } from '#contracts';
import { createDataSource, EventReader, SnapshotStore } from '#event-store';
import { CommandQueue } from '../../apps/ledger/src/command-queue';
import type { LoopCommand } from '../../apps/ledger/src/loop-command';
import { recoverLedgers } from '../../apps/ledger/src/recover-ledgers';
import { delivered } from '../log/numbered-payments';
import { FINAL_TRANSFERS_CACHED, logWriter, PaymentLoop } from '../log/payment-loop';
import { quantile } from '../measured';
import { memoryUse, type MemoryUse } from './memory-use';
import { REPEAT_KINDS, repeatOf, type Repeat } from './repeats';
import { ledgersOf, newPayments, oldPayments } from './series';

export interface ServingOrder {
  readonly url: string;
  readonly ledgers: number;
  /** Old payments in the log. */
  readonly payments: number;
  readonly withSnapshots: boolean;
  readonly seconds: number;
  readonly repeatsPerSecond: number;
  readonly paymentsPerSecond: number;
}

export interface ServingReport {
  /** Before anything is read: the programs themselves. */
  readonly started: MemoryUse;
  readonly recoverySeconds: number;
  readonly recovered: MemoryUse;
  /** Every few seconds while it served. */
  readonly serving: readonly MemoryUse[];
  /** At the end, once the garbage is collected. */
  readonly collected: MemoryUse;
  readonly repeats: number;
  readonly repeatP50Ms: number;
  readonly repeatP99Ms: number;
  readonly newPayments: number;
}

const TICK_MS = 10;
const SAMPLE_EVERY_TICKS = 500;
const BATCH_COMMANDS = 512;

/**
 * An owner as it is after years: it takes over a log of old payments and serves peers that say again
 * what they said long ago, beside new payments.
 */
class ServingOwner {
  private readonly queue = new CommandQueue<LoopCommand>(20_000);
  private readonly waiting = new Map<number, (error: string | null) => void>();
  private readonly latencies: number[] = [];
  private readonly samples: MemoryUse[] = [];
  private reference = 0;
  private failure: Error | undefined;
  private paid = 0;

  constructor(
    private readonly order: ServingOrder,
    private readonly ledgers = ledgersOf(order.ledgers),
    private readonly old = oldPayments(ledgers),
    private readonly fresh = newPayments(ledgers, `new ${process.pid} ${Date.now()}`),
  ) {}

  async run(): Promise<ServingReport> {
    const dataSource = await createDataSource(this.order.url, { applicationName: 'owner' });
    const reader = new EventReader(dataSource);
    const snapshots = new SnapshotStore(dataSource);
    const writer = await logWriter(dataSource);
    const loop = new PaymentLoop(writer, {
      ledgers: this.ledgers,
      clock: Date.now,
      batchCommands: BATCH_COMMANDS,
      reader,
      send: (_subject, entry) => {
        this.hear(entry);
      },
    });
    const started = memoryUse();
    const began = performance.now();
    const recovering = recoverLedgers({
      reader,
      snapshots: this.order.withSnapshots ? snapshots : { load: () => Promise.resolve(new Map()) },
      owns: () => true,
      finalTransfersCached: FINAL_TRANSFERS_CACHED,
    });
    for await (const { ledger, forgetful } of recovering) loop.book.adopt(ledger, forgetful);
    const recoverySeconds = (performance.now() - began) / 1000;
    const recovered = memoryUse();
    const serving = loop.serve(this.queue);
    await this.drive(loop);
    this.queue.close();
    await serving;
    await snapshots.save(loop.keeper.takeAll(loop.book.all(), Date.now()));
    await writer.release();
    await dataSource.destroy();
    return { started, recoverySeconds, recovered, ...this.report() };
  }

  private report() {
    globalThis.gc?.();
    const sorted = Float64Array.from(this.latencies).sort();
    return {
      serving: this.samples,
      collected: memoryUse(),
      repeats: sorted.length,
      repeatP50Ms: quantile(sorted, 0.5),
      repeatP99Ms: quantile(sorted, 0.99),
      newPayments: this.paid,
    };
  }

  private async drive(loop: PaymentLoop): Promise<void> {
    const { seconds, repeatsPerSecond, paymentsPerSecond } = this.order;
    const began = performance.now();
    let [repeats, payments] = [0, 0];
    for (let tick = 0; performance.now() - began < seconds * 1000; tick += 1) {
      await sleep(TICK_MS);
      if (this.failure !== undefined) throw this.failure;
      const elapsed = (performance.now() - began) / 1000;
      while (repeats < elapsed * repeatsPerSecond) this.repeat(repeats++);
      while (payments < elapsed * paymentsPerSecond) this.pay(payments++);
      if (loop.book.hasExpiryDue(Date.now())) this.queue.offer({ kind: 'expire-due' });
      if (tick % 50 === 0 && loop.board.size > 0) this.queue.offer({ kind: 'redeliver' });
      if (tick % SAMPLE_EVERY_TICKS === 0) this.samples.push(memoryUse());
    }
    while (this.waiting.size > 0) await sleep(TICK_MS);
    if (this.failure !== undefined) throw this.failure;
  }

  private repeat(count: number): void {
    const kind = REPEAT_KINDS[count % REPEAT_KINDS.length] ?? 'prepare';
    const number = Math.floor(Math.random() * this.order.payments);
    const { message, expected } = repeatOf(this.old, number, kind);
    const sentAtMs = performance.now();
    this.ask(message, (error) => {
      this.latencies.push(performance.now() - sentAtMs);
      if (error === expected) return;
      const said = `${String(error)} instead of ${String(expected)}`;
      this.failure = new Error(`old payment ${number}: ${kind} was answered ${said}`);
    });
  }

  private pay(number: number): void {
    const payment = this.fresh.payment(number);
    this.ask(this.fresh.planned(number, payment), (error) => {
      this.mustBeTaken(error);
      this.queue.offer(delivered(payment, 'prepare'));
      this.ask(this.fresh.ended(number, payment), (refusal) => {
        this.mustBeTaken(refusal);
        this.paid += 1;
      });
    });
  }

  private mustBeTaken(error: string | null): void {
    if (error !== null) this.failure = new Error(`a new payment was answered ${error}`);
  }

  private ask(message: Repeat['message'], hear: (error: string | null) => void): void {
    const reference = ++this.reference;
    this.waiting.set(reference, hear);
    const isTaken = this.queue.offer({ ...message, replyTo: { gatewayId: 'gateway', reference } });
    if (!isTaken) this.failure = new Error('the queue is full: ask for less per second');
  }

  private hear(entry: Buffer): void {
    const message = decodeHot(entry);
    if (message.kind === 'answer') {
      const hear = this.waiting.get(message.reference);
      this.waiting.delete(message.reference);
      hear?.(message.error?.name ?? null);
    } else if (message.kind === 'deliver-fulfill' || message.kind === 'deliver-reject') {
      const { ledgerId, transferId } = message;
      const what = message.kind === 'deliver-fulfill' ? 'fulfill' : 'reject';
      this.queue.offer({ kind: 'delivered', ledgerId, transferId, what });
    }
  }
}

/** In a process of its own: reads its order, serves, tells its report and ends. */
export function serveAsChild(): void {
  process.once('message', (order: ServingOrder) => {
    new ServingOwner(order).run().then(
      (report) => {
        process.send?.({ report });
        process.disconnect();
      },
      (error: unknown) => {
        process.send?.({ error: error instanceof Error ? error.message : String(error) });
        process.disconnect();
      },
    );
  });
}
