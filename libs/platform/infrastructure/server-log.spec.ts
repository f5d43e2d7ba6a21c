import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { lastComplaint, logSince, logSize } from './server-log';

const directory = freshDirectory();

const file = (): string => join(directory.path, 'server.log');

it('only what this run has logged is its complaint', () => {
  writeFileSync(file(), 'FATAL: of old\n');
  const from = logSize(file());
  writeFileSync(file(), 'LOG: hello\nFATAL: no room\nLOG: shutting down\n', { flag: 'a' });
  expect(logSince(file(), from)).not.toContain('of old');
  expect(lastComplaint(file(), from)).toBe('FATAL: no room');
});

it('without a complaint the last line must do, and without a line that is said', () => {
  expect(lastComplaint(file(), 0)).toBe('it said nothing');
  writeFileSync(file(), 'LOG: hello\nLOG: goodbye\n\n');
  expect(lastComplaint(file(), 0)).toBe('LOG: goodbye');
});

it('a log that was begun anew meanwhile is read from its beginning', () => {
  writeFileSync(file(), 'x'.repeat(1000));
  const from = logSize(file());
  writeFileSync(file(), 'FATAL: after rotation\n');
  expect(lastComplaint(file(), from)).toBe('FATAL: after rotation');
});
