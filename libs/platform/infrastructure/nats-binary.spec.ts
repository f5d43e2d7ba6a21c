import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { findNatsServer, isNatsNewEnough } from './nats-binary';
import { fetchNatsServer } from './nats-fetch';

const directory = freshDirectory();

function natsServer(name: string, version: string): string {
  const place = join(directory.path, name);
  mkdirSync(place, { recursive: true });
  const script = `#!/bin/sh\necho "nats-server: ${version}"\n`;
  writeFileSync(join(place, 'nats-server'), script, { mode: 0o755 });
  return place;
}

it.each([
  ['2.9.0', true],
  ['v2.9.10', true],
  ['2.12.0-beta.1', true],
  ['3.0.0', true],
  ['2.8.99', false],
  ['1.9.9', false],
  ['unknown', false],
])('%s is new enough: %s', (version, enough) => {
  expect(isNatsNewEnough(version)).toBe(enough);
});

it('the first nats-server that is new enough is taken, and says where it is', () => {
  const places = [
    join(directory.path, 'none'),
    natsServer('a', 'v2.8.4'),
    natsServer('b', 'v2.10.3'),
  ];
  const command = join(directory.path, 'b', 'nats-server');
  expect(findNatsServer(places)).toEqual({ command, version: '2.10.3', origin: command });
});

it('something of that name that does not run is passed over', () => {
  const place = natsServer('a', 'v2.10.3');
  writeFileSync(join(place, 'nats-server'), 'exit 1', { mode: 0o644 });
  expect(findNatsServer([place])).toBeUndefined();
});

it('when all are too old, one line says so', () => {
  expect(() => findNatsServer([natsServer('a', 'v2.8.4')])).toThrow(
    /^\S+a\/nats-server is nats-server 2\.8\.4, and 2\.9\.0 or later is needed$/,
  );
});

it('one that was fetched before is used again without asking anybody', async () => {
  natsServer('cache/nats-server/usr/sbin', 'v2.9.10');
  const log: string[] = [];
  const found = await fetchNatsServer({
    cacheDirectories: [join(directory.path, 'other'), join(directory.path, 'cache')],
    log: (line) => log.push(line),
  });
  expect(found).toMatchObject({
    version: '2.9.10',
    command: join(directory.path, 'cache/nats-server/usr/sbin/nats-server'),
  });
  expect(log).toEqual([]);
});
