import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { binaryArray, int2Element } from './binary-array';
import { textRows } from './connection';

/**
 * Session-level advisory locks of PostgreSQL: (key of the connector, partition). They end with the
 * connection that took them, so a process that dies or loses its connection holds nothing.
 */
export function lockKeyOf(connector: string): number {
  return (
    createHash('sha256').update(`causeway/partitions/${connector}`).digest().readUInt32BE(0) >>> 1
  );
}

/** The server process at the other end of this connection. */
export async function ownBackend(client: PoolClient): Promise<number> {
  const [row] = await textRows<[string]>(client, { text: 'SELECT pg_backend_pid()' });
  return Number(row?.[0]);
}

/** Takes the partition's lock unless somebody else has it. */
export async function tryLock(
  client: PoolClient,
  key: number,
  partition: number,
): Promise<boolean> {
  const [row] = await textRows<[string]>(client, {
    name: 'causeway-try-lock',
    text: 'SELECT pg_try_advisory_lock($1::int4, $2::int4)',
    values: [key, partition],
  });
  return row?.[0] === 't';
}

/** How many partitions this very connection holds; the server's own word. */
export async function countLocks(client: PoolClient, key: number): Promise<number> {
  const [row] = await textRows<[string]>(client, {
    name: 'causeway-count-locks',
    text: `SELECT count(*) FROM pg_catalog.pg_locks
           WHERE locktype = 'advisory' AND classid = $1::int8::oid AND objsubid = 2
             AND pid = pg_backend_pid() AND granted
             AND database = (SELECT oid FROM pg_catalog.pg_database
                             WHERE datname = current_database())`,
    values: [key],
  });
  return Number(row?.[0]);
}

/** Gives the partitions' locks back. @returns how many of them this connection really held. */
export async function unlock(
  client: PoolClient,
  key: number,
  partitions: readonly number[],
): Promise<number> {
  const [row] = await textRows<[string]>(client, {
    name: 'causeway-unlock',
    text: `SELECT count(*) FILTER (WHERE pg_advisory_unlock($1::int4, p::int4))
           FROM unnest($2::int2[]) AS p`,
    values: [key, binaryArray(int2Element, partitions)],
  });
  return Number(row?.[0]);
}

/** Gives every lock of this connection back. */
export async function unlockAll(client: PoolClient): Promise<void> {
  await client.query('SELECT pg_advisory_unlock_all()');
}
