'use strict';
// `npm run example -- NAME [OPTIONS]`: runs examples/NAME against a connector.
const fs = require('node:fs');
const path = require('node:path');
const { fail, runProgram } = require('./run-program.cjs');

const [name = '', ...options] = process.argv.slice(2);
const program = `examples/${name}/main.ts`;
if (fs.existsSync(path.join(__dirname, '..', program))) {
  runProgram({ interop: false, build: false }, program, options).catch(fail);
} else fail(new Error(`there is no example "${name}"`));
