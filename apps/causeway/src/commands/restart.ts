import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Shell } from '../shell';
import { type Service, serviceNamed, SERVICES } from '../supervisor/instances';
import { readProcesses, readRunningConnector, type RunningProcess } from '../supervisor/run-files';

export interface RestartOptions {
  readonly data: string;
}

/** The restart did not come to its end; what still runs goes on running. */
export class RestartError extends Error {
  override readonly name = 'RestartError';
}

/** For one process to drain, to end, and to be ready again. */
const WITHIN_MS = 90_000;
const POLL_MS = 50;

/**
 * `causeway restart [services…]`: one process after the other drains, ends and is started anew, and the
 * next one only leaves when the one before is ready. Without names, every service.
 */
export async function restart(
  names: readonly string[],
  options: RestartOptions,
  shell: Shell,
): Promise<void> {
  const dataDir = resolve(options.data);
  const chosen = new Set(names.map((name) => serviceNamed(name)));
  if (readRunningConnector(dataDir) === undefined) {
    throw new RestartError(`no connector runs on ${dataDir}`);
  }
  const processes = readProcesses(dataDir);
  for (const service of SERVICES.filter((each) => chosen.size === 0 || chosen.has(each))) {
    await restartService(service, { dataDir, processes, shell });
  }
}

async function restartService(
  service: Service,
  {
    dataDir,
    processes,
    shell,
  }: { dataDir: string; processes: readonly RunningProcess[]; shell: Shell },
): Promise<void> {
  for (const old of processes.filter((process) => process.service === service)) {
    const beganAtMs = Date.now();
    process.kill(old.pid, 'SIGTERM');
    await readyAgain(old, dataDir);
    shell.print(`${service}-${old.instance}: ready again after ${Date.now() - beganAtMs} ms`);
  }
}

async function readyAgain(old: RunningProcess, dataDir: string): Promise<void> {
  const untilMs = Date.now() + WITHIN_MS;
  const isBack = (): boolean =>
    readProcesses(dataDir).some(
      ({ service, instance, pid, isReady }) =>
        service === old.service && instance === old.instance && pid !== old.pid && isReady,
    );
  while (!isBack()) {
    if (Date.now() > untilMs) {
      const name = `${old.service}-${old.instance}`;
      throw new RestartError(`${name} is not ready again after ${WITHIN_MS / 1_000} s`);
    }
    await delay(POLL_MS);
  }
}
