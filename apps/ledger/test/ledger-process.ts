import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseServiceMessage } from '#platform';

const root = join(__dirname, '..', '..', '..');
const RUNNER = join(root, 'test', 'support', 'run-typescript.cjs');
const MAIN = join(root, 'apps', 'ledger', 'src', 'main.ts');

export interface LoggedLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A real ledger process, as the supervisor starts it, but from the sources. */
export class LedgerProcess {
  /** What it has logged so far. */
  readonly log: LoggedLine[] = [];
  private isReady = false;
  private fatal: string | undefined;

  private constructor(private readonly child: ChildProcess) {
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.log.push(loggedLine(line));
      });
    }
    child.on('message', (raw) => {
      const message = parseServiceMessage(raw);
      if (message?.type === 'ready') this.isReady = true;
      else if (message?.type === 'fatal') this.fatal = message.message;
    });
  }

  static start(instance: string, document: object): LedgerProcess {
    const child = fork(RUNNER, [MAIN], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        CAUSEWAY_CONFIG_JSON: JSON.stringify(document),
        CAUSEWAY_INSTANCE: instance,
      },
    });
    return new LedgerProcess(child);
  }

  get isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async ready(withinMs = 60_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!this.isReady) {
      if (this.isGone || this.fatal !== undefined || Date.now() > deadline) {
        throw new Error(`not ready: ${this.fatal ?? JSON.stringify(this.log.slice(-5))}`);
      }
      await sleep(20);
    }
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): void {
    this.child.kill(name);
  }

  /** Ends it, whatever state it is in, and waits for that. */
  async end(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.isGone) return;
    const gone = once(this.child, 'exit');
    this.child.kill(name);
    await gone;
  }
}

function loggedLine(line: string): LoggedLine {
  try {
    return JSON.parse(line) as LoggedLine;
  } catch {
    return { level: 'none', msg: line };
  }
}
