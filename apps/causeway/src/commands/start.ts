import { resolve } from 'node:path';
import { migrate } from '#event-store';
import {
  loadConfiguration,
  startInfrastructure,
  type Configuration,
  type Infrastructure,
} from '#platform';
import { auditKeyFile } from '../audit/audit-key';
import type { Shell } from '../shell';
import { makeDataDirectory } from '../supervisor/data-directory';
import { parseInstances } from '../supervisor/instances';
import { removeRunFiles, writeRunningConnector } from '../supervisor/run-files';
import { Supervisor } from '../supervisor/supervisor';

export interface StartOptions {
  readonly config: string;
  readonly data: string;
  readonly instances: string;
}

/** Our own database or bus ended although nobody told it to. */
export class InfrastructureLostError extends Error {
  override readonly name = 'InfrastructureLostError';
}

/**
 * `causeway start`: infrastructure, migrations, one process per service, the ready line on stdout;
 * then runs until SIGTERM or SIGINT, drains and returns.
 */
export async function start(options: StartOptions, shell: Shell): Promise<void> {
  const log = (line: string): void => {
    shell.note(line);
  };
  const instances = parseInstances(options.instances);
  const file = resolve(options.config);
  const configuration = loadConfiguration({ file, env: shell.env });
  const consoleToken = configuration.console.token;
  const dataDir = makeDataDirectory(options.data);
  const signal = stopSignal();
  const infrastructure = await startInfrastructure({ dataDir, log, ...urlsOf(configuration) });
  try {
    await migrate(infrastructure.databaseUrl);
    const env = {
      ...serviceEnvironment(file, infrastructure, shell),
      CAUSEWAY_AUDIT_KEY_FILE: configuration.audit.keyFile ?? auditKeyFile(dataDir),
    };
    let isRunning = false;
    const supervisor: Supervisor = new Supervisor({
      ...{ configuration, dataDir, instances, env, log },
      onReady: () => {
        if (isRunning) noteRunning(supervisor, { dataDir, consoleToken }, infrastructure);
      },
    });
    const lost = infrastructure.lost.then((line) => {
      throw new InfrastructureLostError(line);
    });
    const why = await runUntil(Promise.race([signal, lost]), supervisor, () => {
      isRunning = true;
      noteRunning(supervisor, { dataDir, consoleToken }, infrastructure);
      announce(supervisor, infrastructure, shell);
    });
    log(`${why}: stopped`);
  } finally {
    removeRunFiles(dataDir);
    await infrastructure.stop();
  }
}

async function runUntil(
  signal: Promise<string>,
  supervisor: Supervisor,
  ready: () => void,
): Promise<string> {
  try {
    const started = supervisor.start().then(ready);
    return await Promise.race([signal, started.then(() => signal)]);
  } finally {
    await supervisor.stop();
  }
}

/** For the command line, which looks it up each time: a console on a free port may come back on another. */
function noteRunning(
  supervisor: Supervisor,
  { dataDir, consoleToken }: { readonly dataDir: string; readonly consoleToken: string },
  { databaseUrl, natsUrl }: Infrastructure,
): void {
  const btp = supervisor.btpUrl;
  const console = supervisor.portsOf('console').http ?? '';
  const { pid } = process;
  writeRunningConnector(dataDir, { pid, databaseUrl, natsUrl, btp, console, consoleToken });
}

function announce(supervisor: Supervisor, infrastructure: Infrastructure, shell: Shell): void {
  const { databaseUrl, natsUrl } = infrastructure;
  const line = {
    ready: true,
    btp: supervisor.btpUrl,
    console: supervisor.portsOf('console').http ?? '',
    nats: withoutSecret(natsUrl),
    database: withoutSecret(databaseUrl),
  };
  shell.print(JSON.stringify(line));
}

function urlsOf({ databaseUrl, natsUrl }: Configuration) {
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(natsUrl === undefined ? {} : { natsUrl }),
  };
}

/** Passwords stay in the run file, which only the operator may read. */
function withoutSecret(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  return url.toString();
}

function serviceEnvironment(
  file: string,
  infrastructure: Infrastructure,
  shell: Shell,
): NodeJS.ProcessEnv {
  return {
    ...shell.env,
    CAUSEWAY_CONFIG: file,
    DATABASE_URL: infrastructure.databaseUrl,
    NATS_URL: infrastructure.natsUrl,
  };
}

/** A signal; or, for a connector that another program started over IPC, the end of that program. */
function stopSignal(): Promise<string> {
  return new Promise((resolveSignal) => {
    process.once('disconnect', () => {
      resolveSignal('the program that started it is gone');
    });
    // Listening must not keep a connector alive that has nothing left to do.
    process.channel?.unref();
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        resolveSignal(signal);
      });
    }
  });
}
