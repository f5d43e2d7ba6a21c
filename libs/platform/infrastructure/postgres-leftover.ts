import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from './infrastructure-error';
import { exists, isRunningWith, processesIn } from './process-identity';

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
 * would make PostgreSQL refuse to start; it is removed, but only where we can see that no server uses the cluster.
 *
 * @returns whether a server was stopped.
 * @throws InfrastructureError `DataDirectoryInUse` when it cannot be stopped.
 */
export async function stopLeftoverPostgres(cluster: string): Promise<boolean> {
  const found = survivorsOf(cluster).length > 0;
  for (const step of STEPS) await stopStep(cluster, step);
  const survivors = survivorsOf(cluster);
  if (survivors.length > 0) throw stillUsed(cluster, survivors);
  const postmaster = recordedPostmaster(cluster);
  const visible = processesIn(cluster, 'postgres') !== undefined;
  if (visible && postmaster !== undefined && exists(postmaster)) {
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
  }
  return found;
}

/** Only the postmaster is asked as long as it lives: it alone knows in which order its children may go. */
async function stopStep(cluster: string, step: (typeof STEPS)[number]): Promise<void> {
  const deadline = Date.now() + step.waitMs;
  let survivors = survivorsOf(cluster);
  const postmaster = survivors.find((pid) => pid === recordedPostmaster(cluster));
  if (postmaster !== undefined) signalAll([postmaster], step.signal);
  else if (step.signal !== 'SIGINT') signalAll(survivors, step.signal);
  while (survivors.length > 0 && Date.now() < deadline) {
    await sleep(50);
    survivors = survivorsOf(cluster);
  }
}

/** The postmaster, and where the system can tell also its children: they outlive a killed postmaster for a moment. */
function survivorsOf(cluster: string): number[] {
  const visible = processesIn(cluster, 'postgres');
  if (visible !== undefined) return visible;
  const postmaster = recordedPostmaster(cluster);
  return postmaster !== undefined && isRunningWith(postmaster, cluster) ? [postmaster] : [];
}

function recordedPostmaster(cluster: string): number | undefined {
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
