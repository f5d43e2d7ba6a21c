import { resolve } from 'node:path';
import type { Shell } from '../shell';
import { SERVICES, serviceNamed } from '../supervisor/instances';
import { restartInTurn, RestartStoppedError } from '../supervisor/rolling-restart';
import { readProcesses, readRunningConnector } from '../supervisor/run-files';

export interface RestartOptions {
  readonly data: string;
}

/**
 * `causeway restart [services…]`: one process after the other drains, ends and is started anew by its supervisor, and
 * the next one only leaves when the one before is ready. Without names, every service.
 * @throws RestartStoppedError, RangeError
 */
export async function restart(
  names: readonly string[],
  options: RestartOptions,
  shell: Shell,
): Promise<void> {
  const services = names.length === 0 ? SERVICES : names.map((name) => serviceNamed(name));
  const dataDir = resolve(options.data);
  if (readRunningConnector(dataDir) === undefined) {
    throw new RestartStoppedError(`no connector runs on ${dataDir}`);
  }
  await restartInTurn(services, {
    list: () => readProcesses(dataDir),
    ask: (pid) => {
      process.kill(pid, 'SIGTERM');
    },
    note: (line) => {
      shell.print(line);
    },
  });
}
