import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a running connector tells the command line on the same machine; holds credentials, so 0600. */
export interface RunningConnector {
  readonly pid: number;
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly btp: string;
  readonly console: string;
  /** What the operator presents to the console. */
  readonly consoleToken: string;
}

export interface RunningProcess {
  readonly service: string;
  readonly instance: number;
  readonly pid: number;
  /** It has said that it is ready, and not that it leaves. */
  readonly isReady: boolean;
}

const connectorFile = (dataDir: string): string => join(dataDir, 'run', 'connector.json');
const processesFile = (dataDir: string): string => join(dataDir, 'run', 'processes.json');

export function writeRunningConnector(dataDir: string, running: RunningConnector): void {
  replaceFile(connectorFile(dataDir), running);
}

export function writeProcesses(dataDir: string, processes: readonly RunningProcess[]): void {
  replaceFile(processesFile(dataDir), processes);
}

export function removeRunFiles(dataDir: string): void {
  rmSync(connectorFile(dataDir), { force: true });
  rmSync(processesFile(dataDir), { force: true });
}

/** The connector that runs on this data directory now, if any. */
export function readRunningConnector(dataDir: string): RunningConnector | undefined {
  try {
    const running = JSON.parse(readFileSync(connectorFile(dataDir), 'utf8')) as RunningConnector;
    process.kill(running.pid, 0);
    return running;
  } catch {
    // No file, or its process is gone: nobody runs here.
    return undefined;
  }
}

/** The service processes of the connector that runs on this data directory; none without one. */
export function readProcesses(dataDir: string): readonly RunningProcess[] {
  try {
    return JSON.parse(readFileSync(processesFile(dataDir), 'utf8')) as RunningProcess[];
  } catch {
    return [];
  }
}

/** Written beside and renamed, so that a reader never sees half a file. */
function replaceFile(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
}
