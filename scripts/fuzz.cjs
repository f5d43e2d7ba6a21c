'use strict';
// `npm run fuzz [-- OPTIONS]`: builds the connector, then shows it broken frames.
const { fail, runProgram } = require('./run-program.cjs');

runProgram({ interop: true, build: true }, 'test/fuzz/main.ts', process.argv.slice(2)).catch(fail);
