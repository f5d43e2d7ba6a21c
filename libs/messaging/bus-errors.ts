/** The bus could not be reached, or refused us, within the time given. The URL in it has no secrets. */
export class BusUnreachableError extends Error {
  override readonly name = 'BusUnreachableError';

  constructor(
    readonly server: string,
    readonly reason: string,
  ) {
    super(`the nats-server at ${server} cannot be used: ${reason}`);
  }
}

/** The bus did not answer in time although we hold a connection, or think so. */
export class BusRoundTripError extends Error {
  override readonly name = 'BusRoundTripError';

  constructor(readonly deadlineMs: number) {
    super(`the nats-server did not answer within ${deadlineMs} ms`);
  }
}

/** The connection is closed or closing: the process is on its way out. */
export class BusClosedError extends Error {
  override readonly name = 'BusClosedError';

  constructor() {
    super('the connection to the bus is closed');
  }
}

/** Nobody listens on the subject; known at once. */
export class NoResponderError extends Error {
  override readonly name = 'NoResponderError';

  constructor(readonly subject: string) {
    super(`nobody answers ${subject}`);
  }
}

/** No answer came in time; whether the question had an effect is unknown. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';

  constructor(
    readonly subject: string,
    readonly deadlineMs: number,
  ) {
    super(`no answer from ${subject} within ${deadlineMs} ms`);
  }
}

/** The other side answered with a refusal. `code` is its `ControlRefusal`'s, or `internal`. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';

  constructor(
    readonly subject: string,
    readonly code: string,
    readonly reason: string,
  ) {
    super(`${subject} refused (${code}): ${reason}`);
  }
}

/** The answer is not what the contract says. */
export class UnreadableReplyError extends Error {
  override readonly name = 'UnreadableReplyError';

  constructor(
    readonly subject: string,
    options?: ErrorOptions,
  ) {
    super(`the answer of ${subject} cannot be read`, options);
  }
}

export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
