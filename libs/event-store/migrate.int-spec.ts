import { Client } from 'pg';
import type { MigrationInterface } from 'typeorm';
import { MIGRATIONS } from '../../migrations';
import { CreateLedgerEvents1795305660000 } from '../../migrations/1795305660000-create-ledger-events';
import { scratchDatabase, type ScratchDatabase } from '../../test/support/scratch-database';
import { createDataSource } from './data-source';
import {
  DatabaseRefusedError,
  DatabaseUnreachableError,
  SchemaOutdatedError,
  SchemaTooNewError,
} from './event-store-errors';
import { assertSchema, migrate, revertLastMigration } from './migrate';

class FromTheFuture1999999999999 implements MigrationInterface {
  readonly name = 'FromTheFuture1999999999999';
  up = (): Promise<void> => Promise.resolve();
  down = (): Promise<void> => Promise.resolve();
}

const namesOf = (migrations: typeof MIGRATIONS): string[] =>
  migrations.map((Migration) => new Migration().name ?? Migration.name);

const settings = { applicationName: 'spec', poolSize: 2 };

let scratch: ScratchDatabase;
beforeEach(async () => {
  scratch = await scratchDatabase();
});
afterEach(() => scratch.drop());

async function asOwner<R extends object>(text: string, url = scratch.url): Promise<R[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Everything that makes up the schema, as the server describes it. */
function describeSchema(): Promise<object[]> {
  return asOwner(`
    SELECT 'column' AS kind, table_name || '.' || column_name AS name,
           concat_ws(' ', data_type, numeric_precision, numeric_scale, datetime_precision,
                     is_nullable, column_default, generation_expression, collation_name) AS what
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgname, tgenabled::text || pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, prosrc || concat(proconfig)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'rights', relname, concat(relacl, reloptions)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION ALL SELECT 'rights', nspname, concat(nspacl) FROM pg_namespace WHERE nspname = 'public'
    ORDER BY kind, name, what`);
}

test('going up, down and up again gives the same schema; down leaves nothing', async () => {
  const names = namesOf(MIGRATIONS);
  expect(await migrate(scratch.url)).toEqual(names);
  const first = await describeSchema();
  expect(first.length).toBeGreaterThan(80);

  for (let n = MIGRATIONS.length; n > 0; n -= 1) await revertLastMigration(scratch.url);
  const tables = await asOwner<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  );
  expect(tables.map(({ relname }) => relname)).toEqual(['schema_migrations']);
  expect(
    await asOwner(`SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`),
  ).toEqual([]);

  await migrate(scratch.url);
  expect(await describeSchema()).toEqual(first);
});

test('migrating again changes nothing', async () => {
  await migrate(scratch.url);
  const before = await describeSchema();
  expect(await migrate(scratch.url)).toEqual([]);
  expect(await describeSchema()).toEqual(before);
});

test('of several who migrate at once exactly one does the work', async () => {
  const results = await Promise.all(Array.from({ length: 4 }, () => migrate(scratch.url)));
  expect(results.map((names) => names.length).sort()).toEqual([0, 0, 0, MIGRATIONS.length]);
});

test('the migration of the log refuses to go down while there are events', async () => {
  await migrate(scratch.url);
  await asOwner(`
    INSERT INTO ledger_events VALUES ('a', 1, 0, 1, 'LedgerOpened', 1, NULL, now(), '{}', NULL,
      NULL, decode(repeat('00', 32), 'hex'), decode(repeat('11', 32), 'hex'))`);
  const above = MIGRATIONS.length - 1 - MIGRATIONS.indexOf(CreateLedgerEvents1795305660000);
  for (let n = above; n > 0; n -= 1) await revertLastMigration(scratch.url);
  await expect(revertLastMigration(scratch.url)).rejects.toThrow(/the log holds events/);
  expect(await asOwner('SELECT 1 FROM ledger_events')).toHaveLength(1);
});

test('a service refuses a database that was never migrated', async () => {
  // The role is cluster-wide and may be there already, thanks to another database.
  const open = async (): Promise<void> => {
    const dataSource = await createDataSource(scratch.url, settings);
    await assertSchema(dataSource).finally(() => dataSource.destroy());
  };
  await expect(open()).rejects.toThrow(SchemaOutdatedError);
});

test('a service refuses an older schema and names what is missing', async () => {
  await migrate(scratch.url, MIGRATIONS.slice(0, 2));
  const dataSource = await createDataSource(scratch.url, settings);
  try {
    const missing = namesOf(MIGRATIONS.slice(2));
    await expect(assertSchema(dataSource)).rejects.toEqual(new SchemaOutdatedError(missing));
    await migrate(scratch.url);
    await expect(assertSchema(dataSource)).resolves.toBeUndefined();
  } finally {
    await dataSource.destroy();
  }
});

test('a newer schema is refused by services and by migrate', async () => {
  await migrate(scratch.url, [...MIGRATIONS, FromTheFuture1999999999999]);
  const dataSource = await createDataSource(scratch.url, settings);
  try {
    const tooNew = new SchemaTooNewError(['FromTheFuture1999999999999']);
    await expect(assertSchema(dataSource)).rejects.toEqual(tooNew);
  } finally {
    await dataSource.destroy();
  }
  await expect(migrate(scratch.url)).rejects.toThrow(SchemaTooNewError);
});

test('an unreachable database is one typed error that shows no password', async () => {
  const url = 'postgresql://someone:very-secret@127.0.0.1:1/nowhere';
  for (const attempt of [createDataSource(url, settings), migrate(url)]) {
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseUnreachableError);
    expect(String(error)).toContain('127.0.0.1:1/nowhere');
    expect(String(error)).not.toContain('very-secret');
  }
});

test('a database that does not exist is refused with a remedy', async () => {
  const url = new URL(scratch.url);
  url.pathname = '/there_is_no_such_database';
  await expect(createDataSource(url.href, settings)).rejects.toThrow(DatabaseRefusedError);
});

test('a database of another encoding is refused before anything is made in it', async () => {
  const name = `latin_${process.pid}_${Date.now()}`;
  await asOwner(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
  try {
    const url = new URL(scratch.url);
    url.pathname = `/${name}`;
    await expect(migrate(url.href)).rejects.toThrow(/encoding is LATIN1/);
  } finally {
    await asOwner(`DROP DATABASE ${name} WITH (FORCE)`);
  }
});

describe('with a user who is no superuser', () => {
  const user = `spec_user_${process.pid}`;

  function asUser(): string {
    const url = new URL(scratch.url);
    url.username = user;
    url.password = 'pw';
    return url.href;
  }

  beforeEach(async () => {
    await migrate(scratch.url, MIGRATIONS.slice(0, 1));
    await asOwner(`CREATE ROLE ${user} LOGIN PASSWORD 'pw'`);
    await asOwner(`GRANT ALL ON SCHEMA public TO ${user}`);
    await asOwner('DROP TABLE schema_migrations');
  });
  afterEach(async () => {
    await asOwner(`DROP OWNED BY ${user}`);
    await asOwner(`DROP ROLE ${user}`);
  });

  test('migrate says what an administrator has to grant, then works', async () => {
    const refusal: unknown = await migrate(asUser()).catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(DatabaseRefusedError);
    expect(String(refusal)).toContain(`GRANT causeway_runtime TO ${user}`);

    await asOwner(`GRANT causeway_runtime TO ${user}`);
    expect(await migrate(asUser())).toHaveLength(MIGRATIONS.length);
    const dataSource = await createDataSource(asUser(), settings);
    await expect(assertSchema(dataSource)).resolves.toBeUndefined();
    await dataSource.destroy();
  });

  test('a service whose user may not act as the runtime role is told so', async () => {
    const refusal: unknown = await createDataSource(asUser(), settings).catch(
      (reason: unknown) => reason,
    );
    expect(refusal).toBeInstanceOf(DatabaseRefusedError);
    expect(String(refusal)).toContain('GRANT causeway_runtime');
  });
});
