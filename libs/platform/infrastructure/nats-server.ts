import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimDirectory, type Claim } from './claim';
import { InfrastructureError } from './infrastructure-error';
import { findNatsServer, usualNatsDirectories, type NatsInstallation } from './nats-binary';
import { fetchNatsServer, natsCacheDirectories } from './nats-fetch';
import { probeNats } from './nats-probe';
import { isRunningWith } from './process-identity';
import { explained, lostServer, makeDataDirectory, type RunningServer } from './running-server';
import { keptSecret } from './secret-file';
import { lastComplaint, logSize } from './server-log';
import { spawnKept, type KeptProcess, type StopStep } from './spawn-kept';

export interface NatsOptions {
  readonly dataDir: string;
  readonly log?: (line: string) => void;
  /** Where to look for nats-server; the default is PATH and the usual places. */
  readonly searchDirectories?: readonly string[];
  /** Where a fetched one is kept; an empty list means: never fetch. */
  readonly cacheDirectories?: readonly string[];
}

const STOP: [StopStep, ...StopStep[]] = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 2000 },
];
/** JetStream reads its streams before it listens. */
const READY_WITHIN_MS = 60_000;
const USER = 'causeway';

interface NatsHome {
  readonly directory: string;
  readonly config: string;
  readonly logFile: string;
  readonly pidFile: string;
}

/**
 * Starts nats-server with JetStream on `<dataDir>/nats`: 127.0.0.1 only, on a port that the server itself picks, one
 * user with a generated password, no cluster, no monitoring port.
 *
 * @throws InfrastructureError
 */
export async function startNats(options: NatsOptions): Promise<RunningServer> {
  const dataDir = makeDataDirectory(options.dataDir);
  try {
    const installation = await obtainNatsServer({ ...options, dataDir });
    return await startClaimed({ ...options, dataDir }, installation);
  } catch (error) {
    throw explained(dataDir, error);
  }
}

async function startClaimed(
  options: NatsOptions,
  installation: NatsInstallation,
): Promise<RunningServer> {
  const { dataDir } = options;
  const claim = await claimDirectory(join(dataDir, 'nats.claims'));
  try {
    const home = prepareHome(dataDir);
    if (await stopLeftoverNats(home)) {
      options.log?.(`stopped a nats-server that a crashed run had left on ${home.directory}`);
    }
    const password = keptSecret(join(dataDir, 'nats.password'));
    writeConfig(home, password);
    return await start({ home, installation, password, claim });
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** @throws InfrastructureError `NatsServerNotFound` with the commands that would help, or `NatsTooOld` */
async function obtainNatsServer(options: NatsOptions): Promise<NatsInstallation> {
  const found = findNatsServer(options.searchDirectories ?? usualNatsDirectories());
  if (found !== undefined) return found;
  const cacheDirectories = options.cacheDirectories ?? natsCacheDirectories(options.dataDir);
  const fetched = await fetchNatsServer({ cacheDirectories, log: options.log });
  if (fetched !== undefined) return fetched;
  throw new InfrastructureError(
    'NatsServerNotFound',
    'there is no nats-server: install it (Debian, Ubuntu: sudo apt-get install nats-server; ' +
      'macOS: brew install nats-server; or a release of nats-server 2.9 or later on the PATH), ' +
      'or set NATS_URL to a running one with JetStream',
  );
}

function prepareHome(dataDir: string): NatsHome {
  const directory = join(dataDir, 'nats');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  return {
    directory,
    config: join(directory, 'nats.conf'),
    logFile: join(directory, 'server.log'),
    pidFile: join(directory, 'server.pid'),
  };
}

/** Port -1 is nats-server's word for any free one; which it took stands in its ports file. */
function writeConfig(home: NatsHome, password: string): void {
  const text = [
    'listen: "127.0.0.1:-1"',
    `ports_file_dir: ${JSON.stringify(home.directory)}`,
    `pid_file: ${JSON.stringify(home.pidFile)}`,
    `authorization { user: "${USER}", password: "${password}" }`,
    `jetstream { store_dir: ${JSON.stringify(home.directory)} }`,
    '',
  ];
  writeFileSync(`${home.config}.new`, text.join('\n'), { mode: 0o600 });
  renameSync(`${home.config}.new`, home.config);
}

/** Only the holder of the claim calls this: whoever still runs on this directory has no keeper any more. */
async function stopLeftoverNats(home: NatsHome): Promise<boolean> {
  const pid = existsSync(home.pidFile)
    ? Number.parseInt(readFileSync(home.pidFile, 'utf8'), 10)
    : NaN;
  const lives = (): boolean => isRunningWith(pid, home.config);
  const found = lives();
  for (const { signal, waitMs } of STOP) {
    if (!lives()) break;
    process.kill(pid, signal);
    const deadline = Date.now() + waitMs;
    while (lives() && Date.now() < deadline) await sleep(50);
  }
  if (!lives()) return found;
  throw new InfrastructureError(
    'DataDirectoryInUse',
    `${home.directory} is still used by process ${pid}, which does not stop: end it or choose another data directory`,
  );
}

interface Prepared {
  readonly home: NatsHome;
  readonly installation: NatsInstallation;
  readonly password: string;
  readonly claim: Claim;
}

async function start(prepared: Prepared): Promise<RunningServer> {
  const { home, installation, claim } = prepared;
  const logFrom = logSize(home.logFile);
  forgetPorts(home);
  const kept = await spawnKept(installation.command, ['-c', home.config], {
    cwd: home.directory,
    logFile: home.logFile,
    stop: STOP,
  });
  claim.extendTo(kept.keeperPid);
  try {
    const port = await announcedPort(home, kept);
    if (port === undefined) throw didNotStart(home, logFrom);
    const server = running(prepared, kept, port);
    await probeNats(server.url);
    kept.loosen();
    return server;
  } catch (error) {
    await kept.stop();
    throw error;
  }
}

function didNotStart(home: NatsHome, logFrom: number): InfrastructureError {
  const complaint = lastComplaint(home.logFile, logFrom);
  return new InfrastructureError(
    'ServerDidNotStart',
    `nats-server did not start: ${complaint} (see ${home.logFile})`,
  );
}

function running(prepared: Prepared, kept: KeptProcess, port: number): RunningServer {
  const { home, installation, password, claim } = prepared;
  return {
    url: `nats://${USER}:${password}@127.0.0.1:${port}`,
    origin: `nats-server ${installation.version} (${installation.origin}) on ${home.directory}`,
    pid: kept.pid,
    lost: lostServer('nats-server', kept, home.logFile),
    stop: async () => {
      await kept.stop();
      claim.release();
    },
  };
}

function forgetPorts(home: NatsHome): void {
  for (const name of readdirSync(home.directory)) {
    if (name.endsWith('.ports')) rmSync(join(home.directory, name));
  }
}

/** Undefined when the server ended, or did not come to listen in time. */
async function announcedPort(home: NatsHome, kept: KeptProcess): Promise<number | undefined> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!kept.isGone() && Date.now() < deadline) {
    const port = readPort(home.directory);
    if (port !== undefined) return port;
    await sleep(10);
  }
  return undefined;
}

/** The file is written in place: one that is not yet complete has no number to find. */
function readPort(directory: string): number | undefined {
  const name =
    existsSync(directory) && readdirSync(directory).find((file) => file.endsWith('.ports'));
  if (typeof name !== 'string') return undefined;
  const port = /"nats:\/\/127\.0\.0\.1:(\d+)"/.exec(
    readFileSync(join(directory, name), 'utf8'),
  )?.[1];
  return port === undefined ? undefined : Number(port);
}
