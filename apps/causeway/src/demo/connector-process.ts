import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { inRepository } from './repository';

/** Installing nats-server on a bare machine takes most of it. */
const READY_WITHIN_MS = 180_000;
const STOP_WITHIN_MS = 30_000;
const LINES_KEPT = 30;
const LAST_WORDS_MS = 2000;

const readySchema = z.object({
  ready: z.literal(true),
  btp: z.string(),
  console: z.string(),
  nats: z.string(),
  database: z.string(),
});

export type ReadyLine = z.infer<typeof readySchema>;

export interface ConnectorProcessOptions {
  readonly configFile: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Processes per service, as `--instances` takes them; default one of each. */
  readonly instances?: string;
  /** Everything that it says on standard error goes here. */
  readonly logFile: string;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** It ended before it was ready; the message holds its last words. */
export class ConnectorNotReadyError extends Error {
  override readonly name = 'ConnectorNotReadyError';

  constructor(
    readonly end: ProcessEnd,
    readonly lastWords: readonly string[],
  ) {
    const how = end.signal ?? `exit code ${end.code ?? 'unknown'}`;
    super(`the connector did not start (${how}): ${lastWords.join(' | ')}`);
  }
}

/** `causeway start` as a process of its own, as an operator would run it. */
export class ConnectorProcess {
  private constructor(
    readonly ready: ReadyLine,
    readonly options: ConnectorProcessOptions,
    private readonly child: ChildProcess,
    /** Resolves when it has ended, however. */
    readonly ended: Promise<ProcessEnd>,
  ) {}

  /** @throws ConnectorNotReadyError when it ends, or takes too long, before it says that it is ready. */
  static async start(options: ConnectorProcessOptions): Promise<ConnectorProcess> {
    const { configFile, dataDir, env, instances = '' } = options;
    const start = [inRepository('bin', 'causeway.cjs'), 'start'];
    const args = [...start, '--config', configFile, '--data', dataDir, '--instances', instances];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const lastWords = keepLastWords(child, options.logFile);
    const ended = once(child, 'exit').then(() => endOf(child));
    const silent = once(child, 'close');
    const patience = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS);
    const line = await Promise.race([firstLine(child), ended]);
    clearTimeout(patience);
    if (typeof line !== 'string') {
      await Promise.race([silent, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
      throw new ConnectorNotReadyError(line, lastWords);
    }
    return new ConnectorProcess(readySchema.parse(JSON.parse(line)), options, child, ended);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** SIGTERM, and SIGKILL when that takes too long. */
  async stop(): Promise<ProcessEnd> {
    const patience = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    this.child.kill('SIGTERM');
    const end = await this.ended;
    clearTimeout(patience);
    return end;
  }

  /** Lets go of it, as our own death would; it then ends by itself. */
  async abandon(): Promise<ProcessEnd> {
    this.child.disconnect();
    return this.ended;
  }

  async kill(): Promise<ProcessEnd> {
    this.child.kill('SIGKILL');
    return this.ended;
  }
}

function endOf({ exitCode, signalCode }: ChildProcess): ProcessEnd {
  return { code: exitCode, signal: signalCode };
}

function firstLine({ stdout }: ChildProcess): Promise<string | ProcessEnd> {
  return new Promise((resolve) => {
    if (stdout !== null) createInterface(stdout).once('line', resolve);
  });
}

function keepLastWords({ stderr }: ChildProcess, logFile: string): string[] {
  const lines: string[] = [];
  if (stderr === null) return lines;
  stderr.pipe(createWriteStream(logFile, { flags: 'a' }));
  createInterface(stderr).on('line', (line) => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
  });
  return lines;
}
