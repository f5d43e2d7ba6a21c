import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface ScratchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A fresh database for one spec, on the cluster that the integration project has started. */
export async function scratchDatabase(): Promise<ScratchDatabase> {
  const clusterUrl = process.env.CAUSEWAY_TEST_DATABASE_URL;
  if (clusterUrl === undefined) throw new Error('only the integration project has a database');
  const name = `scratch_${randomBytes(8).toString('hex')}`;
  await execute(clusterUrl, `create database ${name}`);
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(clusterUrl, `drop database ${name} with (force)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
