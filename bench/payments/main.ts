import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ConnectorProcess } from '../../apps/causeway/src/demo/connector-process';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { cleanEnvironment, temporaryDirectory } from '../../test/support/running-connector';
import { openPeer } from '../open-peer';
import { Load, type LoadResult } from './load';
import { perPayment, processorTime, type NamedProcess } from './processor-time';
import { runRelay } from './relay';
import { machine, textReport } from './report';

/*
 * How many payments per second go through `causeway start`, all of it: gateway, router, ledger, event log with
 * fsync, publisher, projections. Two peers in this one process; the connector administers both ledgers.
 */
const SENDER = 'sender-0123456789abcdef';
const RECEIVER = 'receiver-0123456789abcdef';
const MANY = 1_000_000;
/** The word that makes this program the relay. */
const RELAY = 'relay';

interface Order {
  readonly payments: number;
  readonly window: number;
  readonly runs: number;
  readonly json: boolean;
}

function readOrder(): Order {
  const { values } = parseArgs({
    options: {
      payments: { type: 'string', default: '10000' },
      window: { type: 'string', default: '256' },
      runs: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const count = (name: 'payments' | 'window' | 'runs'): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new Error(`--${name} must be a whole number above 0`);
  };
  return {
    payments: count('payments'),
    window: count('window'),
    runs: count('runs'),
    json: values.json,
  };
}

function configuration() {
  return {
    connector: { address: 'test.bench' },
    gateway: { listen: '127.0.0.1:0' },
    console: { listen: '127.0.0.1:0', token: randomBytes(16).toString('hex') },
    health: { basePort: 0 },
    limits: { requestsPerPeerPerSecond: MANY, inFlightPerPeer: MANY },
    log: { level: 'warn' },
    peers: [openPeer('sender', SENDER), openPeer('receiver', RECEIVER)],
  };
}

/** The run with the median rate, and all rates; the first run only warms up. */
async function measure(load: Load, order: Order): Promise<[LoadResult, LoadResult[]]> {
  await load.run(warmUp(order), order.window);
  const results: LoadResult[] = [];
  for (let run = 0; run < order.runs; run++) {
    results.push(await load.run(order.payments, order.window));
  }
  const sorted = [...results].sort((one, other) => one.perSecond - other.perSecond);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error('no run');
  return [median, results];
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

async function measureCauseway(directory: string, order: Order) {
  const configFile = join(directory, 'causeway.yaml');
  const dataDir = join(directory, 'data');
  await writeFile(configFile, stringify(configuration()));
  const logFile = join(directory, 'connector.log');
  const connector = await ConnectorProcess.start({
    configFile,
    dataDir,
    env: cleanEnvironment(),
    logFile,
  });
  try {
    const url = connector.ready.btp;
    const load = await Load.connect({
      url,
      senderToken: SENDER,
      receiverToken: RECEIVER,
      to: 'test.receiver.client.x',
    });
    const services = await servicesOf(dataDir);
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

async function servicesOf(dataDir: string): Promise<NamedProcess[]> {
  const text = await readFile(join(dataDir, 'run', 'processes.json'), 'utf8');
  return z.array(z.object({ service: z.string(), pid: z.number() })).parse(JSON.parse(text));
}

async function caughtUp(dataDir: string, since: number): Promise<number> {
  const text = await readFile(join(dataDir, 'run', 'connector.json'), 'utf8');
  const { databaseUrl } = z.object({ databaseUrl: z.string() }).parse(JSON.parse(text));
  const client = new Client({ connectionString: databaseUrl });
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
  const order = readOrder();
  const directory = await temporaryDirectory();
  try {
    const baseline = await measureBaseline(order);
    const measured = await measureCauseway(directory, order);
    const { payments, window } = order;
    const report = { payments, window, machine: machine(), baseline, ...measured };
    const lines = order.json ? [JSON.stringify(report)] : textReport(report);
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

if (process.argv.includes(RELAY)) runRelay();
else {
  main().catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
