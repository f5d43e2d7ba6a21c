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

/** The text of whatever was thrown, in one line. */
export function reasonOf(thrown: unknown): string {
  const reasons: unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  return reasons
    .map((reason) => (reason instanceof Error ? reason.message || reason.name : String(reason)))
    .join('; ')
    .replace(/\s*\n\s*/g, ' ');
}

/** The `code` that the operating system or PostgreSQL put on an error, if there is one. */
export function codeOf(thrown: unknown): string | undefined {
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0]);
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
