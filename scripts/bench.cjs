'use strict';
// `npm run bench:NAME [-- OPTIONS]`: builds what is measured, then runs bench/NAME.
const { fail, runProgram } = require('./run-program.cjs');

const [name = '', ...options] = process.argv.slice(2);
// Some of them measure a historic package beside ours.
const interop = ['quote', 'routing'].includes(name);
runProgram({ interop, build: true }, `bench/${name}/main.ts`, options).catch(fail);
