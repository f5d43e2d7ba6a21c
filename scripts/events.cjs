'use strict';
// `npm run docs:events`: the catalogue of events in docs/events, from the registry in libs/contracts.
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');

async function main() {
  await bootstrap({ interop: false, build: false });
  const runner = path.join(root, 'test', 'support', 'run-typescript.cjs');
  const writer = path.join(root, 'test', 'support', 'write-event-documents.ts');
  const { status } = spawnSync(process.execPath, [runner, writer], { cwd: root, stdio: 'inherit' });
  process.exit(status ?? 1);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
