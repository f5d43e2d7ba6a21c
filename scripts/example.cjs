'use strict';
// `npm run example -- NAME [OPTIONS]`: runs examples/NAME against a connector.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');

async function main() {
  const [name = '', ...options] = process.argv.slice(2);
  const program = path.join(root, 'examples', name, 'main.ts');
  if (!fs.existsSync(program)) throw new Error(`there is no example "${name}"`);
  await bootstrap({ interop: false, build: false });
  const runner = path.join(root, 'test', 'support', 'run-typescript.cjs');
  const { status } = spawnSync(process.execPath, [runner, program, ...options], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
