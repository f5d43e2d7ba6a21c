'use strict';
// `npm start` and `npm run demo` on whatever checkout: install and build when needed, then run.
const { bootstrap } = require('./bootstrap.cjs');

async function main() {
  const command = process.argv[2];
  await bootstrap({ interop: command === 'demo', build: true });
  require('../bin/causeway.cjs');
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
