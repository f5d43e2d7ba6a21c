import {
  DatabaseRefusedError,
  DatabaseUnreachableError,
  SchemaOutdatedError,
} from './event-store-errors';
import { RUNTIME_ROLE } from './server-options';

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
// 08*: connection exception; 57P0*: shut down, crashed, starting up; 53300: too many connections.
const LOST_SQLSTATE = /^(?:08...|57P0[1-5]|53300)$/;
const LOST_MESSAGE = /connection terminated|timeout exceeded when trying to connect|not queryable/i;

/** The SQLSTATE or the system's error code, where an error carries one. */
export function errorCode(error: unknown): string | undefined {
  return textMember(error, 'code');
}

/** What the server advises, where it does. */
export function errorHint(error: unknown): string | undefined {
  return textMember(error, 'hint');
}

// Not by `instanceof`: an error of the system need not be of the realm that catches it.
function textMember(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const member: unknown = Reflect.get(error, name);
  return typeof member === 'string' ? member : undefined;
}

/** Whether an error says that the connection, not the statement, is at fault. */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof DatabaseUnreachableError) return true;
  const code = errorCode(error);
  if (code !== undefined && (NETWORK_CODES.has(code) || LOST_SQLSTATE.test(code))) return true;
  return LOST_MESSAGE.test(messageOf(error));
}

/**
 * The typed form of an error met while connecting or asking; other errors are given back as they
 * are.
 */
export function asDatabaseError(error: unknown, target: string): unknown {
  if (error instanceof DatabaseUnreachableError) return error;
  if (isConnectionFailure(error)) return new DatabaseUnreachableError(target, error);
  if (messageOf(error).includes(`role "${RUNTIME_ROLE}" does not exist`)) {
    return new SchemaOutdatedError([`role ${RUNTIME_ROLE}`]);
  }
  const remedy = remedyOf(error);
  return remedy === undefined ? error : new DatabaseRefusedError(target, remedy, error);
}

function remedyOf(error: unknown): string | undefined {
  if (messageOf(error).includes('permission denied to set role')) {
    return `let an administrator run: GRANT ${RUNTIME_ROLE} TO <the user of the URL>`;
  }
  const code = errorCode(error);
  if (code === '28P01' || code === '28000') return 'check user and password of the URL';
  if (code === '3D000') return 'create the database first';
  return undefined;
}

function messageOf(error: unknown): string {
  return textMember(error, 'message') ?? '';
}

/** Host, port and database of a URL, without what must not be seen. */
export function describeTarget(url: string): string {
  const rest = url.replace(/^[a-z]+:\/\//, '').replace(/\?.*$/s, '');
  return rest.slice(rest.lastIndexOf('@') + 1) || 'local';
}
