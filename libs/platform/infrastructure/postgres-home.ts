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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InfrastructureError, codeOf, reasonOf } from './infrastructure-error';
import { canUse, postgresAccount, runningAsRoot, type ServerAccount } from './server-account';

/** Where one cluster lives and who runs it. */
export interface PostgresHome {
  readonly directory: string;
  /** PGDATA; exists only when initdb has finished. */
  readonly cluster: string;
  readonly logFile: string;
  readonly account: ServerAccount | undefined;
}

export interface HomeOptions {
  readonly dataDir: string;
  readonly throwAway: boolean;
  /** Where root puts a cluster that its account could not reach under `dataDir`. */
  readonly reachableDirectories?: readonly string[];
}

/**
 * The rule: the cluster lives in `<dataDir>/postgres`. Only when we are root and the account that must run the
 * server cannot get there (a data directory under a home of mode 0700), it lives in a directory of its own under
 * /var/lib/causeway (a throw-away one: under the temporary directory), whose name is kept in
 * `<dataDir>/postgres.location`.
 *
 * @throws InfrastructureError `DataDirectoryUnusable`
 */
export function preparePostgresHome(options: HomeOptions): PostgresHome {
  try {
    const directory = existingHome(options.dataDir) ?? newHome(options);
    return {
      directory,
      cluster: join(directory, 'data'),
      logFile: join(directory, 'server.log'),
      account: ownerOf(directory),
    };
  } catch (error) {
    if (error instanceof InfrastructureError) throw error;
    throw new InfrastructureError(
      'DataDirectoryUnusable',
      `the data directory ${options.dataDir} cannot be used by this user: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

const locationFile = (dataDir: string): string => join(dataDir, 'postgres.location');

function existingHome(dataDir: string): string | undefined {
  const directory = recordedLocation(dataDir) ?? join(dataDir, 'postgres');
  return existsSync(directory) ? realpathSync(directory) : undefined;
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
function ownerOf(directory: string): ServerAccount | undefined {
  const { uid, gid } = statSync(directory);
  if (runningAsRoot()) return uid === 0 ? postgresAccount() : { name: `user ${uid}`, uid, gid };
  if (uid === process.getuid?.()) return undefined;
  throw new InfrastructureError(
    'DataDirectoryUnusable',
    `${directory} belongs to user ${uid}: start as that user or as root, or choose another data directory`,
  );
}

function newHome(options: HomeOptions): string {
  const account = postgresAccount();
  const inside = join(options.dataDir, 'postgres');
  if (makeHome(inside, account)) return realpathSync(inside);
  rmdirSync(inside);
  const name = `postgres-${randomBytes(6).toString('hex')}`;
  for (const parent of options.reachableDirectories ?? outsideDirectories(options.throwAway)) {
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

function outsideDirectories(throwAway: boolean): string[] {
  return throwAway ? [tmpdir(), '/tmp', '/var/tmp'] : ['/var/lib/causeway'];
}

/** @returns false when the directory is there but its owner cannot get to it. */
function makeHome(directory: string, account: ServerAccount | undefined): boolean {
  mkdirSync(directory, { mode: 0o700 });
  chmodSync(directory, 0o700);
  if (account === undefined) return true;
  chownSync(directory, account.uid, account.gid);
  return canUse(account, directory);
}
