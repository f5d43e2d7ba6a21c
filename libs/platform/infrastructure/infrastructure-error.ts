/** Why a database or a bus could not be had. Each refusal is one line that an operator can act on. */
export type InfrastructureRefusal =
  | 'DatabaseUnreachable'
  | 'NatsUnreachable'
  | 'NatsTooOld'
  | 'NatsServerNotFound'
  | 'PostgresNotFound'
  | 'NoServerAccount'
  | 'DataDirectoryUnusable'
  | 'DataDirectoryInUse'
  | 'DataDirectoryOfOtherVersion'
  | 'ServerDidNotStart';

/** Thrown by everything in this folder; `refusal` is for programs, `message` is one line for people. */
export class InfrastructureError extends Error {
  override readonly name = 'InfrastructureError';

  constructor(
    readonly refusal: InfrastructureRefusal,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message.replace(/\s*\n\s*/g, ' ').trim(), options);
  }
}

/**
 * The text of whatever was thrown, in one line. Looks at shapes, not at classes: an error may come from another realm
 * (a worker, a test's sandbox) that has an Error of its own.
 */
export function reasonOf(thrown: unknown): string {
  const several = fieldOf(thrown, 'errors');
  if (Array.isArray(several)) return several.map(reasonOf).join('; ');
  const message = fieldOf(thrown, 'message');
  const text = typeof message === 'string' && message !== '' ? message : String(thrown);
  return text.replace(/\s*\n\s*/g, ' ');
}

/** The `code` that the operating system or PostgreSQL put on an error, if there is one. */
export function codeOf(thrown: unknown): string | undefined {
  const code = fieldOf(thrown, 'code');
  return typeof code === 'string' ? code : undefined;
}

function fieldOf(thrown: unknown, field: string): unknown {
  return typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, field) : undefined;
}
