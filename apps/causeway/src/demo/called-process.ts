import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

const STOP_WITHIN_MS = 5000;

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ id: z.number(), ok: z.literal(true), result: z.unknown() }),
  z.object({ id: z.number(), ok: z.literal(false), error: z.string() }),
]);

interface Caller {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: Error) => void;
}

export interface CalledProcessOptions {
  /** As its errors name it. */
  readonly name: string;
  /** Node runs it; it answers `{id, call, argument}` with `{id, ok, result}` or `{id, ok, error}`. */
  readonly program: string;
  /** Ours when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** Whatever it says unasked. */
  readonly onMessage: (message: unknown) => void;
}

/** A process of our own that is called over Node's IPC channel. It ends when we end, however we end. */
export class CalledProcess {
  private readonly child: ChildProcess;
  private readonly callers = new Map<number, Caller>();
  private lastId = 0;

  constructor(private readonly options: CalledProcessOptions) {
    const { name, program, env } = options;
    this.child = fork(program, [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      ...(env === undefined ? {} : { env }),
    });
    this.child.on('message', (message) => {
      this.take(message);
    });
    this.child.on('exit', () => {
      this.abandon(`${name} ended`);
    });
    this.child.on('error', (error) => {
      this.abandon(`${name}: ${error.message}`);
    });
  }

  /** @throws Error when the process answers with one, or is gone. */
  call(call: string, argument: unknown = null): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.callers.set(id, { resolve, reject });
      this.child.send({ id, call, argument }, (error) => {
        if (error !== null) this.abandon(`${this.options.name}: ${error.message}`);
      });
    });
  }

  /** Calls its `stop`, lets go of it and, when it does not end soon, kills it. Never throws. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    const patience = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.call('stop').catch(() => undefined);
    if (this.child.connected) this.child.disconnect();
    await gone;
    clearTimeout(patience);
  }

  private take(message: unknown): void {
    const answer = answerSchema.safeParse(message);
    if (!answer.success) {
      this.options.onMessage(message);
      return;
    }
    const { data } = answer;
    const caller = this.callers.get(data.id);
    this.callers.delete(data.id);
    if (data.ok) caller?.resolve(data.result);
    else caller?.reject(new Error(`${this.options.name}: ${data.error}`));
  }

  private abandon(reason: string): void {
    for (const caller of this.callers.values()) caller.reject(new Error(reason));
    this.callers.clear();
  }
}
