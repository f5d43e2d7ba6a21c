import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { plainEnvironment } from './host-environment';
import { InfrastructureError } from './infrastructure-error';

/** The account a server runs as when it may not run as root. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function runningAsRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * PostgreSQL refuses to run as root. As root its account is `postgres` if the machine has one, else `nobody`;
 * as an ordinary user there is nothing to change (undefined). No account is ever created.
 *
 * @throws InfrastructureError `NoServerAccount` when root finds neither.
 */
export function postgresAccount(): ServerAccount | undefined {
  if (!runningAsRoot()) return undefined;
  const account = accountNamed('postgres') ?? accountNamed('nobody');
  if (account !== undefined) return account;
  throw new InfrastructureError(
    'NoServerAccount',
    'PostgreSQL cannot run as root, and this machine has neither an account postgres nor nobody: ' +
      'start as an ordinary user or set DATABASE_URL',
  );
}

/** The account with these numbers; under a number for a name when the machine has none. */
export function accountOf(uid: number, gid: number): ServerAccount {
  const name = passwdEntries().find((entry) => Number(entry[2]) === uid)?.[0];
  return { name: name ?? `user ${uid}`, uid, gid };
}

function accountNamed(name: string): ServerAccount | undefined {
  const entry = passwdEntries().find(([candidate]) => candidate === name);
  if (entry === undefined) return accountByDirectory(name);
  return account(name, Number(entry[2]), Number(entry[3]));
}

/** Not every system has the file, or everybody in it; `id` knows the others. */
function passwdEntries(): string[][] {
  if (!existsSync('/etc/passwd')) return [];
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.map((line) => line.split(':'));
}

function accountByDirectory(name: string): ServerAccount | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const answer = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return answer.status === 0 ? Number(answer.stdout) : NaN;
  });
  return account(name, uid, gid);
}

/** macOS gives `nobody` the number -2 and prints it unsigned; setuid wants 32 bits with a sign. */
function account(name: string, uid?: number, gid?: number): ServerAccount | undefined {
  if (!Number.isInteger(uid) || !Number.isInteger(gid) || uid === 0) return undefined;
  return { name, uid: Number(uid) | 0, gid: Number(gid) | 0 };
}

/** What a short program prints when run as the account; undefined when it fails or cannot be reached. */
export function outputAs(
  account: ServerAccount | undefined,
  command: string,
  args: readonly string[],
): string | undefined {
  const identity = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const run = spawnSync(command, args, {
    ...identity,
    cwd: '/',
    env: plainEnvironment(),
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return run.status === 0 ? run.stdout : undefined;
}

/** Whether the account may enter the directory by its full path and write there. */
export function canUse(account: ServerAccount | undefined, directory: string): boolean {
  return (
    outputAs(account, '/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', directory]) !== undefined
  );
}
