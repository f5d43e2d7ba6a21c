'use strict';
// `npm run simulate [-- OPTIONS]`: networks of routing tables, each from a seed.
const { fail, runProgram } = require('./run-program.cjs');

runProgram({ build: false }, 'test/simulation/network/main.ts', process.argv.slice(2)).catch(fail);
