import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { BenchCluster, type BenchDatabase } from '../log/bench-cluster';
import { fillLog } from '../log/fill-log';
import { machine } from '../measured';
import { readOrder } from '../order';
import { logWriter } from '../log/payment-loop';
import { ledgersOf, oldPayments } from './series';
import { serveAsChild, type ServingOrder, type ServingReport } from './serving-owner';

/*
 * How much memory the owner of a long log takes, and how fast and rightly it answers peers that say
 * again what they said of transfers that ended long ago. First from the log alone, then from the
 * snapshots that it left behind.
 * --transfers 10000000 takes a while and 20 GB of disk; --directory keeps the log for another run.
 */

/** The word that makes this program the owner. */
const OWNER = 'owner';

const memorySchema = z.object({
  resident: z.number(),
  peak: z.number(),
  heap: z.number(),
  external: z.number(),
});
const messageSchema = z.union([
  z.object({ error: z.string() }),
  z.object({
    report: z.object({
      started: memorySchema,
      recoverySeconds: z.number(),
      recovered: memorySchema,
      serving: z.array(memorySchema),
      collected: memorySchema,
      repeats: z.number(),
      repeatP50Ms: z.number(),
      repeatP99Ms: z.number(),
      newPayments: z.number(),
    }),
  }),
]);

async function main(): Promise<void> {
  const order = readOrder({
    transfers: 200_000,
    ledgers: 8,
    seconds: 30,
    repeats: 200,
    payments: 200,
  });
  const payments = Math.floor(order.transfers / 2);
  const options = { directory: order.directory };
  const filling = await BenchCluster.start({ ...options, fsync: false, isKept: true });
  const { directory } = filling;
  const filledSeconds = await fill(filling, order.ledgers, payments);
  const cluster = await BenchCluster.start({ directory, isKept: order.directory !== undefined });
  try {
    const database = await cluster.database('memory');
    const serving = {
      url: database.url,
      ledgers: order.ledgers,
      payments,
      seconds: order.seconds,
      repeatsPerSecond: order.repeats,
      paymentsPerSecond: order.payments,
    };
    const withoutSnapshots = await serve({ ...serving, withSnapshots: false });
    const withSnapshots = await serve({ ...serving, withSnapshots: true });
    const { transfers, ledgers } = order;
    const logMebibytes = await sizeOf(database);
    print(order.json, {
      machine: machine(),
      transfers,
      ledgers,
      logMebibytes,
      filledSeconds,
      withSnapshots,
      withoutSnapshots,
    });
  } finally {
    await cluster.stop();
  }
}

/** Puts all old payments into the log, unless an earlier run has done so. Returns the seconds. */
async function fill(cluster: BenchCluster, ledgers: number, payments: number): Promise<number> {
  const began = performance.now();
  try {
    const { dataSource } = await cluster.database('memory');
    const writer = await logWriter(dataSource);
    if (writer.ledgers.size > 0) {
      await writer.release();
      return 0;
    }
    const ids = ledgersOf(ledgers);
    await fillLog(writer, {
      ledgers: ids,
      payments: oldPayments(ids),
      count: payments,
      onProgress: (count) => {
        const seconds = (performance.now() - began) / 1000;
        process.stderr.write(`bench: ${2 * count} transfers after ${seconds.toFixed(0)} s\n`);
      },
    });
    await writer.release();
    return (performance.now() - began) / 1000;
  } finally {
    await cluster.stop();
  }
}

async function serve(order: ServingOrder): Promise<ServingReport> {
  const runner = inRepository('test', 'support', 'run-typescript.cjs');
  const owner = fork(runner, [__filename, OWNER], { execArgv: ['--expose-gc'] });
  owner.send(order);
  const answer: unknown[] = await Promise.race([once(owner, 'message'), once(owner, 'exit')]);
  const message = messageSchema.parse(answer[0]);
  if ('error' in message) throw new Error(message.error);
  return message.report;
}

async function sizeOf({ client }: BenchDatabase): Promise<number> {
  const { rows } = await client.query<{ size: string }>(
    "SELECT pg_total_relation_size('ledger_events') / 1048576 AS size",
  );
  return Number(rows[0]?.size);
}

interface MemoryReport {
  readonly machine: string;
  readonly transfers: number;
  readonly ledgers: number;
  readonly logMebibytes: number;
  readonly filledSeconds: number;
  readonly withSnapshots: ServingReport;
  readonly withoutSnapshots: ServingReport;
}

function print(json: boolean, report: MemoryReport): void {
  const lines = json ? [JSON.stringify(report)] : textOf(report);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function textOf(report: MemoryReport): string[] {
  return [
    `${report.transfers} finished transfers on ${report.ledgers} ledgers, a log of ` +
      `${report.logMebibytes} MiB filled in ${report.filledSeconds.toFixed(0)} s, on ${report.machine}`,
    ...servingText('without snapshots', report.withoutSnapshots),
    ...servingText('with those that it left', report.withSnapshots),
  ];
}

function servingText(name: string, report: ServingReport): string[] {
  const resident = report.serving.map((use) => use.resident);
  const heap = report.serving.map((use) => use.heap);
  const { recovered, collected } = report;
  return [
    `${name}: resident ${report.started.resident} MiB before, recovered in ` +
      `${report.recoverySeconds.toFixed(1)} s, then resident ${recovered.resident} MiB (peak ${recovered.peak}), heap ${recovered.heap}`,
    `  while serving: resident ${resident.join(', ')} MiB; heap ${heap.join(', ')} MiB`,
    `  in the end resident ${collected.resident} MiB (peak ${collected.peak}), ` +
      `heap ${collected.heap}, buffers ${collected.external} MiB`,
    `  ${report.repeats} repeats answered as they must be, p50 ${report.repeatP50Ms.toFixed(1)} ms, ` +
      `p99 ${report.repeatP99Ms.toFixed(1)} ms, beside ${report.newPayments} new payments`,
  ];
}

if (process.argv.includes(OWNER)) serveAsChild();
else {
  main().catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
