import { type JetStreamManager, NatsError, type StreamInfo } from 'nats';

/** Codes by which JetStream says what is wrong. */
export const JETSTREAM = {
  streamNotFound: 10059,
  streamNameInUse: 10058,
  consumerNotFound: 10014,
  consumerNameInUse: 10013,
  wrongLastSequence: 10071,
} as const;

/** Header of a message in a bucket that takes a key away instead of giving it a value. */
export const KEY_OPERATION = 'KV-Operation';

export function isApiError(error: unknown, code: number): boolean {
  return error instanceof NatsError && error.api_error?.err_code === code;
}

/** Undefined if there is no such stream. */
export async function findStream(
  manager: JetStreamManager,
  name: string,
): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (isApiError(error, JETSTREAM.streamNotFound)) return undefined;
    throw error;
  }
}

/** Where a message that JetStream handed out stands, as its reply subject says. */
export interface MessagePlace {
  /** How often it was handed out, this time included. */
  readonly delivered: number;
  /** In the stream. */
  readonly sequence: number;
  /** Counts what the consumer has handed out. */
  readonly consumerSequence: number;
  /** How many more there are for the consumer. */
  readonly pending: number;
}

/** Tokens of `$JS.ACK.<stream>.<consumer>.<delivered>.…`, without the ones of a domain. */
const PLAIN_TOKENS = 9;
const DOMAIN_TOKENS = 2;

/** Of `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<delivered>.<sequence>.<…>.<time>.<left>…`. */
export function placeOf(reply: string): MessagePlace {
  const tokens = reply.split('.');
  const skipped = 4 + (tokens.length > PLAIN_TOKENS ? DOMAIN_TOKENS : 0);
  const [delivered, sequence, consumerSequence, , pending] = tokens.slice(skipped).map(Number);
  return {
    delivered: delivered ?? NaN,
    sequence: sequence ?? NaN,
    consumerSequence: consumerSequence ?? NaN,
    pending: pending ?? NaN,
  };
}
