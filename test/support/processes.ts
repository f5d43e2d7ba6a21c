import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ids of all running processes that have `text` in their command line, ourselves excepted. */
export function processesAbout(text: string): number[] {
  return commandLines()
    .filter(({ pid, args }) => pid !== process.pid && args.includes(text))
    .map(({ pid }) => pid);
}

/** Waits until the condition holds; fails with its name when it does not within `patienceMs`. */
export async function eventually(
  name: string,
  holds: () => boolean,
  patienceMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${patienceMs} ms: ${name}`);
    await sleep(25);
  }
}

interface CommandLine {
  readonly pid: number;
  readonly args: string;
}

function commandLines(): CommandLine[] {
  if (existsSync('/proc/self/cmdline')) {
    const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    return pids.map((pid) => ({ pid: Number(pid), args: commandLine(pid) }));
  }
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').map((line) => ({ pid: Number.parseInt(line, 10), args: line }));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
