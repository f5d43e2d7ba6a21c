import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { z } from 'zod';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { readRunningConnector } from '../../apps/causeway/src/supervisor/run-files';
import { ConnectorUnderTest } from '../../test/support/connector-under-test';
import { machine, medianBy } from '../measured';
import { openPeer } from '../open-peer';
import { readOrder } from '../order';
import { Load, type LoadResult } from './load';
import { perPayment, processorTime } from './processor-time';
import { runRelay } from './relay';
import { textReport } from './report';

/*
 * How many payments per second go through `causeway start`, all of it: gateway, router, ledger, event log with
 * fsync, publisher, projections. Two peers in this one process; the connector administers both ledgers.
 */
const SENDER = 'sender-0123456789abcdef';
const RECEIVER = 'receiver-0123456789abcdef';
const MANY = 1_000_000;
/** The word that makes this program the relay. */
const RELAY = 'relay';

const readOurs = () => readOrder({ payments: 10_000, window: 256, runs: 3 });
type Order = ReturnType<typeof readOurs>;

const CONFIGURATION = {
  connector: { address: 'test.bench' },
  limits: { requestsPerPeerPerSecond: MANY, inFlightPerPeer: MANY },
  log: { level: 'warn' },
  peers: [openPeer('sender', SENDER), openPeer('receiver', RECEIVER)],
};

/** The run with the median rate, and all rates; the first run only warms up. */
async function measure(load: Load, order: Order): Promise<[LoadResult, LoadResult[]]> {
  await load.run(warmUp(order), order.window);
  const results: LoadResult[] = [];
  for (let run = 0; run < order.runs; run++) {
    results.push(await load.run(order.payments, order.window));
  }
  return [medianBy(results, ({ perSecond }) => perSecond), results];
}

function warmUp({ payments, window }: Order): number {
  return Math.max(window, Math.ceil(payments / 5));
}

async function measureBaseline(order: Order): Promise<LoadResult> {
  const runner = inRepository('test', 'support', 'run-typescript.cjs');
  const relay = fork(runner, [__filename, RELAY]);
  const messages: unknown[] = await once(relay, 'message');
  const { port } = z.object({ port: z.number() }).parse(messages[0]);
  const url = `ws://127.0.0.1:${port}`;
  const load = await Load.connect({
    url,
    senderToken: SENDER,
    receiverToken: RECEIVER,
    to: 'test.receiver.x',
  });
  const [median] = await measure(load, order);
  load.close();
  relay.disconnect();
  return median;
}

async function measureCauseway(order: Order) {
  const connector = await ConnectorUnderTest.start(CONFIGURATION);
  try {
    const { url, dataDir } = connector;
    const load = await Load.connect({
      url,
      senderToken: SENDER,
      receiverToken: RECEIVER,
      to: 'test.receiver.client.x',
    });
    const services = connector.processes();
    const times = () => processorTime(connector.pid ?? 0, services);
    const before = times();
    const [median, results] = await measure(load, order);
    const ended = Date.now();
    const paid = order.payments * order.runs + warmUp(order);
    const readModelsBehindMs = await caughtUp(dataDir, ended);
    const processorMicrosecondsPerPayment = perPayment(before, times(), paid);
    load.close();
    const ratesPerSecond = results.map(({ perSecond }) => perSecond);
    return {
      causeway: median,
      ratesPerSecond,
      processorMicrosecondsPerPayment,
      readModelsBehindMs,
    };
  } finally {
    await connector.stop();
  }
}

async function caughtUp(dataDir: string, since: number): Promise<number> {
  const client = new Client({ connectionString: readRunningConnector(dataDir)?.databaseUrl });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query<{ behind: boolean }>(
        `select bool_or(b.last_version < (select max(version) from ledger_events e
                                           where e.ledger_id = b.ledger_id)) as behind
           from balances b`,
      );
      if (rows[0]?.behind === false) return Date.now() - since;
      await sleep(20);
    }
  } finally {
    await client.end();
  }
}

async function main(): Promise<void> {
  const order = readOurs();
  const baseline = await measureBaseline(order);
  const measured = await measureCauseway(order);
  const { payments, window } = order;
  const report = { payments, window, machine: machine(), baseline, ...measured };
  const lines = order.json ? [JSON.stringify(report)] : textReport(report);
  process.stdout.write(`${lines.join('\n')}\n`);
}

if (process.argv.includes(RELAY)) runRelay();
else {
  main().catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
