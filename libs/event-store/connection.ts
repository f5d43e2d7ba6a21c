import { Pool, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { asDatabaseError, describeTarget } from './database-failure';

export type QueryValue = string | number | boolean | Buffer | null;

/** A row as the server wrote it: text of every column, in the order of the select list. */
export type TextRow = (string | null)[];

export interface TextQuery {
  /** Prepares the statement once per connection under this name; at most 63 characters. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly QueryValue[];
}

type Connection = Pick<PoolClient, 'query'>;

const asText = { getTypeParser: () => (text: string) => text };

/**
 * Rows of a statement as plain text columns, without node-postgres guessing at types on the way
 * (it would turn timestamps into local dates and parse every payload twice).
 */
export async function textRows<R extends TextRow>(on: Connection, query: TextQuery): Promise<R[]> {
  const result = await on.query<R>({
    ...(query.name === undefined ? {} : { name: query.name }),
    text: query.text,
    values: [...(query.values ?? [])],
    rowMode: 'array',
    types: asText,
  });
  return result.rows;
}

/** Runs a statement and says how many rows it touched. */
export async function execute(on: Connection, query: TextQuery): Promise<number> {
  const result = await on.query({
    ...(query.name === undefined ? {} : { name: query.name }),
    text: query.text,
    values: [...(query.values ?? [])],
  });
  return result.rowCount ?? 0;
}

/** One connection for the time of `work`. @throws DatabaseUnreachableError, DatabaseRefusedError */
export async function withConnection<T>(
  dataSource: DataSource,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await checkOut(dataSource);
  const onError = (): void => undefined;
  // A connection that breaks while nobody waits for a result says so by this event, and an error
  // event without a listener ends the process. The next statement on it fails anyway.
  client.on('error', onError);
  let failure: unknown;
  try {
    return await work(client);
  } catch (error) {
    failure = asDatabaseError(error, targetOf(dataSource));
    throw failure;
  } finally {
    client.off('error', onError);
    // Only a connection that is certainly clean goes back to the pool.
    client.release(failure !== undefined);
  }
}

/** Takes a connection out of the pool; the caller listens to its errors and releases it. */
export async function checkOut(dataSource: DataSource): Promise<PoolClient> {
  try {
    return await poolOf(dataSource).connect();
  } catch (error) {
    throw asDatabaseError(error, targetOf(dataSource));
  }
}

/**
 * Runs `work` in one transaction; `settings` are SET LOCAL for its time. Whatever `work` throws
 * rolls back and is thrown on.
 */
export function inTransaction<T>(
  dataSource: DataSource,
  settings: readonly string[],
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const begin = ['BEGIN', ...settings.map((setting) => `SET LOCAL ${setting}`)].join('; ');
  return withConnection(dataSource, async (client) => {
    await client.query(begin);
    // No ROLLBACK on failure: the connection is thrown away, and its transaction with it.
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}

function poolOf(dataSource: DataSource): Pool {
  const driver = dataSource.driver;
  if (!(driver instanceof PostgresDriver)) throw new TypeError('the data source is not PostgreSQL');
  const pool: unknown = driver.master;
  if (!(pool instanceof Pool)) throw new TypeError('the data source is not initialised');
  return pool;
}

function targetOf(dataSource: DataSource): string {
  const { options } = dataSource;
  return options.type === 'postgres' && options.url !== undefined
    ? describeTarget(options.url)
    : 'local';
}
