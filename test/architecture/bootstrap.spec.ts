import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/processes';
import { freshDirectory } from '../support/fresh-directory';

const bootstrapScript = join(__dirname, '..', '..', 'scripts', 'bootstrap.cjs');
const directory = freshDirectory();

/** Stands for npm and for the compiler: each use is noted, takes a moment, and leaves what the real one would. */
const FAKE_NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
setTimeout(() => {
  if (fs.existsSync('npm.fails')) process.exit(7);
  fs.mkdirSync('node_modules/typescript/bin', { recursive: true });
  fs.writeFileSync('node_modules/typescript/package.json', '{}');
  fs.writeFileSync('node_modules/typescript/bin/tsc', \`
    const fs = require('node:fs');
    fs.appendFileSync('tsc.log', 'built\\\\n');
    fs.mkdirSync('dist/migrations', { recursive: true });
    for (const name of fs.readdirSync('migrations')) fs.writeFileSync('dist/migrations/' + name, '');
  \`);
  fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
}, 400);
`;

beforeEach(() => {
  writeFileSync(at('npm-cli.js'), FAKE_NPM);
  lock('1.0.0');
  mkdirSync(at('migrations'));
  writeFileSync(at('migrations/first.ts'), '');
});

function at(...path: string[]): string {
  return join(directory.path, ...path);
}

function lock(version: string): void {
  const packages = { 'node_modules/typescript': { version } };
  writeFileSync(at('package-lock.json'), JSON.stringify({ packages }));
}

function uses(tool: 'npm' | 'tsc'): number {
  const log = at(`${tool}.log`);
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0;
}

function begin(): ChildProcess {
  const options = JSON.stringify({ root: directory.path });
  const program = `require(${JSON.stringify(bootstrapScript)}).bootstrap(${options})
    .catch((error) => { process.stderr.write(error.message); process.exit(1); })`;
  return spawn(process.execPath, ['-e', program], {
    env: { PATH: process.env.PATH, CI: 'true', npm_execpath: at('npm-cli.js') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function bootstrap(): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = begin();
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (text: Buffer) => (said.stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (said.stderr += text.toString()));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, ...said };
}

it('a bare checkout is installed and built, and the second time nothing is done or said', async () => {
  const first = await bootstrap();
  expect(first).toMatchObject({ code: 0, stdout: '' });
  expect([uses('npm'), uses('tsc')]).toEqual([1, 1]);
  expect(readFileSync(at('npm.log'), 'utf8')).toMatch(/^ci .*--ignore-scripts/);
  expect(await bootstrap()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect([uses('npm'), uses('tsc')]).toEqual([1, 1]);
});

it('another lockfile is installed anew, a changed source only built', async () => {
  await bootstrap();
  writeFileSync(at('migrations/first.ts'), 'export {};');
  await bootstrap();
  expect([uses('npm'), uses('tsc')]).toEqual([1, 2]);
  lock('2.0.0');
  await bootstrap();
  expect([uses('npm'), uses('tsc')]).toEqual([2, 3]);
});

it('what somebody installed by hand counts when it corresponds to the lockfile, and only then', async () => {
  await bootstrap();
  rmSync(at('node_modules/.bootstrap-stamp'));
  await bootstrap();
  expect(uses('npm')).toBe(1);
  rmSync(at('node_modules/.bootstrap-stamp'));
  rmSync(at('node_modules/typescript/package.json'));
  await bootstrap();
  expect(uses('npm')).toBe(2);
});

it('the output of a source that is gone does not stay', async () => {
  writeFileSync(at('migrations/second.ts'), '');
  await bootstrap();
  expect(existsSync(at('dist/migrations/second.ts'))).toBe(true);
  rmSync(at('migrations/second.ts'));
  await bootstrap();
  expect(existsSync(at('dist/migrations/second.ts'))).toBe(false);
});

it('of several at once one works and the others wait for it', async () => {
  const results = await Promise.all([bootstrap(), bootstrap(), bootstrap()]);
  expect(results.map((result) => result.code)).toEqual([0, 0, 0]);
  expect([uses('npm'), uses('tsc')]).toEqual([1, 1]);
});

it('one that was killed leaves no lock, but its npm is waited for', async () => {
  const killed = begin();
  await eventually('npm runs', () => uses('npm') === 1);
  killed.kill('SIGKILL');
  await once(killed, 'close');
  expect(await bootstrap()).toMatchObject({ code: 0 });
  expect(uses('npm')).toBe(1);
});

it('a failure is one clear line and an exit code, and is tried again', async () => {
  writeFileSync(at('npm.fails'), '');
  const failed = await bootstrap();
  expect(failed).toMatchObject({ code: 1, stdout: '' });
  expect(failed.stderr).toMatch(/npm-cli\.js ci .* failed: exit code 7$/);
  rmSync(at('npm.fails'));
  expect(await bootstrap()).toMatchObject({ code: 0 });
});
