import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
}

/** The process, its children, theirs, and so on, as they are now. */
export function processTree(root: number): number[] {
  const entries = allProcesses();
  const tree = [root];
  for (const pid of tree) {
    tree.push(...entries.filter(({ parent }) => parent === pid).map((entry) => entry.pid));
  }
  return tree;
}

/** Those of the processes that are still there after at most so long; a zombie counts as gone. */
export async function leftOf(pids: readonly number[], withinMs: number): Promise<number[]> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const present = new Set(allProcesses().map(({ pid }) => pid));
    const left = pids.filter((pid) => present.has(pid));
    if (left.length === 0 || Date.now() > untilMs) return left;
    await sleep(50);
  }
}

/**
 * The seconds of processor time, in user and system mode, that the process has taken so far; Linux only. undefined of
 * one that has ended meanwhile, as workers of a database do at any time.
 */
export function processorSeconds(pid: number): number | undefined {
  try {
    const [, , , , , , , , , , , user = '0', system = '0'] = statFields(pid);
    return (Number(user) + Number(system)) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

/** USER_HZ: what the kernel counts in for programs, whatever its own clock. */
const TICKS_PER_SECOND = 100;

function allProcesses(): ProcessEntry[] {
  if (process.platform !== 'linux') return listedByPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [state, parent] = statFields(Number(name));
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        // It ended between the listing and the look.
        return [];
      }
    });
}

/** From the process state on: the name before it may hold anything. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function listedByPs(): ProcessEntry[] {
  const output = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state = '']) => !state.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
