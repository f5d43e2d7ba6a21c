import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { plainEnvironment } from './host-environment';
import { InfrastructureError } from './infrastructure-error';
import { packageRoot } from './package-root';
import type { ServerAccount } from './server-account';

/** Ask with `signal`, wait `waitMs`, then go on to the next step. The last step should be SIGKILL. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

export interface KeptOptions {
  /** Receives the server's stdout and stderr; appended, rotated at the next start beyond 10 MiB. */
  readonly logFile: string;
  readonly stop: readonly [StopStep, ...StopStep[]];
  readonly cwd?: string;
  /** Run the server (not the keeper) as this account; only root can. */
  readonly account?: ServerAccount | undefined;
  /** Deleted, with all that is in it, once the server was stopped, also when that is because we are gone. */
  readonly throwAway?: readonly string[];
}

export interface KeptExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** True when it was told to stop, false when it ended by itself. */
  readonly asked: boolean;
}

export interface KeptProcess {
  readonly pid: number;
  readonly keeperPid: number;
  readonly exited: Promise<KeptExit>;
  isGone(): boolean;
  /** From now on the server alone no longer keeps this process from exiting. */
  loosen(): void;
  /** Stops the server properly and resolves when it is gone. May be called more than once. */
  stop(): Promise<void>;
}

type Keeper = ChildProcessByStdio<Writable, Readable, null>;

/** Beyond the steps themselves; throwing away a large cluster on a slow disk takes its while. */
const KEEPER_GRACE_MS = 3000;
const THROW_AWAY_GRACE_MS = 35_000;

/**
 * Runs a server under a keeper: a small process in a session of its own (Ctrl-C in the terminal reaches us first)
 * that stops the server as soon as this process is gone, however it went.
 *
 * @throws InfrastructureError `ServerDidNotStart` when the command cannot be run at all.
 */
export async function spawnKept(
  command: string,
  args: readonly string[],
  options: KeptOptions,
): Promise<KeptProcess> {
  const keeper = spawnKeeper();
  const told = listenTo(keeper);
  keeper.stdin.write(`${JSON.stringify(orderFor(command, args, options))}\n`);
  const started = await told.started;
  if (typeof started === 'string') {
    throw new InfrastructureError('ServerDidNotStart', `${command} could not be run: ${started}`);
  }
  const graceMs = options.throwAway === undefined ? KEEPER_GRACE_MS : THROW_AWAY_GRACE_MS;
  const patienceMs = options.stop.reduce((sum, step) => sum + step.waitMs, graceMs);
  let stopped: Promise<void> | undefined;
  return {
    pid: started,
    keeperPid: keeper.pid ?? 0,
    exited: told.exited,
    isGone: () => isGone(keeper),
    loosen: () => {
      loosen(keeper);
    },
    stop: () => (stopped ??= stopKeeper(keeper, patienceMs)),
  };
}

function spawnKeeper(): Keeper {
  const script = join(packageRoot(), 'libs', 'platform', 'infrastructure', 'keeper.cjs');
  const keeper = spawn(process.execPath, [script], {
    cwd: '/',
    env: plainEnvironment(),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // A keeper that is gone shows in its exit; the broken pipe says nothing more.
  keeper.stdin.on('error', () => undefined);
  return keeper;
}

function orderFor(command: string, args: readonly string[], options: KeptOptions): object {
  return {
    command,
    args,
    cwd: options.cwd ?? '/',
    env: plainEnvironment(),
    logFile: options.logFile,
    stop: options.stop,
    account: options.account,
    throwAway: options.throwAway ?? [],
  };
}

/** `started` is the server's process id, or the reason why there is none. */
function listenTo(keeper: Keeper): {
  started: Promise<number | string>;
  exited: Promise<KeptExit>;
} {
  let exit: KeptExit = { code: null, signal: 'SIGKILL', asked: false };
  const started = new Promise<number | string>((resolve) => {
    createInterface({ input: keeper.stdout }).on('line', (line) => {
      const message: unknown = JSON.parse(line);
      if (!isTold(message)) return;
      if (message.event === 'started') resolve(message.pid);
      if (message.event === 'failed') resolve(message.reason);
      if (message.event === 'exited') exit = message;
    });
    keeper.once('error', (error) => {
      resolve(error.message);
    });
    keeper.once('close', () => {
      resolve('its keeper ended before it started');
    });
  });
  const exited = new Promise<KeptExit>((resolve) => {
    keeper.once('close', () => {
      resolve(exit);
    });
  });
  return { started, exited };
}

type Told =
  | { event: 'started'; pid: number }
  | { event: 'failed'; reason: string }
  | (KeptExit & { event: 'exited' });

/** The keeper is our own code at the other end of a private pipe: its word needs no deeper check. */
function isTold(message: unknown): message is Told {
  return typeof message === 'object' && message !== null && 'event' in message;
}

function isGone(keeper: Keeper): boolean {
  return keeper.exitCode !== null || keeper.signalCode !== null;
}

function loosen(keeper: Keeper): void {
  keeper.unref();
  for (const stream of [keeper.stdin, keeper.stdout]) {
    if (stream instanceof Socket) stream.unref();
  }
}

async function stopKeeper(keeper: Keeper, patienceMs: number): Promise<void> {
  if (isGone(keeper)) return;
  keeper.ref();
  const gone = once(keeper, 'exit');
  keeper.stdin.end();
  const patience = setTimeout(() => keeper.kill('SIGKILL'), patienceMs);
  await gone;
  clearTimeout(patience);
}
