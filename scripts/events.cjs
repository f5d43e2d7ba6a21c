'use strict';
// `npm run docs:events`: the catalogue of events in docs/events, from the registry in libs/contracts.
const { fail, runProgram } = require('./run-program.cjs');

const needs = { interop: false, build: false };
runProgram(needs, 'test/support/write-event-documents.ts', []).catch(fail);
