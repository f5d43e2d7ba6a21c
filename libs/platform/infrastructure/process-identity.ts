import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { codeOf } from './infrastructure-error';

/** A process id together with when it began: ids are used again, above all in containers. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly began: string;
}

/** The identity of a running process; undefined when there is none with this id. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  if (!exists(pid)) return undefined;
  const began = process.platform === 'linux' ? beganOnLinux(pid) : psField(pid, 'lstart=');
  return began === undefined ? undefined : { pid, began };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.began === identity.began;
}

/** Whether the process runs and has `text` in its command line. */
export function isRunningWith(pid: number, text: string): boolean {
  return exists(pid) && commandLine(pid).includes(text);
}

/** Ids of the processes that run `program` in `directory`; undefined where the system cannot tell. */
export function processesIn(directory: string, program: string): number[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => linkOf(`/proc/${pid}/cwd`) === directory)
    .filter((pid) => basename(linkOf(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')) === program)
    .map(Number);
}

function linkOf(path: string): string {
  return readOrUndefined(() => readlinkSync(path)) ?? '';
}

/** Whether any process has this id, ours or not. */
export function exists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Boot id and start tick; a zombie counts as gone, since it holds nothing. */
function beganOnLinux(pid: number): string | undefined {
  const stat = readOrUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTick] = [fields?.[0], fields?.[19]];
  if (startTick === undefined || state === 'Z' || state === 'X') return undefined;
  const boot = readOrUndefined(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  return `${(boot ?? '').trim()}:${startTick}`;
}

function commandLine(pid: number): string {
  if (process.platform !== 'linux') return psField(pid, 'args=') ?? '';
  const text = readOrUndefined(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  return (text ?? '').replaceAll('\0', ' ');
}

function psField(pid: number, field: string): string | undefined {
  const answer = spawnSync('ps', ['-p', String(pid), '-o', field], { encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
