import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../support/fresh-directory';

const ROOT = join(__dirname, '..', '..');
const directory = freshDirectory();

/** Stands for the connector: it takes a moment to drain, and gives up by itself when nobody tells it to end. */
const PROGRAM = `
process.on('SIGTERM', () => setTimeout(() => {
  console.log('drained');
  process.exit();
}, 200));
setTimeout(() => process.exit(3), 20_000);
console.log('running');
`;

describe('a signal to npm reaches what it runs, and npm waits for its end', () => {
  beforeEach(() => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    writeFileSync(join(directory.path, 'package.json'), JSON.stringify({ scripts }));
    mkdirSync(join(directory.path, 'scripts'));
    writeFileSync(join(directory.path, 'scripts', 'run.cjs'), PROGRAM);
  });

  it.each(['start', 'demo'])('npm run %s', async (script) => {
    const npm = spawn('npm', ['run', script], {
      cwd: directory.path,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    npm.stdout.on('data', (part) => {
      said += String(part);
      if (said.includes('running') && !npm.killed) npm.kill('SIGTERM');
    });
    await once(npm, 'close');
    expect(said).toMatch(/running\s+drained\s+$/);
    expect(npm.exitCode).toBe(0);
  });
});
