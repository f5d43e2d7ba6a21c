import { cpus, totalmem } from 'node:os';
import { processorSeconds, processTree } from '../test/support/process-tree';

/** Seconds of processor time, user and system, of this process and of a server with its workers. */
export interface ProcessorSeconds {
  readonly node: number;
  readonly postgres: number;
}

export function processorTime(serverPid: number): ProcessorSeconds {
  const { user, system } = process.cpuUsage();
  const server = process.platform === 'linux' ? processTree(serverPid) : [];
  const postgres = server.reduce((sum, pid) => sum + (processorSeconds(pid) ?? 0), 0);
  return { node: (user + system) / 1e6, postgres };
}

/** Microseconds per event. */
export function perEvent(
  before: ProcessorSeconds,
  after: ProcessorSeconds,
  events: number,
): ProcessorSeconds {
  const share = (seconds: number): number => Math.round((seconds * 1e7) / events) / 10;
  return {
    node: share(after.node - before.node),
    postgres: share(after.postgres - before.postgres),
  };
}

/** @throws Error of nothing */
export function medianBy<T>(results: readonly T[], measure: (result: T) => number): T {
  const sorted = [...results].sort((one, other) => measure(one) - measure(other));
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error('nothing was measured');
  return median;
}

interface Rated {
  readonly perSecond: number;
}

/**
 * The median of the ratios of each run to the baseline's run of the same turn: what else the machine
 * does in the meantime slows down both.
 */
export function medianRatio(runs: readonly Rated[], baseline: readonly Rated[]): number {
  const ratios = runs.map((run, turn) => run.perSecond / (baseline[turn]?.perSecond ?? NaN));
  return medianBy(ratios, (ratio) => ratio);
}

/** A quantile of sorted values; 0 of none. */
export function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.floor(sorted.length * part)] ?? 0;
}

export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const processors = `${cpus().length} x ${first?.model.trim() ?? 'unknown'}`;
  return `${processors}, ${memory} GiB, Node ${process.version}`;
}
