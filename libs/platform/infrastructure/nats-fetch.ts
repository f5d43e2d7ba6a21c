import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory, searchPath } from './host-environment';
import { reasonOf } from './infrastructure-error';
import { findNatsServer, type NatsInstallation } from './nats-binary';
import { runningAsRoot } from './server-account';
import { lastComplaint, logSize } from './server-log';
import { spawnKept } from './spawn-kept';

export interface NatsFetch {
  /** Where fetched programs are kept; the first that can be written is used, all are searched. */
  readonly cacheDirectories: readonly string[];
  readonly log?: ((line: string) => void) | undefined;
}

export function natsCacheDirectories(dataDir: string): string[] {
  return [cacheDirectory(), join(dataDir, 'cache')];
}

const UPDATE_WITHIN_MS = 180_000;

/**
 * A nats-server from the system's packages without installing anything: on Debian and its kin the signed package is
 * fetched by apt with lists and caches of our own and unpacked into a cache directory, as any user. On macOS it is
 * Homebrew that installs it.
 *
 * @returns undefined when there is no such tool or it could not get one; `log` has said why.
 */
export async function fetchNatsServer(fetch: NatsFetch): Promise<NatsInstallation | undefined> {
  return cachedNatsServer(fetch) ?? (await fetchByApt(fetch)) ?? (await installByBrew(fetch));
}

function cachedNatsServer(fetch: NatsFetch): NatsInstallation | undefined {
  const places = fetch.cacheDirectories.map((cache) => join(unpackedIn(cache), 'usr', 'sbin'));
  const found = findNatsServer(places);
  return found && { ...found, origin: `Debian package in ${found.command}` };
}

const unpackedIn = (cache: string): string => join(cache, 'nats-server');

async function fetchByApt(fetch: NatsFetch): Promise<NatsInstallation | undefined> {
  if (!['apt-get', 'dpkg-deb'].every(isOnPath)) return undefined;
  for (const cache of fetch.cacheDirectories) {
    const work = workDirectory(cache);
    if (work === undefined) continue;
    try {
      fetch.log?.(
        'no nats-server here: fetching the system package with apt-get, without installing it',
      );
      const unpacked = await downloadAndUnpack(work);
      keep(unpacked, unpackedIn(cache));
      return cachedNatsServer(fetch);
    } catch (error) {
      fetch.log?.(`apt-get could not fetch nats-server: ${reasonOf(error)}`);
      return undefined;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return undefined;
}

function workDirectory(cache: string): string | undefined {
  try {
    mkdirSync(cache, { recursive: true, mode: 0o755 });
    return mkdtempSync(join(cache, 'fetching-'));
  } catch {
    return undefined;
  }
}

/** With the machine's own lists if they know the package, which costs a second; else with fresh ones. */
async function downloadAndUnpack(work: string): Promise<string> {
  const own = aptOptions(work);
  const freshLists = ['-o', `Dir::State::lists=${join(work, 'lists')}`];
  try {
    await run('apt-get', [...own, 'download', 'nats-server'], work);
  } catch {
    await run('apt-get', [...own, ...freshLists, 'update'], work);
    await run('apt-get', [...own, ...freshLists, 'download', 'nats-server'], work);
  }
  const archive = readdirSync(work).find((name) => /^nats-server_.*\.deb$/.test(name));
  if (archive === undefined) throw new Error('apt-get download left no package');
  const unpacked = join(work, 'unpacked');
  await run('dpkg-deb', ['-x', archive, unpacked], work);
  return unpacked;
}

/**
 * Everything apt writes goes to our directory; what it knows (sources, keys, what is installed) stays the machine's.
 * As root, apt would fetch as `_apt`, which may not write there.
 */
function aptOptions(work: string): string[] {
  for (const name of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(work, name), { recursive: true });
  }
  const settings = [
    `Dir::Cache=${join(work, 'cache')}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Debug::NoLocking=true',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    ...(runningAsRoot() ? ['APT::Sandbox::User=root'] : []),
  ];
  return ['-qq', ...settings.flatMap((setting) => ['-o', setting])];
}

/** Two may fetch at once: the first to arrive is kept, and the other's copy is as good. */
function keep(unpacked: string, target: string): void {
  try {
    renameSync(unpacked, target);
  } catch (error) {
    if (existsSync(join(target, 'usr', 'sbin', 'nats-server'))) return;
    throw error;
  }
}

async function installByBrew(fetch: NatsFetch): Promise<NatsInstallation | undefined> {
  if (process.platform !== 'darwin' || runningAsRoot() || !isOnPath('brew')) return undefined;
  fetch.log?.('no nats-server here: brew install nats-server');
  const work = mkdtempSync(join(tmpdir(), 'causeway-brew-'));
  try {
    await run('brew', ['install', '--quiet', 'nats-server'], work);
    return findNatsServer();
  } catch (error) {
    fetch.log?.(`brew could not install nats-server: ${reasonOf(error)}`);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function isOnPath(program: string): boolean {
  return searchPath().some((directory) => existsSync(join(directory, program)));
}

/** Runs under a keeper: a download that nobody waits for any more must not go on. */
async function run(command: string, args: readonly string[], work: string): Promise<void> {
  const logFile = join(work, 'log');
  const logFrom = logSize(logFile);
  const kept = await spawnKept(command, args, {
    cwd: work,
    logFile,
    stop: [
      { signal: 'SIGTERM', waitMs: 5000 },
      { signal: 'SIGKILL', waitMs: 1000 },
    ],
    throwAway: [work],
  });
  const patience = setTimeout(() => void kept.stop(), UPDATE_WITHIN_MS);
  const exit = await kept.exited;
  clearTimeout(patience);
  if (exit.code === 0) return;
  throw new Error(
    exit.asked ? `no answer within ${UPDATE_WITHIN_MS} ms` : lastComplaint(logFile, logFrom),
  );
}
