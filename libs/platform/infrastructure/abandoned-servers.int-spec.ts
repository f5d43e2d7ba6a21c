import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  spawnInfrastructure,
  type InfrastructureChild,
} from '../../../test/support/infrastructure-child';
import type { InfrastructureOrder } from '../../../test/support/infrastructure-process';
import { eventually, processesAbout } from '../../../test/support/processes';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { startNats } from './nats-server';
import { startPostgres, type PostgresOptions } from './postgres-server';

const cheap = { profile: 'test', fsync: false } as const;
const onLinux = process.platform === 'linux' ? it : it.skip;

const directory = freshDirectory();
let dataDir: string;
let children: InfrastructureChild[];

beforeEach(() => {
  dataDir = join(directory.path, 'data');
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  await eventually('all servers are gone', () => servers().length === 0);
});

/** The servers alone: the process that starts them has the directory on its command line as well. */
function servers(): number[] {
  const parents = children.map((child) => child.process.pid);
  return processesAbout(dataDir).filter((pid) => !parents.includes(pid));
}

function spawnOne(order: Partial<InfrastructureOrder> = {}): InfrastructureChild {
  const child = spawnInfrastructure({
    ...order,
    options: { dataDir, postgres: cheap, ...order.options },
  });
  children.push(child);
  return child;
}

function keepers(): number[] {
  return ['postgres', 'nats'].flatMap((name) => {
    const claims = join(dataDir, `${name}.claims`);
    return readdirSync(claims).map((file) => {
      const [, keeper] = JSON.parse(readFileSync(join(claims, file), 'utf8')) as { pid: number }[];
      return keeper!.pid;
    });
  });
}

async function canQuery(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('select 1');
  await client.end();
  return true;
}

async function startAgain(options: Partial<PostgresOptions> = {}): Promise<string[]> {
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  const postgres = await startPostgres({ dataDir, ...cheap, log: note, ...options });
  const nats = await startNats({ dataDir, log: note });
  await canQuery(postgres.url);
  await Promise.all([postgres.stop(), nats.stop()]);
  return log;
}

it('a parent killed with -9 takes its servers along within seconds, and the next start works', async () => {
  const child = spawnOne();
  expect(await child.next()).toHaveProperty('databaseUrl');
  expect(servers().length).toBeGreaterThanOrEqual(2);
  await child.kill();
  await eventually('servers are gone', () => servers().length === 0);
  expect(await startAgain()).toEqual([]);
});

it('a start right after the parent was killed waits for the end of the old servers', async () => {
  const child = spawnOne();
  await child.next();
  await child.kill();
  await expect(startAgain()).resolves.toEqual([]);
});

it('a parent killed in the midst of starting leaves neither process nor directory, if thrown away', async () => {
  for (const delayMs of [150, 400, 700, 1000]) {
    const child = spawnOne({ options: { dataDir, postgres: cheap, throwAway: true } });
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await child.kill();
    await eventually('servers are gone', () => servers().length === 0);
    await eventually('files are gone', () => !existsSync(join(dataDir, 'postgres')));
  }
});

it('a parent that dies takes throw-away files along', async () => {
  const child = spawnOne({ options: { dataDir, postgres: cheap, throwAway: true } });
  await child.next();
  expect(existsSync(join(dataDir, 'postgres'))).toBe(true);
  await child.kill();
  await eventually('the directory is gone', () => !existsSync(dataDir));
});

it('Ctrl-C reaches the parent only, which can still use its servers before it stops them', async () => {
  const child = spawnOne({ stopOnInterrupt: true });
  await child.next();
  process.kill(-child.process.pid!, 'SIGINT');
  expect(await child.next()).toEqual({ queried: true, stopped: true });
  expect(servers()).toEqual([]);
});

it('a keeper that is told to stop stops its server', async () => {
  const child = spawnOne();
  await child.next();
  for (const keeper of keepers()) process.kill(keeper, 'SIGTERM');
  await eventually('servers are gone', () => servers().length === 0);
});

onLinux('a keeper killed with -9 does not leave its server behind', async () => {
  const child = spawnOne();
  await child.next();
  for (const keeper of keepers()) process.kill(keeper, 'SIGKILL');
  await eventually('servers are gone', () => servers().length === 0);
  await child.kill();
  expect(await startAgain()).toEqual([]);
});

it('servers that lost their keeper are stopped by the next start', async () => {
  const child = spawnOne();
  await child.next();
  const orphans = servers().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'));
  await child.kill();
  await eventually('servers are gone', () => servers().length === 0);
  for (const [command, ...args] of orphans) {
    const identity = command!.endsWith('postgres') ? ownerOfCluster() : {};
    const orphan = spawn(command!, args.slice(0, -1), {
      detached: true,
      stdio: 'ignore',
      ...identity,
    });
    orphan.unref();
  }
  await eventually('orphans run', () => existsSync(join(dataDir, 'postgres/data/postmaster.pid')));
  await eventually('orphans run', () => servers().length === orphans.length);
  const log = await startAgain();
  expect(log).toHaveLength(2);
  expect(log.join('\n')).toMatch(/stopped a PostgreSQL that a crashed run had left/);
  expect(log.join('\n')).toMatch(/stopped a nats-server that a crashed run had left/);
});

it('a stale postmaster.pid that names somebody else does not prevent the start', async () => {
  await startAgain();
  const pidFile = join(dataDir, 'postgres', 'data', 'postmaster.pid');
  writeFileSync(
    pidFile,
    `${process.pid}\n${join(dataDir, 'postgres', 'data')}\n1\n5432\n\n127.0.0.1\n`,
  );
  expect(await startAgain()).toEqual([]);
});

function ownerOfCluster(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const { uid, gid } = statSync(join(dataDir, 'postgres', 'data'));
  return { uid, gid };
}
