import { Client } from 'pg';
import { z } from 'zod';
import { readRunningConnector } from '../../apps/causeway/src/supervisor/run-files';

const balancesSchema = z.array(z.object({ ledger_id: z.string(), balance: z.string() }));

/** Runs one statement on the database of a running connector, as the owner of the tables. */
export async function queryConnector(
  dataDir: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const running = readRunningConnector(dataDir);
  if (running === undefined) throw new Error(`no connector runs on ${dataDir}`);
  const client = new Client({ connectionString: running.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** By ledger, in decimal, as the connector's read models have them now. */
export async function balancesOf(dataDir: string): Promise<Map<string, string>> {
  const rows = await queryConnector(dataDir, 'select ledger_id, balance::text from balances');
  return new Map(balancesSchema.parse(rows).map((row) => [row.ledger_id, row.balance]));
}

/** How many events the log holds. */
export async function eventCountOf(dataDir: string): Promise<number> {
  const [row] = await queryConnector(dataDir, 'select count(*)::int as events from ledger_events');
  return z.object({ events: z.number() }).parse(row).events;
}
