import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Pool } from 'pg';
import { connectorAt } from '../connector-at';
import { databaseOf } from '../own-database';
import { areEqual, compareBalances, type Comparison, keepBalances } from './balance-subscriber';

const COMPARE_EVERY_MS = 2_000;
/** With `--once`, how long until the balances have to be equal. */
const PATIENCE_MS = 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: 'causeway.yaml' },
      data: { type: 'string', default: '.causeway' },
      database: { type: 'string' },
      once: { type: 'boolean', default: false },
    },
  });
  const at = connectorAt({ config: values.config, data: values.data });
  const connectionString =
    values.database ?? (await databaseOf(at.databaseUrl, 'balance_subscriber'));
  const pool = new Pool({ connectionString });
  const stopping = new AbortController();
  process.once('SIGINT', () => {
    stopping.abort();
  });
  const subscription = await keepBalances({ at, pool, observer: remarks });
  try {
    const untilMs = Date.now() + (values.once ? PATIENCE_MS : Infinity);
    let isProved = false;
    while (!stopping.signal.aborted && Date.now() < untilMs && !(isProved && values.once)) {
      const comparisons = await compareBalances(at, pool);
      for (const line of comparisons.map(asText)) process.stdout.write(`${line}\n`);
      isProved = comparisons.length > 0 && areEqual(comparisons);
      await sleep(COMPARE_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    if (values.once && !isProved) process.exitCode = 1;
  } finally {
    await subscription.stop();
    await pool.end();
  }
}

const note = (line: string): void => void process.stderr.write(`balance-subscriber: ${line}\n`);

const remarks = {
  streamMissing: () => {
    note('there is no stream: following the feed');
  },
  consumerCreated: () => {
    note('made the durable consumer');
  },
  gap: ({ partition, after, before }: { partition: number; after: number; before: number }) => {
    note(`partition ${partition}: the stream went from ${after} to ${before}`);
  },
  filled: (partition: number, events: number) => {
    note(`partition ${partition}: ${events} events from the feed`);
  },
  retrying: (error: unknown, pauseMs: number) => {
    note(`${String(error)}; again in ${pauseMs} ms`);
  },
};

function asText({ ledger, ours, theirs, asOf }: Comparison): string {
  if (asOf === undefined) return `${ledger}: ${ours}, following`;
  const verdict = ours === theirs ? 'equal' : `DIFFERENT, the connector says ${theirs}`;
  return `${ledger}: ${ours} as of ${asOf}, ${verdict}`;
}

main().catch((error: unknown) => {
  note(String(error));
  process.exitCode = 1;
});
