import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InfrastructureError } from './infrastructure-error';
import { lastComplaint, logSize } from './server-log';
import type { PostgresInstallation } from './postgres-binaries';
import { makeOwnedDirectory, type PostgresHome } from './postgres-home';
import { spawnKept } from './spawn-kept';

export const OWNER_ROLE = 'causeway_owner';

/** The major version that made the cluster; undefined when there is none yet. */
export function clusterMajor(cluster: string): number | undefined {
  const file = join(cluster, 'PG_VERSION');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}

export interface NewCluster {
  readonly home: PostgresHome;
  readonly installation: PostgresInstallation;
  readonly password: string;
  readonly sync: boolean;
}

/**
 * Runs initdb. The cluster appears under its name only when it is complete: a run that was killed leaves nothing
 * that the next one could take for a cluster.
 *
 * @throws InfrastructureError `ServerDidNotStart` with initdb's own complaint.
 */
export async function createCluster(order: NewCluster): Promise<void> {
  const { home, installation } = order;
  const [partial, passwordFile] = [
    `${home.cluster}.partial`,
    join(home.directory, 'initdb.password'),
  ];
  rmSync(partial, { recursive: true, force: true });
  makeOwnedDirectory(partial, home.account);
  writeFileSync(passwordFile, `${order.password}\n`, { mode: 0o600 });
  if (home.account !== undefined) chownSync(passwordFile, home.account.uid, home.account.gid);
  const logFrom = logSize(home.logFile);
  const initdb = await spawnKept(
    join(installation.binDirectory, 'initdb'),
    initdbArguments(partial, passwordFile, order.sync),
    {
      cwd: partial,
      account: home.account,
      logFile: home.logFile,
      stop: [
        { signal: 'SIGTERM', waitMs: 5000 },
        { signal: 'SIGKILL', waitMs: 1000 },
      ],
    },
  );
  const exit = await initdb.exited;
  rmSync(passwordFile, { force: true });
  if (exit.code !== 0) throw initdbFailed(home, logFrom);
  renameSync(partial, home.cluster);
}

/** Bytes sort as bytes: the order of keys must not depend on the machine's language. */
function initdbArguments(cluster: string, passwordFile: string, sync: boolean): string[] {
  return [
    `--pgdata=${cluster}`,
    `--username=${OWNER_ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ];
}

function initdbFailed(home: PostgresHome, logFrom: number): InfrastructureError {
  const complaint = lastComplaint(home.logFile, logFrom);
  return new InfrastructureError(
    'ServerDidNotStart',
    `initdb could not make ${home.cluster}: ${complaint} (see ${home.logFile})`,
  );
}
