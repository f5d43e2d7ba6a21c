import { Client } from 'pg';
import { InfrastructureError, codeOf, reasonOf } from './infrastructure-error';
import { withoutSecrets } from './connection-url';

const CONNECT_WITHIN_MS = 5000;

/**
 * Asks the database one question.
 *
 * @returns its version, such as `16.4`.
 * @throws InfrastructureError `DatabaseUnreachable`, with the address but never the password.
 */
export async function probeDatabase(url: string): Promise<string> {
  try {
    return await withClient(url, async (client) => {
      const { rows } = await client.query<{ server_version: string }>('show server_version');
      return rows[0]?.server_version ?? 'unknown';
    });
  } catch (error) {
    throw new InfrastructureError(
      'DatabaseUnreachable',
      `the database at ${withoutSecrets(url)} cannot be reached: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** True once our own server lets us in; false while it does not listen yet or still recovers. */
export async function isServerReady(url: string): Promise<boolean> {
  try {
    await withClient(url, () => Promise.resolve());
    return true;
  } catch (error) {
    // 57P03: starting up, recovering or shutting down.
    if (['ECONNREFUSED', 'ECONNRESET', '57P03'].includes(codeOf(error) ?? '')) return false;
    throw new InfrastructureError(
      'ServerDidNotStart',
      `our own PostgreSQL at ${withoutSecrets(url)} does not let us in: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** Creates the database when it is missing. The name is ours, not an operator's text. */
export async function ensureDatabase(adminUrl: string, database: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      database,
    ]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  });
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_WITHIN_MS });
  // A connection that breaks while idle is reported by the next query; the event alone must not end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
