import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withoutSecrets } from './connection-url';
import { probeDatabase } from './database-probe';
import { InfrastructureError } from './infrastructure-error';
import { probeNats } from './nats-probe';
import { startNats, type NatsOptions } from './nats-server';
import { startPostgres, type PostgresOptions } from './postgres-server';
import { spawnKept } from './spawn-kept';

export interface InfrastructureOptions {
  /** Our own servers keep everything under this directory. */
  readonly dataDir: string;
  /** A database to use instead of starting one (DATABASE_URL). */
  readonly databaseUrl?: string | undefined;
  /** A nats-server to use instead of starting one (NATS_URL). */
  readonly natsUrl?: string | undefined;
  /**
   * For tests: `dataDir` must not exist yet, and is deleted when the servers are stopped, also when that is because
   * this process was killed.
   */
  readonly throwAway?: boolean;
  readonly postgres?: Pick<
    PostgresOptions,
    'profile' | 'fsync' | 'search' | 'reachableDirectories'
  >;
  readonly nats?: Pick<NatsOptions, 'searchDirectories' | 'cacheDirectories'>;
  /** Told what is taken, fetched, created or cleaned up; one line at a time, never a secret. */
  readonly log?: ((line: string) => void) | undefined;
}

export interface Infrastructure {
  readonly databaseUrl: string;
  /** Our own cluster's maintenance database; absent when the database was given. */
  readonly adminDatabaseUrl?: string;
  /** With credentials; give it to `parseNatsUrl`, since a NATS client does not read them from a URL. */
  readonly natsUrl: string;
  /** Which one was taken, for people. */
  readonly origin: { readonly database: string; readonly nats: string };
  /** Resolves with one line when one of our own servers is gone without having been told to stop. */
  readonly lost: Promise<string>;
  /** Stops what we started, and only that. May be called more than once. */
  stop(): Promise<void>;
}

interface Part {
  readonly url: string;
  readonly adminUrl?: string;
  readonly origin: string;
  readonly lost: Promise<string>;
  stop(): Promise<void>;
}

const never = new Promise<string>(() => undefined);

/**
 * A PostgreSQL and a nats-server with JetStream: the given ones if they are given, our own otherwise. When this
 * process is gone, however it went, our own are stopped within seconds.
 *
 * @throws InfrastructureError in one clear line; then nothing of ours runs any more.
 */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  if (options.throwAway === true) return startThrowAway(options);
  // What is given is asked first: a wrong address is told at once, before anything is started for nothing.
  const given = await Promise.all([givenDatabase(options), givenNats(options)]);
  const [database, nats] = await both(
    given[0] === undefined ? ownDatabase(options) : Promise.resolve(given[0]),
    given[1] === undefined ? ownNats(options) : Promise.resolve(given[1]),
  );
  options.log?.(`database: ${database.origin}`);
  options.log?.(`bus: ${nats.origin}`);
  return {
    databaseUrl: database.url,
    ...(database.adminUrl === undefined ? {} : { adminDatabaseUrl: database.adminUrl }),
    natsUrl: nats.url,
    origin: { database: database.origin, nats: nats.origin },
    lost: Promise.race([database.lost, nats.lost]),
    stop: async () => {
      await Promise.all([database.stop(), nats.stop()]);
    },
  };
}

/** A process that only waits is kept from before the first file is written, and its keeper deletes them all. */
async function startThrowAway(options: InfrastructureOptions): Promise<Infrastructure> {
  if (existsSync(options.dataDir)) {
    throw new InfrastructureError(
      'DataDirectoryUnusable',
      `${options.dataDir} exists already: a directory that is thrown away must be a new one`,
    );
  }
  const reachable = join('/tmp', `causeway-${randomBytes(6).toString('hex')}`);
  const guard = await spawnKept('sleep', ['2147483647'], {
    logFile: '/dev/null',
    stop: [{ signal: 'SIGKILL', waitMs: 1000 }],
    throwAway: [options.dataDir, reachable],
  });
  try {
    const postgres = { reachableDirectories: [reachable], ...options.postgres };
    const started = await startInfrastructure({ ...options, throwAway: false, postgres });
    guard.loosen();
    return { ...started, stop: () => started.stop().finally(() => guard.stop()) };
  } catch (error) {
    await guard.stop();
    throw error;
  }
}

/** They start side by side; if one cannot, the other must not stay. */
async function both(database: Promise<Part>, nats: Promise<Part>): Promise<[Part, Part]> {
  try {
    return await Promise.all([database, nats]);
  } catch (error) {
    for (const part of await Promise.allSettled([database, nats])) {
      if (part.status === 'fulfilled') await part.value.stop();
    }
    throw error;
  }
}

async function givenDatabase({ databaseUrl }: InfrastructureOptions): Promise<Part | undefined> {
  if (databaseUrl === undefined) return undefined;
  const version = await probeDatabase(databaseUrl);
  return given(
    databaseUrl,
    `PostgreSQL ${version} at ${withoutSecrets(databaseUrl)} (DATABASE_URL)`,
  );
}

async function givenNats({ natsUrl }: InfrastructureOptions): Promise<Part | undefined> {
  if (natsUrl === undefined) return undefined;
  const version = await probeNats(natsUrl);
  return given(natsUrl, `nats-server ${version} at ${withoutSecrets(natsUrl)} (NATS_URL)`);
}

function given(url: string, origin: string): Part {
  return { url, origin, lost: never, stop: () => Promise.resolve() };
}

function ownDatabase({ postgres, dataDir, log }: InfrastructureOptions): Promise<Part> {
  return startPostgres({ ...postgres, dataDir, ...(log && { log }) });
}

function ownNats({ nats, dataDir, log }: InfrastructureOptions): Promise<Part> {
  return startNats({ ...nats, dataDir, ...(log && { log }) });
}
