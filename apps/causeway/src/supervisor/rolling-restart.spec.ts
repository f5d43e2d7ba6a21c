import { restartInTurn, RestartStoppedError } from './rolling-restart';
import type { RunningProcess } from './run-files';

/** Processes as a supervisor keeps them: who is asked to leave is replaced after some looks. */
class Roll {
  readonly asked: string[] = [];
  readonly processes: RunningProcess[];
  /** Names of those that do not come back. */
  readonly lost = new Set<string>();
  /** The fewest that were ready at any time. */
  fewest = Infinity;
  private nextPid = 100;

  constructor(...names: readonly (readonly [string, number])[]) {
    this.processes = names.map(([service, instance]) => this.made(service, instance, true));
  }

  list = (): readonly RunningProcess[] => {
    this.fewest = Math.min(this.fewest, this.processes.filter(({ isReady }) => isReady).length);
    return [...this.processes];
  };

  ask = (pid: number): void => {
    const index = this.processes.findIndex((each) => each.pid === pid);
    const { service = '', instance = 0 } = this.processes[index] ?? {};
    this.asked.push(`${service}-${instance}`);
    this.processes[index] = this.made(service, instance, false);
    if (this.lost.has(`${service}-${instance}`)) return;
    setTimeout(() => (this.processes[index] = this.made(service, instance, true)), 60);
  };

  note = (): void => undefined;
  readonly withinMs = 30_000;

  private made(service: string, instance: number, isReady: boolean): RunningProcess {
    return { service, instance, isReady, pid: isReady ? this.nextPid++ : this.nextPid };
  }
}

describe('a rolling restart', () => {
  it('takes one process down at a time, in the order of leaving', async () => {
    const roll = new Roll(['ledger', 1], ['btp-gateway', 2], ['btp-gateway', 1], ['router', 1]);
    await restartInTurn(['ledger', 'btp-gateway'], roll);
    expect(roll.asked).toEqual(['btp-gateway-1', 'btp-gateway-2', 'ledger-1']);
    expect(roll.fewest).toBe(3);
  });

  it('stops at the first that does not come back', async () => {
    const roll = new Roll(['btp-gateway', 1], ['btp-gateway', 2]);
    roll.lost.add('btp-gateway-1');
    const restarting = restartInTurn(['btp-gateway'], Object.assign(roll, { withinMs: 300 }));
    await expect(restarting).rejects.toThrow('btp-gateway-1 is not ready again');
    expect(roll.asked).toEqual(['btp-gateway-1']);
  });

  it('takes none down while another of its service is not ready', async () => {
    const roll = new Roll(['btp-gateway', 1], ['btp-gateway', 2]);
    roll.processes[1] = { service: 'btp-gateway', instance: 2, pid: 1, isReady: false };
    const restarting = restartInTurn(['btp-gateway'], Object.assign(roll, { withinMs: 300 }));
    await expect(restarting).rejects.toThrow(RestartStoppedError);
    expect(roll.asked).toEqual([]);
  });
});
