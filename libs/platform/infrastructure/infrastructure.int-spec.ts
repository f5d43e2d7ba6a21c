import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { StorageType, connect, type NatsConnection } from 'nats';
import { Client } from 'pg';
import { processesAbout } from '../../../test/support/processes';
import { scratchDatabase } from '../../../test/support/scratch-database';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { testNatsUrl } from '../../../test/support/test-nats';
import { parseNatsUrl } from './connection-url';
import { freePort } from './free-port';
import { startInfrastructure, type Infrastructure } from './infrastructure';
import { startNats } from './nats-server';
import { startPostgres } from './postgres-server';

const directory = freshDirectory();
let dataDir: string;
let started: Infrastructure[];

beforeEach(() => {
  dataDir = join(directory.path, 'data');
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((infrastructure) => infrastructure.stop()));
});

async function start(): Promise<Infrastructure> {
  const infrastructure = await startInfrastructure({
    dataDir,
    postgres: { profile: 'test', fsync: false },
  });
  started.push(infrastructure);
  return infrastructure;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

async function withNats<T>(url: string, use: (bus: NatsConnection) => Promise<T>): Promise<T> {
  const bus = await connect(parseNatsUrl(url));
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}

describe('infrastructure of our own', () => {
  it('starts both, keeps what they hold over a stop and a start, and leaves no process', async () => {
    const first = await start();
    await query(first.databaseUrl, 'create table kept as select 7 as number');
    await withNats(first.natsUrl, async (bus) => {
      const manager = await bus.jetstreamManager();
      await manager.streams.add({ name: 'KEPT', subjects: ['kept'], storage: StorageType.File });
      await bus.jetstream().publish('kept', 'seven');
    });
    await first.stop();
    expect(processesAbout(dataDir)).toEqual([]);

    const second = await start();
    await expect(query(second.databaseUrl, 'select number from kept')).resolves.toEqual([
      { number: 7 },
    ]);
    const messages = await withNats(second.natsUrl, async (bus) => {
      const manager = await bus.jetstreamManager();
      return (await manager.streams.info('KEPT')).state.messages;
    });
    expect(messages).toBe(1);
  });

  it('lets nobody in without the password, on the loopback only, with durable settings', async () => {
    const postgres = await startPostgres({ dataDir });
    try {
      const anonymous = postgres.url.replace(/:[0-9a-f]+@/, ':wrong@');
      await expect(query(anonymous, 'select 1')).rejects.toMatchObject({ code: '28P01' });
      const settings = ['listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes'];
      const shown = await query(
        postgres.url,
        `select name, setting from pg_settings where name = any('{${settings.join()}}') order by name`,
      );
      expect(shown).toEqual([
        { name: 'fsync', setting: 'on' },
        { name: 'full_page_writes', setting: 'on' },
        { name: 'listen_addresses', setting: '127.0.0.1' },
        { name: 'synchronous_commit', setting: 'on' },
      ]);
    } finally {
      await postgres.stop();
    }
  });

  it('keeps every secret in files of mode 0600 and off every command line', async () => {
    const { databaseUrl, natsUrl } = await start();
    const secrets = [new URL(databaseUrl).password, new URL(natsUrl).password];
    expect(secrets.map((secret) => secret.length)).toEqual([48, 48]);
    expect(secrets.flatMap((secret) => processesAbout(secret))).toEqual([]);
    for (const file of ['postgres.password', 'nats.password', 'nats/nats.conf']) {
      expect([file, statSync(join(dataDir, file)).mode & 0o777]).toEqual([file, 0o600]);
    }
  });

  it('refuses a data directory that a running process already uses', async () => {
    await start();
    await expect(startPostgres({ dataDir })).rejects.toMatchObject({
      refusal: 'DataDirectoryInUse',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    await expect(startNats({ dataDir })).rejects.toMatchObject({ refusal: 'DataDirectoryInUse' });
  });

  it('says so in one line when the cluster was made by another major version', async () => {
    const postgres = await startPostgres({ dataDir, profile: 'test', fsync: false });
    await postgres.stop();
    const version = join(dataDir, 'postgres', 'data', 'PG_VERSION');
    expect(Number(readFileSync(version, 'utf8'))).toBeGreaterThanOrEqual(13);
    writeFileSync(version, '9\n');
    await expect(startPostgres({ dataDir })).rejects.toMatchObject({
      refusal: 'DataDirectoryOfOtherVersion',
      message: expect.stringMatching(/^[^\n]*was made by PostgreSQL 9[^\n]*$/) as string,
    });
  });

  it('stops the database again when there is no nats-server to be had', async () => {
    const nats = { searchDirectories: [directory.path], cacheDirectories: [] };
    const postgres = { profile: 'test', fsync: false } as const;
    await expect(startInfrastructure({ dataDir, nats, postgres })).rejects.toMatchObject({
      refusal: 'NatsServerNotFound',
      message: expect.stringContaining('sudo apt-get install nats-server') as string,
    });
    expect(processesAbout(dataDir)).toEqual([]);
  });

  it('reports a server that ended without being told to', async () => {
    const nats = await startNats({ dataDir });
    process.kill(nats.pid, 'SIGKILL');
    await expect(nats.lost).resolves.toMatch(/nats-server ended by itself \(SIGKILL\)/);
    await nats.stop();
  });

  it('takes everything along when it is to be thrown away', async () => {
    const infrastructure = await startInfrastructure({
      dataDir,
      throwAway: true,
      postgres: { profile: 'test', fsync: false },
    });
    expect(statSync(dataDir).isDirectory()).toBe(true);
    await infrastructure.stop();
    expect(statSync(dataDir, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe('infrastructure that is given', () => {
  let silent: Server | undefined;

  afterEach(() => silent?.close());

  async function serverThatGreets(greeting: string): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(greeting);
    });
    silent = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return `nats://127.0.0.1:${port}`;
  }

  it('is used as it is, and left running', async () => {
    const scratch = await scratchDatabase();
    const given = { databaseUrl: scratch.url, natsUrl: testNatsUrl() };
    const infrastructure = await startInfrastructure({ dataDir, ...given });
    expect(infrastructure).toMatchObject(given);
    expect(infrastructure.origin.database).toMatch(/^PostgreSQL \S+ .*\(DATABASE_URL\)$/);
    expect(infrastructure.origin.nats).toMatch(/^nats-server \S+ at nats:\/\/127.* \(NATS_URL\)$/);
    await infrastructure.stop();
    await expect(query(scratch.url, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
    expect(statSync(dataDir, { throwIfNoEntry: false })).toBeUndefined();
    await scratch.drop();
  });

  it('fails in one line without the password when the database cannot be reached', async () => {
    const databaseUrl = `postgres://operator:secret@127.0.0.1:${await freePort()}/causeway`;
    const failing = startInfrastructure({ dataDir, databaseUrl, natsUrl: testNatsUrl() });
    await expect(failing).rejects.toMatchObject({ refusal: 'DatabaseUnreachable' });
    await expect(failing).rejects.toThrow(
      /^[^\n]*127\.0\.0\.1:\d+\/causeway[^\n]*ECONNREFUSED[^\n]*$/,
    );
    await expect(failing).rejects.not.toThrow(/secret/);
  });

  it('fails when the database does not exist or does not let us in', async () => {
    const url = new URL((await scratchDatabase()).url);
    url.pathname = '/missing';
    const natsUrl = testNatsUrl();
    await expect(
      startInfrastructure({ dataDir, databaseUrl: url.href, natsUrl }),
    ).rejects.toMatchObject({
      refusal: 'DatabaseUnreachable',
      message: expect.stringContaining('"missing" does not exist') as string,
    });
  });

  it('fails when nats-server cannot be reached, and starts nothing for nothing', async () => {
    const natsUrl = `nats://operator:secret@127.0.0.1:${await freePort()}`;
    const failing = startInfrastructure({ dataDir, natsUrl });
    await expect(failing).rejects.toMatchObject({ refusal: 'NatsUnreachable' });
    await expect(failing).rejects.not.toThrow(/secret/);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('fails when nats-server refuses the credentials', async () => {
    const natsUrl = testNatsUrl().replace(/:[0-9a-f]+@/, ':wrong@');
    const databaseUrl = (await scratchDatabase()).url;
    await expect(startInfrastructure({ dataDir, databaseUrl, natsUrl })).rejects.toMatchObject({
      refusal: 'NatsUnreachable',
      message: expect.stringContaining('Authorization Violation') as string,
    });
  });

  it('fails when something else listens there, or a nats-server that is too old', async () => {
    const databaseUrl = (await scratchDatabase()).url;
    const other = await serverThatGreets('SSH-2.0-OpenSSH_9.2\r\n');
    await expect(
      startInfrastructure({ dataDir, databaseUrl, natsUrl: other }),
    ).rejects.toMatchObject({ refusal: 'NatsUnreachable' });
    silent?.close();
    const old = await serverThatGreets('INFO {"version":"2.8.4","auth_required":true}\r\n');
    await expect(startInfrastructure({ dataDir, databaseUrl, natsUrl: old })).rejects.toMatchObject(
      {
        refusal: 'NatsTooOld',
        message: expect.stringMatching(/is 2\.8\.4, and 2\.9\.0 or later is needed/) as string,
      },
    );
  });
});
