import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { InfrastructureOrder } from './infrastructure-process';

export interface Started {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly origin: { readonly database: string; readonly nats: string };
}

export interface InfrastructureChild {
  readonly process: ChildProcess;
  /** Its next line on stdout, parsed; undefined when it has ended. */
  next(): Promise<unknown>;
  /** What it has logged so far. */
  readonly log: string[];
  /** Kills the process alone with -9 and waits for its end. */
  kill(): Promise<void>;
}

/** A process group of its own that starts infrastructure, so that it can be killed. */
export function spawnInfrastructure(order: InfrastructureOrder): InfrastructureChild {
  const runner = join(__dirname, 'run-typescript.cjs');
  const program = join(__dirname, 'infrastructure-process.ts');
  const child = spawn(process.execPath, [runner, program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const lines = linesOf(child.stdout);
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  return {
    process: child,
    log,
    next: async () => {
      const line = await lines.next();
      return line.done === true ? undefined : (JSON.parse(line.value) as unknown);
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function linesOf(stream: Readable): AsyncIterator<string> {
  return createInterface({ input: stream })[Symbol.asyncIterator]();
}
