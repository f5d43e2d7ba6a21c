import { readFileSync } from 'node:fs';

const KIBIBYTES = /^VmRSS:\s+(\d+) kB$/m;

/** What the kernel counts for a process; undefined where it is gone, or on a system without /proc. */
export function residentMebibytes(pid: number): number | undefined {
  try {
    const found = KIBIBYTES.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return found === undefined ? undefined : Math.round(Number(found) / 1024);
  } catch {
    return undefined;
  }
}
