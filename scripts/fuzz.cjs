'use strict';
// `npm run fuzz [-- OPTIONS]`: builds the connector, then shows it broken frames.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');

async function main() {
  await bootstrap({ interop: true, build: true });
  const runner = path.join(root, 'test', 'support', 'run-typescript.cjs');
  const program = path.join(root, 'test', 'fuzz', 'main.ts');
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
