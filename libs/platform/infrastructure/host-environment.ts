import { homedir, tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/*
 * This file alone reads the environment here: PATH and the cache directory describe the machine, they are not
 * Causeway's configuration.
 */
/* eslint-disable no-restricted-properties */

/** The directories of PATH, absolute ones only: a program is never taken from where we happen to stand. */
export function searchPath(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((directory) => isAbsolute(directory));
}

/** Where this user keeps what can be fetched again: `$XDG_CACHE_HOME/causeway` or `~/.cache/causeway`. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME;
  if (base !== undefined && isAbsolute(base)) return join(base, 'causeway');
  return join(homedir(), '.cache', 'causeway');
}

/**
 * The environment for the servers and for the programs that prepare them: what they need to run, plain English
 * messages for us to read, and nothing of ours (no DATABASE_URL, no NODE_OPTIONS, no PGDATA).
 */
export function plainEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: homedir(),
    TMPDIR: tmpdir(),
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  const libraries = process.env.LD_LIBRARY_PATH;
  if (libraries !== undefined) environment.LD_LIBRARY_PATH = libraries;
  return environment;
}
