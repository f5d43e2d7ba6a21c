import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inRepository } from '../../../apps/causeway/src/demo/repository';
import { cleanEnvironment } from '../running-connector';
import { differences, matchLines } from './compare-lines';
import {
  type CommandStep,
  type FileStep,
  type Guide,
  type Step,
  withoutBlankEnd,
} from './read-guide';
import type { Told } from './retell';
import { type Known, StandIns } from './stand-ins';

export interface GuideRunOptions {
  readonly guide: Pick<Guide, 'standIns' | 'passing'>;
  /** Where its commands run; each of its hosts is a directory below. */
  readonly directory: string;
  /** What stand-ins of the guide stand for, where no command says it. */
  readonly given: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
  /** What asides of the guide do. */
  readonly asides?: Readonly<Record<string, () => Promise<void>>>;
  /** How long a command may take, and how long it may be repeated. */
  readonly patienceMs?: number;
}

/** A command has said something else than the guide; the message shows what. */
export class GuideMismatchError extends Error {
  override readonly name = 'GuideMismatchError';
}

interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
}

const PATIENCE_MS = 120_000;
const REPEATED_EVERY_MS = 250;
const STOPPED_WITHIN_MS = 40_000;
const RUNS_ON = ' &';

/** Commands that readers of a guide have, on whichever machine this runs. */
const PROGRAMS = {
  causeway: `exec "${process.execPath}" "${inRepository('bin', 'causeway.cjs')}" "$@"`,
  // `npm start` builds first, which it need not.
  npm: `test "$1 $2" = "start --" || { echo "npm $*: not for a guide"; exit 1; }
shift 2
exec causeway start "$@"`,
} as const;

/** Executes the steps of a guide, one after the other, and compares what is said. */
export class GuideRun {
  /** What every command has said, for `retell`. */
  readonly told: Told[] = [];
  private readonly standIns: StandIns;
  private known: Known;
  private readonly running: Running[] = [];
  private lastCode = 0;

  private constructor(private readonly options: GuideRunOptions) {
    this.standIns = new StandIns(options.guide);
    this.known = new Map(Object.entries(options.given));
  }

  static async begin(options: GuideRunOptions): Promise<GuideRun> {
    const programs = join(options.directory, '.programs');
    await mkdir(programs, { recursive: true });
    for (const [name, script] of Object.entries(PROGRAMS)) {
      await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(programs, name), 0o755);
    }
    return new GuideRun(options);
  }

  /** @throws GuideMismatchError; NotKnownYetError; what an aside throws */
  async play(step: Step): Promise<void> {
    switch (step.kind) {
      case 'file':
        return this.write(step);
      case 'command':
        return this.execute(step);
      case 'aside': {
        const aside = this.options.asides?.[step.what];
        if (aside === undefined) throw new GuideMismatchError(`line ${step.line}: ${step.what}?`);
        return aside();
      }
    }
  }

  /** What a text of the guide stands for by now. */
  real(shown: string): string {
    return this.standIns.real(shown, this.known);
  }

  /** Stops what still runs, the latest first. */
  async stop(): Promise<void> {
    for (const { child, ended } of this.running.splice(0).reverse()) {
      const patience = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(patience);
    }
  }

  private get patienceMs(): number {
    return this.options.patienceMs ?? PATIENCE_MS;
  }

  private async write({ path, text, isAdded }: FileStep): Promise<void> {
    const file = join(this.options.directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, this.real(text), { flag: isAdded ? 'a' : 'w' });
  }

  private async execute(step: CommandStep): Promise<void> {
    const untilMs = Date.now() + this.patienceMs;
    const isRunningOn = step.command.endsWith(RUNS_ON);
    const hear = isRunningOn ? await this.leaveRunning(step, untilMs) : () => this.run(step);
    for (;;) {
      const reply = await hear();
      this.lastCode = reply.code;
      const lines = { shown: step.says, real: reply.lines };
      const known = matchLines(lines, this.standIns, this.known);
      const isSilentFailure = step.says.length === 0 && reply.code !== 0;
      if (known !== undefined && !isSilentFailure) {
        this.known = known;
        this.told.push({ ...step, said: step.says });
        return;
      }
      if (!step.isRepeated || Date.now() > untilMs) {
        const mismatch = this.mismatch(step, reply);
        this.learnAtLeast(step.says, reply.lines);
        const said = reply.lines.map((line) => this.standIns.shown(line, this.known));
        this.told.push({ ...step, said });
        throw mismatch;
      }
      await sleep(REPEATED_EVERY_MS);
    }
  }

  /** So that a guide can be retold to its end: what single lines tell holds. */
  private learnAtLeast(says: readonly string[], said: readonly string[]): void {
    for (const line of says) {
      for (const each of said) {
        this.known = this.standIns.match(line, each, this.known) ?? this.known;
      }
    }
  }

  private mismatch({ line, where, command, says }: CommandStep, { code, lines }: Reply): Error {
    const found = differences({ shown: says, real: lines }, this.standIns, this.known);
    const head = `line ${line}: ${where}$ ${command}`;
    return new GuideMismatchError([head, ...found, `(it ended with ${code})`].join('\n'));
  }

  private async run({ where, command }: CommandStep): Promise<Reply> {
    const script = `exec 2>&1\n(exit ${this.lastCode})\n${this.real(command)}\n`;
    const child = await this.spawn(where, script, 'pipe');
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    const patience = setTimeout(() => child.kill('SIGKILL'), this.patienceMs);
    await once(child, 'close');
    clearTimeout(patience);
    return { code: child.exitCode ?? -1, lines: linesOf(Buffer.concat(chunks).toString()) };
  }

  /** @returns what waits for as many lines as the guide shows */
  private async leaveRunning(step: CommandStep, untilMs: number): Promise<() => Promise<Reply>> {
    const { directory } = this.options;
    const file = join(directory, `line-${step.line}.out`);
    const [out, log] = [
      openSync(file, 'w'),
      openSync(join(directory, `line-${step.line}.log`), 'w'),
    ];
    const script = `exec ${this.real(step.command.slice(0, -RUNS_ON.length))}`;
    const child = await this.spawn(step.where, script, out, log);
    closeSync(out);
    closeSync(log);
    const ended = once(child, 'exit');
    this.running.push({ child, ended });
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    return async () => {
      for (;;) {
        const lines = linesOf(readFileSync(file, 'utf8'));
        const isEnough = lines.length >= step.says.length;
        if (isEnough || hasEnded() || Date.now() > untilMs) {
          return { code: child.exitCode ?? 0, lines };
        }
        await sleep(REPEATED_EVERY_MS);
      }
    };
  }

  private async spawn(
    where: string,
    script: string,
    out: number | 'pipe',
    log: number | 'ignore' = 'ignore',
  ): Promise<ChildProcess> {
    const { directory, env } = this.options;
    const cwd = join(directory, where);
    await mkdir(cwd, { recursive: true });
    const path = `${join(directory, '.programs')}:${process.env.PATH ?? ''}`;
    return spawn('/bin/sh', ['-c', script], {
      cwd,
      env: { ...cleanEnvironment(env), PATH: path },
      stdio: ['ignore', out, log],
    });
  }
}

function linesOf(text: string): readonly string[] {
  return withoutBlankEnd(text.split('\n'));
}
