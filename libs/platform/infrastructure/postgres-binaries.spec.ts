import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { findPostgres } from './postgres-binaries';
import { hydrateLibraryLinks } from './postgres-embedded';
import { postgresAccount, runningAsRoot } from './server-account';

const asRoot = runningAsRoot() ? it : it.skip;

const open = freshDirectory(0o711);
const closed = freshDirectory(0o700);

/** Programs that only know their version; like the real ones they refuse to run without their library's link. */
function installation(parent: string, version: string): string {
  mkdirSync(join(parent, 'bin'), { recursive: true, mode: 0o755 });
  mkdirSync(join(parent, 'lib'), { mode: 0o755 });
  writeFileSync(join(parent, 'lib', 'libx.so.1.2'), '');
  const script = `#!/bin/sh\ntest -e "$(dirname "$0")/../lib/libx.so.1" && echo "postgres (PostgreSQL) ${version}"\n`;
  for (const program of ['postgres', 'initdb']) {
    writeFileSync(join(parent, 'bin', program), script, { mode: 0o755 });
  }
  const link = { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' };
  writeFileSync(join(parent, 'pg-symlinks.json'), JSON.stringify([link]));
  return parent;
}

function local(parent: string, version: string): string {
  const directory = installation(parent, version);
  hydrateLibraryLinks(directory);
  return join(directory, 'bin');
}

it('packaged programs get the links that npm could not carry, and run in place', () => {
  const embedded = installation(join(open.path, 'native'), '18.4');
  const found = findPostgres({ embedded, localDirectories: [] });
  expect(found).toMatchObject({ binDirectory: join(embedded, 'bin'), major: 18, version: '18.4' });
  expect(readlinkSync(join(embedded, 'lib', 'libx.so.1'))).toBe('libx.so.1.2');
  expect(findPostgres({ embedded, localDirectories: [] })).toEqual(found);
});

it('links of a list that leads out of the package are still made inside it', () => {
  const embedded = installation(join(open.path, 'native'), '18.4');
  const link = { source: '/etc/passwd', target: '../../escaped' };
  writeFileSync(join(embedded, 'pg-symlinks.json'), JSON.stringify([link]));
  hydrateLibraryLinks(embedded);
  expect(readlinkSync(join(embedded, 'lib', 'escaped'))).toBe('passwd');
  expect(existsSync(join(open.path, 'escaped'))).toBe(false);
});

asRoot('packaged programs that the account cannot reach are copied to where it can, once', () => {
  const embedded = installation(join(closed.path, 'native'), '18.4');
  const stagingDirectories = [join(closed.path, 'cache'), join(open.path, 'cache')];
  const search = { embedded, stagingDirectories, localDirectories: [], account: postgresAccount() };
  const found = findPostgres(search);
  expect(found.binDirectory.startsWith(join(open.path, 'cache'))).toBe(true);
  expect(findPostgres(search)).toEqual(found);
  expect(readdirSync(join(open.path, 'cache'))).toHaveLength(1);
});

it('no copy is put where others may write', () => {
  const embedded = installation(join(open.path, 'native'), '18.4');
  chmodSync(join(embedded, 'bin', 'postgres'), 0o644);
  const staging = join(open.path, 'cache');
  mkdirSync(staging);
  chmodSync(staging, 0o777);
  const search = { embedded, stagingDirectories: [staging], localDirectories: [] };
  expect(() => findPostgres(search)).toThrow(/no PostgreSQL that runs here/);
  expect(readdirSync(staging)).toEqual([]);
});

it('without the package the first local installation that is new enough is taken', () => {
  const localDirectories = [
    join(open.path, 'missing'),
    local(join(open.path, 'a'), '12.20'),
    local(join(open.path, 'b'), '16.1'),
    local(join(open.path, 'c'), '17.2'),
  ];
  const found = findPostgres({ embedded: null, localDirectories });
  expect(found).toMatchObject({ major: 16, version: '16.1', origin: join(open.path, 'b', 'bin') });
});

it('an existing cluster gets the installation of its own major version, wherever that is', () => {
  const embedded = installation(join(open.path, 'native'), '18.4');
  const localDirectories = [local(join(open.path, 'b'), '15.7')];
  expect(findPostgres({ embedded, localDirectories, major: 15 }).version).toBe('15.7');
  expect(() => findPostgres({ embedded, localDirectories, major: 16 })).toThrow(
    /made by PostgreSQL 16, and there is only 18\.4 \(npm package .*\), 15\.7 \(/,
  );
});

it('a development version is read by its major number', () => {
  const localDirectories = [local(join(open.path, 'b'), '19devel')];
  expect(findPostgres({ embedded: null, localDirectories })).toMatchObject({
    major: 19,
    version: '19devel',
  });
});

it('when all are too old or there is none, one line says what to do', () => {
  const localDirectories = [local(join(open.path, 'a'), '9.6.24')];
  expect(() => findPostgres({ embedded: null, localDirectories })).toThrow(
    /^no PostgreSQL that runs here \(too old: 9\.6\.24 .*\): run npm ci, or install PostgreSQL 13 or later, or set DATABASE_URL$/,
  );
});
