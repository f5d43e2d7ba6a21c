import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, type Service } from './instances';
import type { RunningProcess } from './run-files';

/** A process must have left and its successor be ready within this time; leaving alone may take `limits.shutdownMs`. */
export const READY_AGAIN_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 50;

/** What a rolling restart sees and does of the processes. */
export interface ProcessRoll {
  readonly list: () => readonly RunningProcess[];
  /** Asks one to leave in order; its supervisor starts it again. */
  readonly ask: (pid: number) => void;
  readonly note: (line: string) => void;
  readonly withinMs?: number;
}

/** It stopped half way; what it had not come to yet runs as before. The message is for the operator. */
export class RestartStoppedError extends Error {
  override readonly name = 'RestartStoppedError';
}

/**
 * Restarts the processes of these services one after the other, in the order of leaving. None is asked to leave before
 * every other one of its service is ready.
 * @throws RestartStoppedError
 */
export async function restartInTurn(
  services: readonly Service[],
  roll: ProcessRoll,
): Promise<void> {
  for (const service of SERVICES.filter((each) => services.includes(each))) {
    const instances = ofService(roll, service).map(({ instance }) => instance);
    for (const instance of instances.sort((a, b) => a - b)) {
      await restartOne(service, instance, roll);
    }
  }
}

async function restartOne(service: Service, instance: number, roll: ProcessRoll): Promise<void> {
  const name = `${service}-${instance}`;
  const all = (): readonly RunningProcess[] => ofService(roll, service);
  await until(roll, `not every ${service} is ready; ${name} was not restarted`, () =>
    all().every(({ isReady }) => isReady),
  );
  const before = all().find((each) => each.instance === instance);
  if (before === undefined) throw new RestartStoppedError(`${name} is gone`);
  const beganAtMs = Date.now();
  roll.ask(before.pid);
  await until(roll, `${name} is not ready again`, () =>
    all().some(({ instance: other, pid, isReady }) => {
      return other === instance && pid !== before.pid && isReady;
    }),
  );
  roll.note(`${name}: ready again after ${Date.now() - beganAtMs} ms`);
}

function ofService({ list }: ProcessRoll, service: Service): RunningProcess[] {
  return list().filter((each) => each.service === service);
}

async function until(
  { withinMs = READY_AGAIN_WITHIN_MS }: ProcessRoll,
  what: string,
  holds: () => boolean,
): Promise<void> {
  const untilMs = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > untilMs) {
      throw new RestartStoppedError(`after ${withinMs / 1000} s ${what}; its log says why`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
