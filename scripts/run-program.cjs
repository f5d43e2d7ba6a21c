'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');

/**
 * Runs a TypeScript program of this repository, once what it needs is there, and ends as it ends.
 * @param needs as `bootstrap` takes them
 * @param program its file, below the root
 */
async function runProgram(needs, program, options) {
  await bootstrap(needs);
  const runner = path.join(root, 'test', 'support', 'run-typescript.cjs');
  const args = [...process.execArgv, runner, path.join(root, program), ...options];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  process.exit(status ?? 1);
}

/** Ends with a reason instead of a stack. */
function fail(error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

module.exports = { fail, runProgram };
