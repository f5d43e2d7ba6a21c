/** Milliseconds. */
export interface Spent {
  readonly processorMs: number;
  readonly elapsedMs: number;
}

/** What the work takes: processor time of this process, and the clock on the wall. */
export function spent(work: () => void): Spent {
  const began = performance.now();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { processorMs: (user + system) / 1000, elapsedMs: performance.now() - began };
}

/** @throws Error of nothing */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}
