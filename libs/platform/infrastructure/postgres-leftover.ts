import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from './infrastructure-error';
import { isRunningWith, processesIn } from './process-identity';

/** Fast shutdown, then immediate shutdown, then the axe; each with its patience. */
const STEPS = [
  { signal: 'SIGINT', waitMs: 15_000 },
  { signal: 'SIGQUIT', waitMs: 5000 },
  { signal: 'SIGKILL', waitMs: 5000 },
] as const;

/**
 * Stops what a crashed run may have left on the cluster, before a new server starts on it. Call it only with the
 * claim on the cluster: whoever still runs here has no keeper any more.
 *
 * A `postmaster.pid` whose process id now belongs to somebody else (ids are small and soon used again in containers)
 * would make PostgreSQL refuse to start; it is removed, but only where we can see that no process uses the cluster.
 *
 * @returns whether a server was stopped.
 * @throws InfrastructureError `DataDirectoryInUse` when it cannot be stopped.
 */
export async function stopLeftoverPostgres(cluster: string): Promise<boolean> {
  if (!existsSync(cluster)) return false;
  let survivors = survivorsOf(cluster);
  const found = survivors.length > 0;
  for (const step of STEPS) {
    if (survivors.length === 0) break;
    signalAll(survivors, step.signal);
    const deadline = Date.now() + step.waitMs;
    while (survivors.length > 0 && Date.now() < deadline) {
      await sleep(50);
      survivors = survivorsOf(cluster);
    }
  }
  if (survivors.length > 0) throw stillUsed(cluster, survivors);
  if (processesIn(cluster) !== undefined) rmSync(join(cluster, 'postmaster.pid'), { force: true });
  return found;
}

/** The postmaster, and where the system can tell also its children: they outlive a killed postmaster for a moment. */
function survivorsOf(cluster: string): number[] {
  const postmaster = recordedPid(cluster);
  const alive = postmaster !== undefined && isRunningWith(postmaster, cluster) ? [postmaster] : [];
  return [...new Set([...alive, ...(processesIn(cluster) ?? [])])];
}

function recordedPid(cluster: string): number | undefined {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return Number.isNaN(pid) ? undefined : Math.abs(pid);
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone meanwhile, or not ours to stop: the survivors are counted again.
    }
  }
}

function stillUsed(cluster: string, pids: readonly number[]): InfrastructureError {
  return new InfrastructureError(
    'DataDirectoryInUse',
    `${cluster} is still used by process ${pids.join(', ')}, which does not stop: end it or choose another data directory`,
  );
}
