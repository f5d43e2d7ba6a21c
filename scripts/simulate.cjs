'use strict';
// `npm run simulate [-- OPTIONS]`: networks of routing tables, each from a seed.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');

async function main() {
  await bootstrap({ build: false });
  const runner = path.join(root, 'test', 'support', 'run-typescript.cjs');
  const program = path.join(root, 'test', 'simulation', 'network', 'main.ts');
  const { status } = spawnSync(process.execPath, [runner, program, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
