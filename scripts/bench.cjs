'use strict';
// `npm run bench:NAME [-- OPTIONS]`: builds what is measured, then runs bench/NAME.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');

async function main() {
  const [name = '', ...options] = process.argv.slice(2);
  // Some of them measure a historic package beside ours.
  await bootstrap({ interop: ['quote', 'routing'].includes(name), build: true });
  const runner = path.join(root, 'test', 'support', 'run-typescript.cjs');
  const program = path.join(root, 'bench', name, 'main.ts');
  const { status } = spawnSync(
    process.execPath,
    [...process.execArgv, runner, program, ...options],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  process.exit(status ?? 1);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
