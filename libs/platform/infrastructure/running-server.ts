import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { InfrastructureError, codeOf, reasonOf } from './infrastructure-error';
import { runningAsRoot } from './server-account';
import type { KeptProcess } from './spawn-kept';

/** A server of our own that answers. */
export interface RunningServer {
  /** With user and password; the server listens on 127.0.0.1 only. */
  readonly url: string;
  /** Which program was taken, from where, run as whom, for people. */
  readonly origin: string;
  readonly pid: number;
  /** Resolves with one line when the server is gone without having been told to stop; else never. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
}

/** Root leaves the way through open for the server's account; the directories below keep everybody else out. */
export function makeDataDirectory(dataDir: string): string {
  const directory = resolve(dataDir);
  try {
    mkdirSync(directory, { recursive: true, mode: runningAsRoot() ? 0o711 : 0o700 });
  } catch (error) {
    throw explained(directory, error);
  }
  return directory;
}

/** What the file system refused becomes one line about the data directory; anything else stays what it is. */
export function explained(dataDir: string, error: unknown): unknown {
  const refusals = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'EDQUOT'];
  if (error instanceof InfrastructureError || !refusals.includes(codeOf(error) ?? '')) return error;
  return new InfrastructureError(
    'DataDirectoryUnusable',
    `the data directory ${dataDir} cannot be used by this user: ${reasonOf(error)}`,
    { cause: error },
  );
}

/** Resolves only for a server that ended without being told to. */
export function lostServer(name: string, kept: KeptProcess, logFile: string): Promise<string> {
  return new Promise((resolveLost) => {
    void kept.exited.then((exit) => {
      if (exit.asked) return;
      const how = exit.signal ?? `code ${exit.code ?? 'unknown'}`;
      resolveLost(`${name} ended by itself (${how}), see ${logFile}`);
    });
  });
}
