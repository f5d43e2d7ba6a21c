'use strict';
/*
 * node test/support/run-typescript.cjs FILE.ts [ARGUMENT...]
 *
 * Runs a TypeScript file of this repository as a process of its own, without a build: for tests that must kill a
 * process, or that need another user.
 */
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join, resolve } = require('node:path');
const { transformSync } = require('@swc/core');

const root = resolve(__dirname, '..', '..');
const options = {
  sourceMaps: 'inline',
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
};

Module._extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  module._compile(transformSync(source, { ...options, filename, swcrc: false }).code, filename);
};

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function resolveOurs(request, ...rest) {
  const ours = request.startsWith('#') ? join(root, 'libs', request.slice(1), 'index.ts') : request;
  try {
    return resolveFilename.call(this, ours, ...rest);
  } catch (error) {
    // A dynamic import names the file as it will be once it is compiled.
    const source = ours.replace(/^(\.{1,2}\/.*)\.js$/, '$1.ts');
    if (source === ours) throw error;
    return resolveFilename.call(this, source, ...rest);
  }
};

process.argv.splice(1, 1);
require(resolve(process.argv[1]));
