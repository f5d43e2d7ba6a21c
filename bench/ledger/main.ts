import { EventReader } from '#event-store';
import type { LedgerMessage } from '#contracts';
import type { RecordedEvent } from '#eventsourcing';
import { BenchCluster } from '../log/bench-cluster';
import {
  machine,
  medianBy,
  medianRatio,
  perEvent,
  processorTime,
  quantile,
  type ProcessorSeconds,
} from '../measured';
import { messagesOf, NumberedPayments } from '../log/numbered-payments';
import { readOrder } from '../order';
import { KeptEvents, logWriter, PaymentLoop } from '../log/payment-loop';
import { insertPlainly } from './plain-insert';

/*
 * How many events per second the ledger appends, everything included but the bus: commands are
 * decided, evolved, encoded, hashed, chained, appended with a synchronous commit, answered. Beside
 * it, in turn, a plain INSERT of the very same rows in the same batches.
 */
const NOW_MS = 1_700_000_000_000;

interface Run {
  readonly perSecond: number;
  readonly processorMicrosecondsPerEvent: ProcessorSeconds;
}

interface LedgerRun extends Run {
  readonly commitP50Ms: number;
  readonly commitP99Ms: number;
  readonly batches: readonly number[];
}

async function main(): Promise<void> {
  const order = readOrder({ payments: 25_000, ledgers: 8, runs: 5, batch: 512 });
  const scene = await Scene.prepare(order);
  const cluster = await BenchCluster.start();
  try {
    const ledger: LedgerRun[] = [];
    const plain: Run[] = [];
    // The first turn of each only warms up.
    for (let turn = 0; turn <= order.runs; turn += 1) {
      const ledgerRun = await scene.measureLedger(cluster);
      const plainRun = await scene.measurePlain(cluster, ledgerRun.batches);
      if (turn === 0) continue;
      ledger.push(ledgerRun);
      plain.push(plainRun);
    }
    print(order.json, { order, events: scene.events.length, ledger, plain });
  } finally {
    await cluster.stop();
  }
}

/** The commands of all runs, and the events that they come to. */
class Scene {
  private constructor(
    private readonly ledgers: readonly string[],
    private readonly batch: number,
    private readonly messages: readonly LedgerMessage[],
    readonly events: readonly RecordedEvent[],
  ) {}

  static async prepare(order: {
    readonly payments: number;
    readonly ledgers: number;
    readonly batch: number;
  }): Promise<Scene> {
    const ledgers = Array.from({ length: order.ledgers }, (_, number) => `peer-${number}`);
    const payments = new NumberedPayments({ name: 'ledger', ledgers, atMs: () => NOW_MS });
    const range = { from: 0, to: order.payments, lag: order.batch };
    const messages = [...messagesOf(payments, range)];
    const kept = new KeptEvents();
    const scene = new Scene(ledgers, order.batch, messages, kept.events);
    const dry = scene.loop(kept);
    await dry.openLedgers();
    await dry.run(messages.values());
    return scene;
  }

  async measureLedger(cluster: BenchCluster): Promise<LedgerRun> {
    const database = await cluster.database();
    const writer = await logWriter(database.dataSource);
    const loop = this.loop(writer);
    await loop.openLedgers();
    await cluster.settle();
    const before = processorTime(cluster.pid);
    const { seconds, commitsMs, batches } = await loop.run(this.messages.values());
    const after = processorTime(cluster.pid);
    await writer.release();
    await this.compare(new EventReader(database.dataSource));
    await database.drop();
    const appended = this.events.length - this.ledgers.length;
    return {
      perSecond: appended / seconds,
      processorMicrosecondsPerEvent: perEvent(before, after, appended),
      commitP50Ms: quantile(commitsMs, 0.5),
      commitP99Ms: quantile(commitsMs, 0.99),
      batches,
    };
  }

  async measurePlain(cluster: BenchCluster, batches: readonly number[]): Promise<Run> {
    const database = await cluster.database();
    const { length } = this.ledgers;
    await insertPlainly(database.client, this.events.slice(0, length), [length]);
    const rows = this.events.slice(length);
    await cluster.settle();
    const before = processorTime(cluster.pid);
    const seconds = await insertPlainly(database.client, rows, batches);
    const after = processorTime(cluster.pid);
    await this.compare(new EventReader(database.dataSource));
    await database.drop();
    return {
      perSecond: rows.length / seconds,
      processorMicrosecondsPerEvent: perEvent(before, after, rows.length),
    };
  }

  private loop(sink: ConstructorParameters<typeof PaymentLoop>[0]): PaymentLoop {
    const { ledgers, batch } = this;
    return new PaymentLoop(sink, { ledgers, clock: () => NOW_MS, batchCommands: batch });
  }

  /** Both logs must end in the same hashes: then they hold the same rows. */
  private async compare(reader: EventReader): Promise<void> {
    const last = new Map(this.events.map((event) => [event.ledgerId, event.hash]));
    for (const [ledgerId, hash] of last) {
      const head = await reader.ledgerHead(ledgerId);
      if (head?.hash.equals(hash) !== true) throw new Error(`${ledgerId} has other events`);
    }
  }
}

interface Measured {
  readonly order: { readonly payments: number; readonly ledgers: number; readonly batch: number };
  readonly events: number;
  readonly ledger: readonly LedgerRun[];
  readonly plain: readonly Run[];
}

function print(json: boolean, measured: Measured): void {
  const report = reportOf(measured);
  const lines = json ? [JSON.stringify(report)] : textOf(report);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function reportOf({ order, events, ledger, plain }: Measured) {
  const { batches, ...median } = medianBy(ledger, ({ perSecond }) => perSecond);
  const baseline = medianBy(plain, ({ perSecond }) => perSecond);
  const appends = batches.filter((length) => length > 0);
  return {
    machine: machine(),
    ...order,
    events,
    eventsPerAppend: Math.round(events / appends.length),
    ledger: median,
    plainInsert: baseline,
    ratio: medianRatio(ledger, plain),
    ledgerPerSecond: ledger.map(({ perSecond }) => Math.round(perSecond)),
    plainInsertPerSecond: plain.map(({ perSecond }) => Math.round(perSecond)),
  };
}

function textOf(report: ReturnType<typeof reportOf>): string[] {
  const { ledger, plainInsert } = report;
  return [
    `${report.events} events of ${report.payments} payments on ${report.ledgers} ledgers, ` +
      `${report.eventsPerAppend} events per append, on ${report.machine}`,
    line('ledger', ledger),
    line('plain insert', plainInsert),
    `ratio ${report.ratio.toFixed(2)}; commit p50 ${ledger.commitP50Ms.toFixed(1)} ms, ` +
      `p99 ${ledger.commitP99Ms.toFixed(1)} ms`,
    `runs: ledger ${report.ledgerPerSecond.join(', ')}; ` +
      `plain insert ${report.plainInsertPerSecond.join(', ')} events/s`,
  ];
}

function line(name: string, { perSecond, processorMicrosecondsPerEvent }: Run): string {
  const { node, postgres } = processorMicrosecondsPerEvent;
  const rate = perSecond.toFixed(0).padStart(7);
  return `${name.padEnd(13)}${rate} events/s   processor per event: node ${node} us, postgres ${postgres} us`;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
