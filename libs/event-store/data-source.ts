import { DataSource, type DataSourceOptions, type MigrationInterface } from 'typeorm';
import { asDatabaseError, describeTarget } from './database-failure';
import { RUNTIME_ROLE, withServerOptions } from './server-options';

export type MigrationClass = new () => MigrationInterface;

export interface DataSourceSettings {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Connections at most; a partition writer keeps one of them for itself. Default 8. */
  readonly poolSize?: number;
  /** How long to wait for a connection. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** The server gives a statement up after this time. Default 15 s. */
  readonly statementTimeoutMs?: number;
  /** Entities of read models. */
  readonly entities?: readonly EntityClass[];
}

export type EntityClass = abstract new (...parameters: never[]) => object;

export const DATA_SOURCE_DEFAULTS = {
  poolSize: 8,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 15_000,
  /** A statement waits this long for a row or table that somebody else has locked. */
  lockTimeoutMs: 10_000,
  /** A transaction that its owner forgot is ended by the server. */
  idleInTransactionTimeoutMs: 30_000,
  idleConnectionMs: 60_000,
} as const;

/** The table in which TypeORM keeps the names of the migrations that ran. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/**
 * A connected data source for a service. Its connections act as the role `causeway_runtime`, which
 * may add to the log but not change it, commit synchronously and give up by time-outs.
 * @throws DatabaseUnreachableError, DatabaseRefusedError; SchemaOutdatedError if the role is
 * missing, that is, if no migration ever ran.
 */
export async function createDataSource(
  url: string,
  settings: DataSourceSettings,
): Promise<DataSource> {
  const dataSource = new DataSource(dataSourceOptions(url, settings));
  try {
    return await dataSource.initialize();
  } catch (error) {
    throw asDatabaseError(error, describeTarget(url));
  }
}

/** The same as options, for a framework that makes its data source itself. */
export function dataSourceOptions(url: string, settings: DataSourceSettings): DataSourceOptions {
  const withDefaults = { ...DATA_SOURCE_DEFAULTS, ...settings };
  return {
    ...baseOptions(withDefaults),
    url: withServerOptions(url, {
      role: RUNTIME_ROLE,
      statement_timeout: withDefaults.statementTimeoutMs,
      lock_timeout: withDefaults.lockTimeoutMs,
      idle_in_transaction_session_timeout: withDefaults.idleInTransactionTimeoutMs,
    }),
    entities: [...(settings.entities ?? [])],
  };
}

/**
 * For the migrations: acts as the user of the URL, who owns the tables, and takes the time it
 * needs.
 */
export function ownerOptions(
  url: string,
  migrations: readonly MigrationClass[],
): DataSourceOptions {
  const settings = { ...DATA_SOURCE_DEFAULTS, applicationName: 'causeway-migrate', poolSize: 2 };
  return {
    ...baseOptions(settings),
    url: withServerOptions(url, {}),
    migrationsTableName: MIGRATIONS_TABLE,
    migrations: [...migrations],
  };
}

type CompleteSettings = DataSourceSettings &
  Required<Pick<DataSourceSettings, 'poolSize' | 'connectTimeoutMs'>>;

function baseOptions(settings: CompleteSettings) {
  return {
    type: 'postgres',
    applicationName: settings.applicationName,
    poolSize: settings.poolSize,
    connectTimeoutMS: settings.connectTimeoutMs,
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    // Says nothing unless asked by DEBUG=typeorm:*; what goes wrong is thrown anyway.
    logger: 'debug',
    // An idle connection that breaks is replaced on demand; whoever needs it hears the error.
    poolErrorHandler: () => undefined,
    extra: {
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      idleTimeoutMillis: DATA_SOURCE_DEFAULTS.idleConnectionMs,
    },
  } satisfies Partial<DataSourceOptions>;
}
