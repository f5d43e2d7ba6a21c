import { EventReader } from '#event-store';
import { LedgerReplay } from '../../apps/causeway/src/replay/ledger-replay';
import { recoverLedgers } from '../../apps/ledger/src/recover-ledgers';
import { BenchCluster, type BenchDatabase } from '../log/bench-cluster';
import {
  machine,
  medianBy,
  medianRatio,
  perEvent,
  processorTime,
  type ProcessorSeconds,
} from '../measured';
import { messagesOf, NumberedPayments } from '../log/numbered-payments';
import { readOrder } from '../order';
import { logWriter, PaymentLoop } from '../log/payment-loop';
import { readBarely } from './bare-read';

/*
 * How many events per second a replay takes in: what an owner does that finds no snapshot, and what
 * `causeway replay` does, which also verifies every link of the hash chain. Beside them, in turn, a
 * bare cursor over the same rows that decodes nothing.
 */
const NOW_MS = 1_700_000_000_000;
const BATCH_COMMANDS = 512;
const FINAL_TRANSFERS_CACHED = 20_000;
const ALTERNATIVES = ['bareRead', 'recovery', 'verifiedReplay'] as const;

type Alternative = (typeof ALTERNATIVES)[number];

interface Run {
  readonly perSecond: number;
  readonly processorMicrosecondsPerEvent: ProcessorSeconds;
}

async function main(): Promise<void> {
  const order = readOrder({ payments: 50_000, ledgers: 8, runs: 5 });
  const ledgers = Array.from({ length: order.ledgers }, (_, number) => `peer-${number}`);
  const cluster = await BenchCluster.start();
  try {
    const database = await cluster.database();
    await fill(database, ledgers, order.payments);
    await cluster.settle();
    const runs: Record<Alternative, Run[]> = { bareRead: [], recovery: [], verifiedReplay: [] };
    const events = 4 * order.payments + ledgers.length;
    // The first turn of each only warms up.
    for (let turn = 0; turn <= order.runs; turn += 1) {
      for (const alternative of ALTERNATIVES) {
        const run = await measure(cluster, events, () => READ[alternative](database, ledgers));
        if (turn > 0) runs[alternative].push(run);
      }
    }
    print(order.json, { ...order, events, runs });
  } finally {
    await cluster.stop();
  }
}

async function fill(
  { dataSource }: BenchDatabase,
  ledgers: readonly string[],
  payments: number,
): Promise<void> {
  const writer = await logWriter(dataSource);
  const clock = (): number => NOW_MS;
  const loop = new PaymentLoop(writer, { ledgers, clock, batchCommands: BATCH_COMMANDS });
  await loop.openLedgers();
  const numbered = new NumberedPayments({ name: 'replay', ledgers, atMs: clock });
  await loop.run(messagesOf(numbered, { from: 0, to: payments, lag: BATCH_COMMANDS }));
  await writer.release();
}

async function measure(
  cluster: BenchCluster,
  events: number,
  read: () => Promise<number>,
): Promise<Run> {
  const before = processorTime(cluster.pid);
  const began = performance.now();
  const count = await read();
  const seconds = (performance.now() - began) / 1000;
  const after = processorTime(cluster.pid);
  if (count !== events) throw new Error(`read ${count} of ${events} events`);
  return {
    perSecond: events / seconds,
    processorMicrosecondsPerEvent: perEvent(before, after, events),
  };
}

/** Each gives the number of events that it has read. */
const READ: Record<
  Alternative,
  (database: BenchDatabase, ledgers: readonly string[]) => Promise<number>
> = {
  bareRead: ({ client }, ledgers) => readBarely(client, ledgers),
  recovery: recover,
  verifiedReplay: replay,
};

async function recover({ dataSource }: BenchDatabase): Promise<number> {
  const reader = new EventReader(dataSource);
  const recovered = recoverLedgers({
    reader,
    snapshots: { load: () => Promise.resolve(new Map()) },
    owns: () => true,
    finalTransfersCached: FINAL_TRANSFERS_CACHED,
  });
  let events = 0;
  for await (const { ledger } of recovered) {
    const head = await reader.ledgerHead(ledger.id);
    events += head?.version ?? 0;
  }
  return events;
}

async function replay({ dataSource }: BenchDatabase, ledgers: readonly string[]): Promise<number> {
  const reader = new EventReader(dataSource);
  let events = 0;
  for (const ledgerId of ledgers) {
    const folded = new LedgerReplay(ledgerId);
    for await (const event of reader.readLedger({ ledgerId })) {
      folded.apply(event);
      events += 1;
    }
    if (folded.broken !== undefined) throw new Error(`the chain of ${ledgerId} is broken`);
  }
  return events;
}

interface Measured {
  readonly payments: number;
  readonly ledgers: number;
  readonly events: number;
  readonly runs: Readonly<Record<Alternative, readonly Run[]>>;
}

function print(json: boolean, measured: Measured): void {
  const report = reportOf(measured);
  const lines = json ? [JSON.stringify(report)] : textOf(report);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function reportOf({ payments, ledgers, events, runs }: Measured) {
  const median = (alternative: Alternative): Run =>
    medianBy(runs[alternative], ({ perSecond }) => perSecond);
  const bareRead = median('bareRead');
  const against = (alternative: Alternative) => {
    const run = median(alternative);
    return { ...run, ratio: medianRatio(runs[alternative], runs.bareRead) };
  };
  return {
    machine: machine(),
    payments,
    ledgers,
    events,
    bareRead,
    recovery: against('recovery'),
    verifiedReplay: against('verifiedReplay'),
    perSecond: Object.fromEntries(
      ALTERNATIVES.map((name) => [name, runs[name].map(({ perSecond }) => Math.round(perSecond))]),
    ),
  };
}

function textOf(report: ReturnType<typeof reportOf>): string[] {
  const { bareRead, recovery, verifiedReplay } = report;
  const runs = Object.entries(report.perSecond).map(
    ([name, rates]) => `${name} ${rates.join(', ')}`,
  );
  return [
    `${report.events} events on ${report.ledgers} ledgers, on ${report.machine}`,
    line('bare read', bareRead),
    `${line('recovery', recovery)}   ratio ${recovery.ratio.toFixed(2)}`,
    `${line('verified replay', verifiedReplay)}   ratio ${verifiedReplay.ratio.toFixed(2)}`,
    `runs: ${runs.join('; ')} events/s`,
  ];
}

function line(name: string, { perSecond, processorMicrosecondsPerEvent }: Run): string {
  const { node, postgres } = processorMicrosecondsPerEvent;
  const rate = perSecond.toFixed(0).padStart(7);
  return `${name.padEnd(16)}${rate} events/s   processor per event: node ${node} us, postgres ${postgres} us`;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
