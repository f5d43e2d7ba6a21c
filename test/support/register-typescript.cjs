'use strict';
// TypeScript of this repository can be required from here on, compiled as it is needed, without a build.
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

/** What is made of the source of a file before it is compiled, by its name. */
const alterations = new Map();
const compiled = new Map();

function compile(filename, source) {
  return transformSync(source, { ...options, filename, swcrc: false }).code;
}

Module._extensions['.ts'] = (module, filename) => {
  const alter = alterations.get(filename);
  let code = compiled.get(filename);
  if (alter !== undefined) code = compile(filename, alter(readFileSync(filename, 'utf8')));
  else if (code === undefined) {
    code = compile(filename, readFileSync(filename, 'utf8'));
    compiled.set(filename, code);
  }
  module._compile(code, filename);
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

module.exports = { alterations };
