import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';

const connectorFileSchema = z.object({ databaseUrl: z.string() });
const balancesSchema = z.array(z.object({ ledger_id: z.string(), balance: z.string() }));

/** Runs one statement on the database of a running connector, as the owner of the tables. */
export async function queryConnector(
  dataDir: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const file = readFileSync(join(dataDir, 'run', 'connector.json'), 'utf8');
  const { databaseUrl } = connectorFileSchema.parse(JSON.parse(file));
  const client = new Client({ connectionString: databaseUrl });
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
