import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { spawnInfrastructure } from '../../../test/support/infrastructure-child';
import { eventually, processesAbout } from '../../../test/support/processes';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { startPostgres } from './postgres-server';
import { accountOf, outputAs, postgresAccount, runningAsRoot } from './server-account';

const cheap = { profile: 'test', fsync: false } as const;
const asRoot = runningAsRoot() ? it : it.skip;
const nobody = { uid: 65534, gid: 65534 };
/** Another user can only take part where it can read this checkout, which root's home usually forbids. */
const readable = outputAs(accountOf(nobody.uid, nobody.gid), 'ls', [__dirname]) !== undefined;
const asOther = runningAsRoot() && readable ? it : it.skip;

const open = freshDirectory(0o711);
const closed = freshDirectory(0o700);
const writable = freshDirectory(0o777);

asRoot(
  'as root the server runs as another account, which owns the cluster and nothing above it',
  async () => {
    const dataDir = join(open.path, 'data');
    const postgres = await startPostgres({ dataDir, ...cheap });
    const account = postgresAccount()!;
    expect(postgres.origin).toContain(`run as ${account.name}`);
    expect(statSync(`/proc/${postgres.pid}`).uid).toBe(account.uid);
    expect(statSync(join(dataDir, 'postgres', 'data'))).toMatchObject({ uid: account.uid });
    for (const path of ['', 'postgres', 'postgres/server.log', 'postgres.password']) {
      expect([path, statSync(join(dataDir, path)).uid]).toEqual([path, 0]);
    }
    await postgres.stop();
  },
);

asRoot('as root a data directory of mode 0700 lets the account through, and no more', async () => {
  const postgres = await startPostgres({ dataDir: closed.path, ...cheap });
  expect(statSync(closed.path).mode & 0o777).toBe(0o701);
  expect(existsSync(join(closed.path, 'postgres.location'))).toBe(false);
  await postgres.stop();
});

asRoot(
  'as root a cluster that its account cannot reach lives elsewhere, and is found again',
  async () => {
    const dataDir = join(closed.path, 'data');
    const options = { dataDir, ...cheap, reachableDirectories: [join(open.path, 'reachable')] };
    const first = await startPostgres(options);
    await first.stop();
    const [name, ...more] = readdirSync(join(open.path, 'reachable'));
    expect(more).toEqual([]);
    const location = join(open.path, 'reachable', name!);
    expect(readFileSync(join(dataDir, 'postgres.location'), 'utf8')).toBe(`${location}\n`);
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
    const second = await startPostgres(options);
    expect(second.origin).toContain(join(location, 'data'));
    await second.stop();
  },
);

asOther('an ordinary user starts both as itself', async () => {
  const dataDir = join(writable.path, 'data');
  const child = spawnInfrastructure({ options: { dataDir, postgres: cheap }, become: nobody });
  try {
    expect(await child.next()).toMatchObject({
      origin: { database: expect.not.stringContaining('run as') as string },
    });
    expect(statSync(join(dataDir, 'postgres', 'data'))).toMatchObject(nobody);
    const servers = processesAbout(dataDir).filter((pid) => pid !== child.process.pid);
    expect(servers.map((pid) => statSync(`/proc/${pid}`).uid)).toEqual([nobody.uid, nobody.uid]);
  } finally {
    await child.kill();
    await eventually('servers are gone', () => processesAbout(dataDir).length === 0);
  }
});

asOther('a cluster of an ordinary user stays theirs when root starts it', async () => {
  const dataDir = join(writable.path, 'data');
  const child = spawnInfrastructure({ options: { dataDir, postgres: cheap }, become: nobody });
  expect(await child.next()).toHaveProperty('databaseUrl');
  await child.kill();
  await eventually('servers are gone', () => processesAbout(dataDir).length === 0);
  chmodSync(dataDir, 0o711);
  chmodSync(join(dataDir, 'postgres'), 0o711);
  const postgres = await startPostgres({ dataDir, ...cheap });
  expect(statSync(`/proc/${postgres.pid}`).uid).toBe(nobody.uid);
  await postgres.stop();
});

asOther("an ordinary user is told that root's data directory is not theirs", async () => {
  const dataDir = join(writable.path, 'data');
  const postgres = await startPostgres({ dataDir, ...cheap });
  await postgres.stop();
  const child = spawnInfrastructure({ options: { dataDir, postgres: cheap }, become: nobody });
  expect(await child.next()).toMatchObject({ refusal: 'DataDirectoryUnusable' });
  await child.kill();
});
