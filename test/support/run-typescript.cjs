'use strict';
/*
 * node test/support/run-typescript.cjs FILE.ts [ARGUMENT...]
 *
 * Runs a TypeScript file of this repository as a process of its own, without a build: for tests that must kill a
 * process, or that need another user.
 */
const { resolve } = require('node:path');
require('./register-typescript.cjs');

process.argv.splice(1, 1);
require(resolve(process.argv[1]));
