import { Client } from 'pg';

/** A database of our own beside another one on the same PostgreSQL, made unless it is there. */
export async function databaseOf(url: string, name: string): Promise<string> {
  const own = new URL(url);
  own.pathname = `/${name}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE "${name}"`);
    return own.href;
  } finally {
    await client.end();
  }
}
