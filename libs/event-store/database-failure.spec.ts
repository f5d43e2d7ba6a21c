import { asDatabaseError, describeTarget, isConnectionFailure } from './database-failure';
import {
  DatabaseRefusedError,
  DatabaseUnreachableError,
  SchemaOutdatedError,
} from './event-store-errors';

const withCode = (code: string, message = 'x'): Error =>
  Object.assign(new Error(message), { code });

test.each([
  ['a refused connection', withCode('ECONNREFUSED')],
  ['a broken pipe', withCode('EPIPE')],
  ['a server that shuts down', withCode('57P01')],
  ['a server that is starting', withCode('57P03')],
  ['too many connections', withCode('53300')],
  ['a connection that ended', new Error('Connection terminated unexpectedly')],
  ['an exhausted pool', new Error('timeout exceeded when trying to connect')],
])('%s is a failure of the connection', (_, error) => {
  expect(isConnectionFailure(error)).toBe(true);
  expect(asDatabaseError(error, 'host/db')).toBeInstanceOf(DatabaseUnreachableError);
});

test.each([
  ['a unique violation', withCode('23505')],
  ['a statement that took too long', withCode('57014')],
  ['an error of ours', new RangeError('no')],
])('%s is not, and stays what it is', (_, error) => {
  expect(isConnectionFailure(error)).toBe(false);
  expect(asDatabaseError(error, 'host/db')).toBe(error);
});

test('one attempt per address of a name is told as one failure', () => {
  const both = Object.assign(
    new AggregateError([new Error('connect ::1'), new Error('connect 127.0.0.1')]),
    { code: 'ECONNREFUSED' },
  );
  expect(asDatabaseError(both, 'localhost/db')).toMatchObject({
    message: 'database localhost/db is unreachable: connect ::1, connect 127.0.0.1',
  });
});

test('a cluster without the runtime role was never migrated', () => {
  const error = withCode('22023', 'role "causeway_runtime" does not exist');
  expect(asDatabaseError(error, 'host/db')).toBeInstanceOf(SchemaOutdatedError);
});

test.each([
  ['28P01', 'password authentication failed', /check user and password/],
  ['3D000', 'database "x" does not exist', /create the database/],
  ['42501', 'permission denied to set role "causeway_runtime"', /GRANT causeway_runtime/],
])('%s %s comes with a remedy', (code, message, remedy) => {
  const error = asDatabaseError(withCode(code, message), 'host/db');
  expect(error).toBeInstanceOf(DatabaseRefusedError);
  expect(String(error)).toMatch(remedy);
});

test.each([
  ['postgres://user:p%40ss@db.example:5432/causeway?sslmode=require', 'db.example:5432/causeway'],
  ['postgresql://user:p@ss@host/db', 'host/db'],
  ['postgres:///causeway?host=/run/postgresql', '/causeway'],
  ['postgres://host/db', 'host/db'],
])('%s is described as %s', (url, described) => {
  expect(describeTarget(url)).toBe(described);
});
