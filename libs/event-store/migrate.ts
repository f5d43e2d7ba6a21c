import type { PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { MIGRATIONS } from '../../migrations';
import { execute, textRows, withConnection } from './connection';
import { asDatabaseError, describeTarget, errorCode, errorHint } from './database-failure';
import { MIGRATIONS_TABLE, ownerOptions, type MigrationClass } from './data-source';
import { DatabaseRefusedError, SchemaOutdatedError, SchemaTooNewError } from './event-store-errors';
import { RUNTIME_ROLE } from './server-options';

/**
 * Key of the advisory lock that serialises migrations of one database; any fixed number would do.
 */
const MIGRATION_LOCK = 8_201_702_911;
const LOCK_WAIT_MS = 120_000;
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Brings the schema of the database up to date, as the user of the URL. Does nothing where nothing
 * is missing; several processes may call it at once.
 * @returns the names of the migrations that ran.
 * @throws DatabaseUnreachableError, DatabaseRefusedError; SchemaTooNewError if a newer release has
 * already been here.
 */
export function migrate(
  url: string,
  migrations: readonly MigrationClass[] = MIGRATIONS,
): Promise<string[]> {
  return alone(url, migrations, async (dataSource) => {
    refuseUnknown(namesOf(migrations), await namesThatRan(dataSource));
    const ran = await dataSource.runMigrations({ transaction: 'all' });
    await dataSource.query(`GRANT SELECT ON public.${MIGRATIONS_TABLE} TO ${RUNTIME_ROLE}`);
    return ran.map(({ name }) => name);
  });
}

/**
 * Takes the newest migration back. The one that made the log refuses as long as the log holds
 * events.
 */
export function revertLastMigration(
  url: string,
  migrations: readonly MigrationClass[] = MIGRATIONS,
): Promise<void> {
  return alone(url, migrations, async (dataSource) => {
    await dataSource.undoLastMigration({ transaction: 'all' });
  });
}

/**
 * Compares the schema with the migrations of this program; for services at start-up.
 * @throws SchemaOutdatedError, SchemaTooNewError
 */
export async function assertSchema(
  dataSource: DataSource,
  migrations: readonly MigrationClass[] = MIGRATIONS,
): Promise<void> {
  const known = namesOf(migrations);
  const ran = await namesThatRan(dataSource);
  refuseUnknown(known, ran);
  const missing = known.filter((name) => !ran.includes(name));
  if (missing.length > 0) throw new SchemaOutdatedError(missing);
}

async function alone<T>(
  url: string,
  migrations: readonly MigrationClass[],
  work: (dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const target = describeTarget(url);
  const dataSource = new DataSource(ownerOptions(url, migrations));
  try {
    await dataSource.initialize();
    return await withConnection(dataSource, async (client) => {
      await refuseOtherEncoding(client, target);
      await execute(client, { text: `SET lock_timeout = ${LOCK_WAIT_MS}` });
      await execute(client, { text: `SELECT pg_advisory_lock(${MIGRATION_LOCK})` });
      try {
        return await work(dataSource);
      } finally {
        await execute(client, { text: `SELECT pg_advisory_unlock(${MIGRATION_LOCK})` });
      }
    });
  } catch (error) {
    throw refusedMigration(asDatabaseError(error, target), target);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

// Text of payloads has to come back byte for byte, and only one encoding can hold all of it.
async function refuseOtherEncoding(client: PoolClient, target: string): Promise<void> {
  const [row] = await textRows<[string]>(client, { text: 'SHOW server_encoding' });
  if (row?.[0] === 'UTF8') return;
  throw new DatabaseRefusedError(
    target,
    `its encoding is ${row?.[0] ?? 'unknown'}, create it with ENCODING 'UTF8'`,
  );
}

function refusedMigration(error: unknown, target: string): unknown {
  if (errorCode(error) !== INSUFFICIENT_PRIVILEGE) return error;
  const remedy = errorHint(error) ?? 'the user of the URL lacks a right';
  return new DatabaseRefusedError(target, remedy, error);
}

function refuseUnknown(known: readonly string[], ran: readonly string[]): void {
  const unknown = ran.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new SchemaTooNewError(unknown);
}

function namesOf(migrations: readonly MigrationClass[]): string[] {
  return migrations.map((Migration) => new Migration().name ?? Migration.name);
}

function namesThatRan(dataSource: DataSource): Promise<string[]> {
  return withConnection(dataSource, async (client) => {
    const [table] = await textRows<[string | null]>(client, {
      text: `SELECT to_regclass('public.${MIGRATIONS_TABLE}')`,
    });
    if (table?.[0] === null) return [];
    const rows = await textRows<[string]>(client, {
      text: `SELECT name FROM public.${MIGRATIONS_TABLE} ORDER BY "timestamp", id`,
    });
    return rows.map(([name]) => name);
  });
}
