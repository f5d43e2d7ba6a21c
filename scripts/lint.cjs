'use strict';
// `npm run lint`: types, rules, rooms, dead code, format; every part runs, any failure fails.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');
const parts = [
  ['tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['eslint', '.', '--max-warnings', '0'],
  [
    'depcruise',
    'apps',
    'libs',
    'migrations',
    'test',
    'bench',
    'examples',
    '--config',
    '.dependency-cruiser.cjs',
  ],
  ['knip'],
  ['prettier', '--check', '.', '--log-level', 'warn'],
];

function run([tool, ...args]) {
  const started = Date.now();
  const bin = path.join(root, 'node_modules', '.bin', tool);
  const { status } = spawnSync(bin, args, { cwd: root, stdio: 'inherit' });
  const verdict = status === 0 ? 'ok' : 'FAILED';
  process.stderr.write(
    `lint: ${tool} ${verdict} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  );
  return status === 0;
}

async function main() {
  await bootstrap({ interop: true, build: false });
  const only = process.argv.slice(2);
  const chosen = only.length === 0 ? parts : parts.filter(([tool]) => only.includes(tool));
  const results = chosen.map(run);
  process.exit(results.every(Boolean) ? 0 : 1);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
