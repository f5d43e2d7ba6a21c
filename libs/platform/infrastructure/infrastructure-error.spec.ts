import { InfrastructureError, codeOf, reasonOf } from './infrastructure-error';
import { explained } from './running-server';

it('a refusal is always one line', () => {
  const error = new InfrastructureError('ServerDidNotStart', 'first\n  second\n');
  expect(error.message).toBe('first second');
});

it('what several addresses answered is told in one line', () => {
  const errors = [new Error('connect ECONNREFUSED ::1:5432'), new Error('connect\ntimed out')];
  expect(reasonOf(new AggregateError(errors))).toBe(
    'connect ECONNREFUSED ::1:5432; connect timed out',
  );
  expect(reasonOf('a text')).toBe('a text');
});

it('a code is read from any shape of error, and only if it is a text', () => {
  expect(codeOf({ code: 'EACCES' })).toBe('EACCES');
  expect(codeOf({ code: 7 })).toBeUndefined();
  expect(codeOf(undefined)).toBeUndefined();
});

it('what the file system refuses names the data directory; a fault of ours stays what it is', () => {
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(explained('/data', refused)).toMatchObject({
    refusal: 'DataDirectoryUnusable',
    message: 'the data directory /data cannot be used by this user: EACCES: permission denied',
  });
  const fault = new TypeError('undefined is not a function');
  expect(explained('/data', fault)).toBe(fault);
});
