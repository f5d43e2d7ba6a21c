#!/usr/bin/env node
'use strict';
const path = require('node:path');

const entry = path.join(__dirname, '..', 'dist', 'apps', 'causeway', 'src', 'main.js');
try {
  require.resolve(entry);
} catch {
  process.stderr.write(
    'causeway: not built yet; run "npm ci && npm run build" (npm start does it itself)\n',
  );
  process.exit(1);
}
require(entry);
