import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { agreeOnTerms, demoConfiguration } from '../../apps/causeway/src/demo/demo-configuration';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { lost, surprises } from '../../apps/causeway/src/demo/reckoning';
import { leftOf, processTree } from '../support/process-tree';
import {
  RunningConnector,
  cleanEnvironment,
  temporaryDirectory,
  until,
} from '../support/running-connector';

/** Longer than any transfer of a payment here may stay prepared. */
const DECIDED_WITHIN_MS = 80_000;
const TIMEOUT_MS = 300_000;
/** Of processes that have been told to end, or notice that they are alone. */
const GONE_WITHIN_MS = 20_000;

jest.setTimeout(TIMEOUT_MS);

type Configuration = ReturnType<typeof demoConfiguration>;

interface RefusedStart {
  readonly code: number | null;
  readonly stdout: string;
  /** Lines of standard error that the command itself wrote, not the log of a service. */
  readonly lines: string[];
  readonly stderr: string;
}

async function start(
  configFile: string,
  dataDir: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<RefusedStart> {
  const args = [
    inRepository('bin', 'causeway.cjs'),
    'start',
    '--config',
    configFile,
    '--data',
    dataDir,
  ];
  const child = spawn(process.execPath, args, {
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part) => (stdout += String(part)));
  child.stderr.on('data', (part) => (stderr += String(part)));
  await once(child, 'close');
  const lines = stderr.split('\n').filter((line) => line.startsWith('causeway: '));
  return { code: child.exitCode, stdout, lines, stderr };
}

describe('causeway start refuses', () => {
  let directory: string;
  let configFile: string;
  let good: Configuration;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    configFile = join(directory, 'causeway.yaml');
    good = demoConfiguration(await agreeOnTerms());
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const startWith = async (configuration: object, environment: NodeJS.ProcessEnv = {}) => {
    await writeFile(configFile, stringify(configuration));
    return start(configFile, join(directory, 'data'), environment);
  };

  it.each<[string, (good: Configuration) => object, string]>([
    ['an unknown key', (all) => ({ ...all, gateway: { ...all.gateway, port: 1 } }), 'gateway.port'],
    [
      'a prefix without its dot',
      ({ peers: [alice, bob], ...rest }) => ({
        ...rest,
        peers: [{ ...alice, ledger: { ...alice?.ledger, prefix: 'test.alice' } }, bob],
      }),
      'peers[0].ledger.prefix',
    ],
    [
      'two peers of one name',
      ({ peers: [alice, bob], ...rest }) => ({ ...rest, peers: [alice, { ...bob, id: 'alice' }] }),
      'peers[1].id',
    ],
    [
      'two peers with the same credentials',
      ({ peers: [alice], ...rest }) => ({
        ...rest,
        peers: [alice, { ...alice, id: 'eve', ledger: { ...alice?.ledger, prefix: 'test.eve.' } }],
      }),
      'peers[1]',
    ],
    ['half a limit', (all) => ({ ...all, limits: { batchCommands: 1.5 } }), 'limits.batchCommands'],
  ])('%s, in one line that names file and key', async (_, spoil, key) => {
    const { code, stdout, lines } = await startWith(spoil(good));
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${configFile}: ${key}`);
  });

  it('a configuration that is not there', async () => {
    const missing = join(directory, 'nowhere.yaml');
    const { code, lines } = await start(missing, join(directory, 'data'));
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(missing);
  });

  it('a database that cannot be reached, without telling the password', async () => {
    const url = 'postgres://causeway:hush-hush@127.0.0.1:1/ledger';
    const { code, lines, stderr } = await startWith(good, { DATABASE_URL: url });
    expect(code).toBe(1);
    expect(lines.at(-1)).toContain('127.0.0.1:1');
    expect(stderr).not.toContain('hush-hush');
  });

  it('a bus that cannot be reached', async () => {
    const { code, lines } = await startWith(good, { NATS_URL: 'nats://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(lines.at(-1)).toContain('127.0.0.1:1');
  });

  it('a port that somebody else has, naming it', async () => {
    const squatter = createServer().listen(Number(good.gateway.listen.split(':')[1]), '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const { code, stdout, lines } = await startWith(good);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(lines.at(-1)).toContain(good.gateway.listen);
    } finally {
      squatter.close();
    }
  });
});

/** On a busy machine a restart takes its time; what was open then must not have expired. */
const PATIENT = { connector: { maxHoldTimeMs: 60_000 } };
const EXPIRES_IN_MS = 55_000;
const BOTH_WAYS = { there: 9, back: 9, window: 8, expiresInMs: EXPIRES_IN_MS };
const OVER_A_RESTART = { ...BOTH_WAYS, back: 8, window: 32, delayMs: 1500 };

describe('a connector that is stopped and started', () => {
  let running: RunningConnector;

  beforeAll(async () => {
    running = await RunningConnector.start(PATIENT);
    await running.pay(BOTH_WAYS);
  });

  afterAll(async () => {
    await running.stop();
  });

  const processesNow = (): number[] => {
    const { pid } = running.network.connector;
    return pid === undefined ? [] : processTree(pid);
  };
  /** Whom the sender has given up at its own clock, the connector may still hold until it expires. */
  const nothingIsOpen = async (): Promise<boolean> => {
    const [row] = await running.query(
      "select count(*)::int as open from transfers where status in ('proposed', 'prepared')",
    );
    return row?.open === 0;
  };

  it('is alone on its data directory', async () => {
    const { configFile, dataDir } = running.network.connector.options;
    const { code, lines } = await start(configFile, dataDir);
    expect(code).toBe(1);
    expect(lines.at(-1)).toContain(dataDir);
  });

  it('ends on SIGTERM with 0 and leaves no process', async () => {
    const pids = processesNow();
    expect(pids.length).toBeGreaterThan(5);
    expect(await running.network.connector.stop()).toEqual({ code: 0, signal: null });
    expect(await leftOf(pids, GONE_WITHIN_MS)).toEqual([]);
  });

  it('ends by itself when the program that started it is gone', async () => {
    await running.network.restartConnector();
    const pids = processesNow();
    expect(await running.network.connector.abandon()).toEqual({ code: 0, signal: null });
    expect(await leftOf(pids, GONE_WITHIN_MS)).toEqual([]);
  });

  it('goes on with the balances it had', async () => {
    await running.network.restartConnector();
    expect(await running.unexplained()).toEqual([]);
    expect(surprises(await running.pay(BOTH_WAYS))).toEqual([]);
  });

  it(
    'resumes what was open when it was stopped',
    async () => {
      const paying = running.pay(OVER_A_RESTART);
      await sleep(500);
      await running.network.connector.stop();
      await running.network.restartConnector();
      const made = await paying;
      expect(lost(made)).toEqual([]);
      expect(made.there.map(({ outcome }) => outcome)).toContain('fulfilled');
      expect(await running.unexplained()).toEqual([]);
      await until(DECIDED_WITHIN_MS, 'no transfer is open', nothingIsOpen);
    },
    TIMEOUT_MS,
  );

  it(
    'leaves no process when its supervisor is killed, and resumes what was open then',
    async () => {
      const paying = running.pay(OVER_A_RESTART);
      await sleep(500);
      const pids = processesNow();
      await running.network.connector.kill();
      expect(await leftOf(pids, GONE_WITHIN_MS)).toEqual([]);
      await running.network.restartConnector();
      expect(lost(await paying)).toEqual([]);
      expect(await running.unexplained()).toEqual([]);
      await until(DECIDED_WITHIN_MS, 'no transfer is open', nothingIsOpen);
      expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
    },
    TIMEOUT_MS,
  );

  it('refuses a schema that a newer release has made', async () => {
    await running.query(
      `insert into schema_migrations ("timestamp", name) values (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await running.network.connector.stop();
    const { configFile, dataDir } = running.network.connector.options;
    const { code, stdout, lines } = await start(configFile, dataDir);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(lines.at(-1)).toContain('FromTheFuture9999999999999');
  });
});
