/** The database cannot be reached, or the connection to it broke. Trying again later may help. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';

  constructor(
    /** Host, port and database; never a password. */
    readonly target: string,
    cause: unknown,
  ) {
    super(`database ${target} is unreachable: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * The database answers but does not let us in, or is not fit for use. Somebody has to change
 * something.
 */
export class DatabaseRefusedError extends Error {
  override readonly name = 'DatabaseRefusedError';

  constructor(
    readonly target: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(
      `database ${target} refuses: ${cause === undefined ? '' : reasonOf(cause) + '; '}${remedy}`,
      {
        cause,
      },
    );
  }
}

/** The schema is older than the program. */
export class SchemaOutdatedError extends Error {
  override readonly name = 'SchemaOutdatedError';

  constructor(readonly missing: readonly string[]) {
    super(`database schema is outdated, run the migrations first (missing: ${missing.join(', ')})`);
  }
}

/** The schema is newer than the program: a newer release has been here. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';

  constructor(readonly unknown: readonly string[]) {
    super(`database schema is newer than this program (unknown: ${unknown.join(', ')})`);
  }
}

/** An event that the log could not give back unchanged, or that does not belong to the writer. */
export class UnstorableEventError extends Error {
  override readonly name = 'UnstorableEventError';

  constructor(
    readonly field: string,
    readonly rule: string,
  ) {
    super(`event cannot be stored: ${field} ${rule}`);
  }
}

export type LossReason = 'fenced' | 'connection-lost' | 'lock-lost' | 'append-failed' | 'timeout';

/**
 * A writer is dead. What it staged may or may not be in the log: nobody may go on from its memory,
 * whoever holds the partition next replays.
 */
export class WriterLostError extends Error {
  override readonly name = 'WriterLostError';

  constructor(
    readonly reason: LossReason,
    cause?: unknown,
  ) {
    super(`partition writer lost (${reason})${cause === undefined ? '' : `: ${reasonOf(cause)}`}`, {
      cause,
    });
  }
}

/** A writer was asked for something after its release. */
export class WriterReleasedError extends Error {
  override readonly name = 'WriterReleasedError';

  constructor() {
    super('partition writer was released');
  }
}

/** The database was set up for something else than this configuration says. */
export class SettingConflictError extends Error {
  override readonly name = 'SettingConflictError';

  constructor(
    readonly setting: string,
    readonly stored: string,
    readonly wanted: string,
  ) {
    super(`database was set up with ${setting} "${stored}", the configuration says "${wanted}"`);
  }
}

/** A number of the database does not fit an exact JavaScript number. */
export class InexactNumberError extends Error {
  override readonly name = 'InexactNumberError';

  constructor(readonly text: string) {
    super(`"${text}" is not an integer that a number holds exactly`);
  }
}

function reasonOf(cause: unknown): string {
  // A name with several addresses fails with one error for each and no text of its own.
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return String(cause).replace(/^\w*Error: /, '');
}
