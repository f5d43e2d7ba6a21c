import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { InfrastructureError, codeOf } from './infrastructure-error';
import {
  accountOf,
  canUse,
  postgresAccount,
  runningAsRoot,
  type ServerAccount,
} from './server-account';

/**
 * Where one cluster lives and who runs it. The directory is ours, so that what root writes there (the log, the
 * password for initdb) cannot be led astray by a link; only the cluster in it belongs to the server's account.
 */
export interface PostgresHome {
  readonly directory: string;
  /** PGDATA; exists only when initdb has finished. */
  readonly cluster: string;
  readonly logFile: string;
  readonly account: ServerAccount | undefined;
}

export interface HomeOptions {
  readonly dataDir: string;
  /** Where root puts a cluster that its account could not reach under `dataDir`. */
  readonly reachableDirectories?: readonly string[];
}

/**
 * The rule: the cluster lives in `<dataDir>/postgres`, and root lets the server's account pass through `dataDir`
 * (o+x) but never changes what lies above. Only when that account still cannot get there (a data directory under a
 * home of mode 0700), it lives in a directory of its own under /var/lib/causeway, whose name is kept in
 * `<dataDir>/postgres.location`; who deletes the data directory deletes that one by hand.
 *
 * @throws InfrastructureError `DataDirectoryUnusable`
 */
export function preparePostgresHome(options: HomeOptions): PostgresHome {
  const directory = existingHome(options.dataDir) ?? newHome(options);
  const cluster = join(directory, 'data');
  const account = existsSync(cluster) ? ownerOf(cluster) : postgresAccount();
  return { directory, cluster, logFile: join(directory, 'server.log'), account };
}

/** Makes an empty directory that belongs to the account, or to us when there is none. */
export function makeOwnedDirectory(directory: string, account: ServerAccount | undefined): void {
  mkdirSync(directory, { mode: 0o700 });
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
}

const locationFile = (dataDir: string): string => join(dataDir, 'postgres.location');

/** One that was begun and never got its cluster is begun again. */
function existingHome(dataDir: string): string | undefined {
  const directory = recordedLocation(dataDir) ?? join(dataDir, 'postgres');
  return existsSync(join(directory, 'data')) ? realpathSync(directory) : undefined;
}

function recordedLocation(dataDir: string): string | undefined {
  try {
    return readFileSync(locationFile(dataDir), 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** As root the server runs as whoever owns the cluster, so that one made by an ordinary user stays theirs. */
function ownerOf(cluster: string): ServerAccount | undefined {
  const { uid, gid } = statSync(cluster);
  if (runningAsRoot()) return accountOf(uid, gid);
  if (uid === process.getuid?.()) return undefined;
  throw new InfrastructureError(
    'DataDirectoryUnusable',
    `${cluster} belongs to user ${uid}: start as that user or as root, or choose another data directory`,
  );
}

function newHome(options: HomeOptions): string {
  const account = postgresAccount();
  const inside = join(options.dataDir, 'postgres');
  if (account !== undefined) letThrough(options.dataDir);
  if (makeHome(inside, account)) return realpathSync(inside);
  rmSync(inside, { recursive: true });
  const name = `postgres-${randomBytes(6).toString('hex')}`;
  for (const parent of options.reachableDirectories ?? ['/var/lib/causeway']) {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    const outside = join(parent, name);
    if (makeHome(outside, account)) {
      writeFileSync(locationFile(options.dataDir), `${outside}\n`, { mode: 0o600 });
      return realpathSync(outside);
    }
    rmSync(outside, { recursive: true, force: true });
  }
  throw new InfrastructureError(
    'DataDirectoryUnusable',
    `PostgreSQL, run as ${account?.name ?? 'this user'}, can reach no place for its data: set DATABASE_URL`,
  );
}

/** The data directory is Causeway's own; names in it stay hidden, and every secret in it has a mode of its own. */
function letThrough(dataDir: string): void {
  const { mode, uid } = statSync(dataDir);
  if (uid === process.getuid?.()) chmodSync(dataDir, (mode & 0o777) | 0o001);
}

/** @returns false when the directory is there but the server's account cannot get to what it owns in it. */
function makeHome(directory: string, account: ServerAccount | undefined): boolean {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (account === undefined) return true;
  chmodSync(directory, 0o711);
  const trial = join(directory, 'reachable');
  rmSync(trial, { recursive: true, force: true });
  makeOwnedDirectory(trial, account);
  const reached = canUse(account, trial);
  rmdirSync(trial);
  return reached;
}
