import { destination, pino, type DestinationStream, type Logger } from 'pino';
import type { LogSettings } from '../config';

export interface LogIdentity {
  readonly service: string;
  readonly instance: string;
}

/** Members of logged objects that may hold a secret, three levels deep. */
const SECRET_KEYS = [
  'token',
  'tokenSha256',
  'tokenDigest',
  'authorization',
  'password',
  'pass',
  'secret',
  'uri',
  'databaseUrl',
  'natsUrl',
];
const SECRET_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** `scheme://user:password@`, in any text: what URLs carry in errors and messages. */
const CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]+@/gi;

const STDERR = 2;

/**
 * JSON lines on stderr: stdout is for lines that programs read. Written at once, so that the last
 * words of a process are not lost.
 */
export function createLogger(
  identity: LogIdentity,
  level: LogSettings['level'],
  stream: DestinationStream = destination({ fd: STDERR, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { service: identity.service, instance: identity.instance },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '***' },
      hooks: { streamWrite: withoutCredentials },
    },
    stream,
  );
}

/** The same text with the credentials of every URL in it masked. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, '$1***@');
}
