import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimDirectory, type Claim } from './claim';
import { ensureDatabase, isServerReady } from './database-probe';
import { freePort } from './free-port';
import { cacheDirectory } from './host-environment';
import { InfrastructureError } from './infrastructure-error';
import { findPostgres, type PostgresInstallation, type PostgresSearch } from './postgres-binaries';
import { OWNER_ROLE, clusterMajor, createCluster } from './postgres-cluster';
import { preparePostgresHome, type PostgresHome } from './postgres-home';
import { stopLeftoverPostgres } from './postgres-leftover';
import { postgresSettings, type PostgresProfile } from './postgres-settings';
import { explained, lostServer, makeDataDirectory, type RunningServer } from './running-server';
import { keptSecret } from './secret-file';
import { runningAsRoot } from './server-account';
import { lastComplaint, logSince, logSize } from './server-log';
import { spawnKept, type KeptProcess, type StopStep } from './spawn-kept';

export interface PostgresOptions {
  readonly dataDir: string;
  readonly database?: string;
  readonly profile?: PostgresProfile;
  /** False only for clusters that nobody will miss: a power cut may destroy them. */
  readonly fsync?: boolean;
  readonly log?: (line: string) => void;
  readonly search?: Pick<PostgresSearch, 'embedded' | 'localDirectories' | 'stagingDirectories'>;
  readonly reachableDirectories?: readonly string[];
}

export interface RunningPostgres extends RunningServer {
  /** The maintenance database `postgres`, for creating others. */
  readonly adminUrl: string;
}

const STOP: [StopStep, ...StopStep[]] = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5000 },
  { signal: 'SIGKILL', waitMs: 2000 },
];
const ATTEMPTS = 20;
const READY_WITHIN_MS = 120_000;

/**
 * Starts PostgreSQL on `<dataDir>/postgres`, made on the first call, and sees that the database exists. Settings are
 * durable unless `fsync` says otherwise; passwords only (SCRAM), loopback only, no socket in the file system.
 *
 * @throws InfrastructureError
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const dataDir = makeDataDirectory(options.dataDir);
  try {
    return await startClaimed({ ...options, dataDir });
  } catch (error) {
    throw explained(dataDir, error);
  }
}

async function startClaimed(options: PostgresOptions): Promise<RunningPostgres> {
  const claim = await claimDirectory(join(options.dataDir, 'postgres.claims'));
  try {
    const prepared = await prepare(options);
    const server = await startOnFreePort(prepared, claim);
    return running(prepared, server, claim);
  } catch (error) {
    claim.release();
    throw error;
  }
}

interface Prepared {
  readonly options: PostgresOptions;
  readonly home: PostgresHome;
  readonly installation: PostgresInstallation;
  readonly password: string;
}

async function prepare(options: PostgresOptions): Promise<Prepared> {
  const { dataDir, log } = options;
  const home = preparePostgresHome(options);
  const installation = findPostgres({
    stagingDirectories: stagingDirectories(dataDir),
    ...options.search,
    account: home.account,
    major: clusterMajor(home.cluster),
  });
  const password = keptSecret(join(dataDir, 'postgres.password'));
  if (clusterMajor(home.cluster) === undefined) {
    log?.(`creating a PostgreSQL ${installation.version} cluster in ${home.directory}`);
    const sync = options.fsync !== false;
    await createCluster({ home, installation, password, sync });
  } else if (await stopLeftoverPostgres(home.cluster)) {
    log?.(`stopped a PostgreSQL that a crashed run had left on ${home.cluster}`);
  }
  return { options, home, installation, password };
}

function stagingDirectories(dataDir: string): string[] {
  const own = [cacheDirectory(), join(dataDir, 'cache')];
  return runningAsRoot() ? ['/var/cache/causeway', ...own] : own;
}

interface StartedServer {
  readonly kept: KeptProcess;
  readonly port: number;
}

/** A port may be taken between our look and its use, and the memory of a killed server may linger: try again. */
async function startOnFreePort(prepared: Prepared, claim: Claim): Promise<StartedServer> {
  const { home } = prepared;
  for (let attempt = 1; ; attempt += 1) {
    const logFrom = logSize(home.logFile);
    const port = await freePort();
    const kept = await spawnPostgres(prepared, port);
    claim.extendTo(kept.keeperPid);
    if (await becameReady(prepared, kept, port)) return { kept, port };
    await kept.stop();
    const passing = /could not (bind|create any TCP)|shared memory block .* still in use/i;
    if (attempt === ATTEMPTS || !passing.test(logSince(home.logFile, logFrom))) {
      throw new InfrastructureError(
        'ServerDidNotStart',
        `PostgreSQL did not start: ${lastComplaint(home.logFile, logFrom)} (see ${home.logFile})`,
      );
    }
    await sleep(250);
  }
}

function spawnPostgres(prepared: Prepared, port: number): Promise<KeptProcess> {
  const { home, installation, options } = prepared;
  const settings = postgresSettings(options.profile ?? 'durable', options.fsync ?? true);
  return spawnKept(
    join(installation.binDirectory, 'postgres'),
    ['-D', home.cluster, '-p', String(port), ...settings],
    { cwd: home.directory, account: home.account, logFile: home.logFile, stop: STOP },
  );
}

/** False when the server ended or was not ready in time. Recovery after a crash may take its while. */
async function becameReady(prepared: Prepared, kept: KeptProcess, port: number): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS;
  const url = urlOf(prepared.password, port, 'postgres');
  try {
    while (!kept.isGone() && Date.now() < deadline) {
      if (await isServerReady(url)) {
        await ensureDatabase(url, prepared.options.database ?? 'causeway');
        return true;
      }
      await sleep(20);
    }
  } catch (error) {
    await kept.stop();
    throw error;
  }
  return false;
}

function urlOf(password: string, port: number, database: string): string {
  return `postgres://${OWNER_ROLE}:${password}@127.0.0.1:${port}/${database}`;
}

function running(prepared: Prepared, server: StartedServer, claim: Claim): RunningPostgres {
  server.kept.loosen();
  const { home, installation, password, options } = prepared;
  const { kept, port } = server;
  const account = home.account === undefined ? '' : `, run as ${home.account.name}`;
  return {
    url: urlOf(password, port, options.database ?? 'causeway'),
    adminUrl: urlOf(password, port, 'postgres'),
    origin: `PostgreSQL ${installation.version} (${installation.origin}${account}) on ${home.cluster}`,
    pid: kept.pid,
    lost: lostServer('PostgreSQL', kept, home.logFile),
    stop: async () => {
      await kept.stop();
      claim.release();
    },
  };
}
