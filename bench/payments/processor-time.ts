import { readFileSync } from 'node:fs';
import { processTree, processorSeconds } from '../../test/support/process-tree';

/** Seconds of processor time by name: services, `postgres`, `nats-server`, `supervisor`. */
export type ProcessorTime = ReadonlyMap<string, number>;

export interface NamedProcess {
  readonly service: string;
  readonly pid: number;
}

/** Everything below the supervisor, by what it is. Empty where there is no /proc. */
export function processorTime(
  supervisor: number,
  services: readonly NamedProcess[],
): ProcessorTime {
  const times = new Map<string, number>();
  if (process.platform !== 'linux') return times;
  for (const pid of processTree(supervisor)) {
    const seconds = processorSeconds(pid);
    if (seconds === undefined) continue;
    const service = services.find((other) => other.pid === pid)?.service;
    const name = pid === supervisor ? 'supervisor' : (service ?? commandOf(pid));
    times.set(name, (times.get(name) ?? 0) + seconds);
  }
  return times;
}

/** Microseconds per payment, by name; what is below one is left out. */
export function perPayment(
  before: ProcessorTime,
  after: ProcessorTime,
  payments: number,
): Record<string, number> {
  const entries = [...after].map(([name, seconds]): [string, number] => {
    const taken = seconds - (before.get(name) ?? 0);
    return [name, Math.round((taken * 1_000_000) / payments)];
  });
  return Object.fromEntries(entries.filter(([, microseconds]) => microseconds >= 1));
}

function commandOf(pid: number): string {
  try {
    const command = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    return command === 'node' ? 'keepers' : command;
  } catch {
    return 'gone';
  }
}
