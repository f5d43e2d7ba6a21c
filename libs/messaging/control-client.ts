import { ErrorCode, headers, NatsError, RequestStrategy, type Msg, type MsgHdrs } from 'nats';
import {
  BusClosedError,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  UnreadableReplyError,
} from './bus-errors';
import type { BusConnection } from './nats-connection';

export interface Question<T> {
  readonly deadlineMs: number;
  /** Reads the answer; what it throws becomes the cause of an `UnreadableReplyError`. */
  readonly parse: (answer: unknown) => T;
  /** W3C trace context; handlers find it with `traceparentOf`. */
  readonly traceparent?: string | undefined;
}

/**
 * Asks `@MessagePattern` handlers and tells `@EventPattern` handlers, in the JSON that Nest's NATS
 * transport speaks. Not Nest's own client, because that opens a connection of its own and a
 * subscription per question, has no deadline, and does not notice when there is nobody to answer.
 */
export class ControlClient {
  private questions = 0;

  constructor(private readonly bus: BusConnection) {}

  /**
   * @throws NoResponderError | DeadlineExceededError | RemoteError | UnreadableReplyError |
   *   BusClosedError
   */
  async ask<T>(subject: string, data: unknown, question: Question<T>): Promise<T> {
    const { deadlineMs, parse, traceparent } = question;
    this.questions += 1;
    const packet = JSON.stringify({ pattern: subject, data, id: String(this.questions) });
    const reply = await this.request(subject, packet, { deadlineMs, traceparent });
    const response = responseOf(subject, reply);
    try {
      return parse(response);
    } catch (cause) {
      throw new UnreadableReplyError(subject, { cause });
    }
  }

  /**
   * Asks everybody who listens, for as long as the deadline says: how many there are, nobody knows.
   * Ends at once if there is nobody. Answers that refuse or cannot be read are left out.
   * @throws BusClosedError
   */
  async askAll<T>(
    subject: string,
    data: unknown,
    { deadlineMs, parse }: Question<T>,
  ): Promise<readonly T[]> {
    this.questions += 1;
    const packet = JSON.stringify({ pattern: subject, data, id: String(this.questions) });
    const answers: T[] = [];
    try {
      const options = { maxWait: deadlineMs, strategy: RequestStrategy.Timer };
      for await (const reply of await this.bus.nats.requestMany(subject, packet, options)) {
        const answer = readOr(() => ({ read: parse(responseOf(subject, reply)) }));
        if (answer !== undefined) answers.push(answer.read);
      }
    } catch (error) {
      const failure = typed(error, subject, deadlineMs);
      if (failure instanceof NoResponderError) return [];
      throw failure;
    }
    return answers;
  }

  /** Tells everybody who listens now. Without a connection, or with one that is ending, nobody hears it. */
  announce(subject: string, data: unknown, traceparent?: string): void {
    if (!this.bus.connected || this.bus.nats.isDraining()) return;
    const packet = JSON.stringify({ pattern: subject, data });
    this.bus.nats.publish(subject, packet, traceOf(traceparent));
  }

  private async request(
    subject: string,
    packet: string,
    options: { readonly deadlineMs: number; readonly traceparent: string | undefined },
  ): Promise<Msg> {
    const { deadlineMs: timeout, traceparent } = options;
    try {
      return await this.bus.nats.request(subject, packet, { timeout, ...traceOf(traceparent) });
    } catch (error) {
      throw typed(error, subject, timeout);
    }
  }
}

function traceOf(traceparent: string | undefined): { headers?: MsgHdrs } {
  if (traceparent === undefined) return {};
  const carried = headers();
  carried.set('traceparent', traceparent);
  return { headers: carried };
}

function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const NO_RESPONDERS: string = ErrorCode.NoResponders;
const TIMEOUT: string = ErrorCode.Timeout;
const CLOSED: ReadonlySet<string> = new Set([
  ErrorCode.ConnectionClosed,
  ErrorCode.ConnectionDraining,
]);

function typed(error: unknown, subject: string, deadlineMs: number): unknown {
  if (!(error instanceof NatsError)) return error;
  if (error.code === NO_RESPONDERS) return new NoResponderError(subject);
  if (error.code === TIMEOUT) return new DeadlineExceededError(subject, deadlineMs);
  return CLOSED.has(error.code) ? new BusClosedError() : error;
}

/** What the handler returned, out of the packet `{ response } | { err }`. */
function responseOf(subject: string, reply: Msg): unknown {
  const packet = parsed(subject, reply);
  if (packet.err === undefined || packet.err === null) return packet.response;
  const { err } = packet;
  if (!isObject(err)) throw new RemoteError(subject, 'internal', JSON.stringify(err));
  const code = typeof err.code === 'string' ? err.code : 'internal';
  const reason = typeof err.message === 'string' ? err.message : 'it did not say why';
  throw new RemoteError(subject, code, reason);
}

function parsed(subject: string, reply: Msg): Record<string, unknown> {
  let packet: unknown;
  try {
    packet = reply.json();
  } catch (cause) {
    throw new UnreadableReplyError(subject, { cause });
  }
  if (!isObject(packet)) throw new UnreadableReplyError(subject);
  return packet;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
