'use strict';
// `npm test`: everything, from a bare checkout; closes with one plain line of counts.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { bootstrap } = require('./bootstrap.cjs');

const root = path.join(__dirname, '..');

function runJest(args, report) {
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${report}`, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ? 1 : code)));
}

/** One closing line, whatever happened: suites that could not even load count as one failure each. */
function closingLine(report) {
  const result = JSON.parse(fs.readFileSync(report, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const skipped = result.numPendingTests + result.numTodoTests;
  return {
    failed,
    line: `${result.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  };
}

async function main() {
  await bootstrap({ interop: true, build: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'causeway-test-'));
  const report = path.join(folder, 'report.json');
  try {
    const code = await runJest(process.argv.slice(2), report);
    const { failed, line } = closingLine(report);
    process.stdout.write(`${line}\n`);
    process.exitCode = code === 0 && failed === 0 ? 0 : 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
