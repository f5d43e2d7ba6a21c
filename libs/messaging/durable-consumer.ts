import {
  AckPolicy,
  type ConsumerConfig,
  createInbox,
  DeliverPolicy,
  type JetStreamManager,
  type Msg,
  nanos,
  ReplayPolicy,
} from 'nats';
import { reasonOf } from './bus-errors';
import { StreamUnavailableError } from './event-streams';
import { isApiError, JETSTREAM, placeOf } from './jetstream-api';
import type { BusConnection } from './nats-connection';
import { Pull } from './pull';

export interface ConsumerSpec {
  readonly stream: string;
  /** Names the consumer for ever; processes of one name share its events. No dots, no spaces. */
  readonly durable: string;
  /** Only these subjects; absent = all of the stream. */
  readonly filterSubject?: string;
  /** What is not acknowledged within it comes again. */
  readonly ackWaitMs?: number;
  /** Events taken and not yet acknowledged, at most. */
  readonly maxUnacknowledged?: number;
}

/** One event as it came from the stream. */
export interface IncomingEvent {
  readonly subject: string;
  /** JetStream's own; starts again when the stream was made anew. */
  readonly sequence: number;
  readonly payload: Buffer;
  /** Whether it was handed out before and not acknowledged. */
  readonly redelivered: boolean;
  /** It will not come again. Without a connection it will. */
  acknowledge(): void;
}

/** found: it was there; created: it is new, and sees what is published from now on. */
export type ConsumerState = 'found' | 'created' | 'no-stream';

const ACK_WAIT_MS = 30_000;
const MAX_UNACKNOWLEDGED = 1_024;
const BATCH = 256;
const WAIT_MS = 2_000;
const ACKNOWLEDGED = Buffer.from('+ACK');

/**
 * A durable pull consumer with explicit acknowledgement: the server keeps its place while nobody
 * listens. Uses nothing newer than nats-server 2.9, and its plain protocol rather than the client's
 * iterators, which hide whether stream and consumer are still there.
 */
export class DurableConsumer {
  private readonly inbox = createInbox();
  private readonly batch: number;
  private readonly waitMs: number;

  constructor(
    private readonly bus: BusConnection,
    private readonly spec: ConsumerSpec,
    options: { readonly batch?: number; readonly waitMs?: number } = {},
  ) {
    this.batch = options.batch ?? BATCH;
    this.waitMs = options.waitMs ?? WAIT_MS;
  }

  /**
   * Makes the consumer unless it is there. A new one begins with what is published afterwards: what
   * went before is in the log. @throws StreamUnavailableError
   */
  async ensure(): Promise<ConsumerState> {
    const { stream, durable } = this.spec;
    return this.guarded(async (manager) => {
      try {
        await manager.consumers.info(stream, durable);
        return 'found';
      } catch (error) {
        if (isApiError(error, JETSTREAM.streamNotFound)) return 'no-stream';
        if (!isApiError(error, JETSTREAM.consumerNotFound)) throw error;
      }
      return this.create(manager);
    });
  }

  /**
   * Up to a batch of events: as soon as there are some, or none when none came in time. None may
   * also mean that the consumer is gone: `ensure` tells. @throws BusClosedError
   */
  async take(signal?: AbortSignal): Promise<readonly IncomingEvent[]> {
    const { stream, durable } = this.spec;
    const pull = new Pull(this.bus, {
      subject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
      inbox: this.inbox,
      batch: this.batch,
      waitMs: this.waitMs,
    });
    const messages = await pull.messages(signal);
    return messages.map((message) => this.incoming(message));
  }

  /** Deletes the consumer and its place in the stream, if it is there. */
  async remove(): Promise<void> {
    const { stream, durable } = this.spec;
    await this.guarded(async (manager) => {
      try {
        await manager.consumers.delete(stream, durable);
      } catch (error) {
        if (
          !isApiError(error, JETSTREAM.streamNotFound) &&
          !isApiError(error, JETSTREAM.consumerNotFound)
        ) {
          throw error;
        }
      }
    });
  }

  private async create(manager: JetStreamManager): Promise<ConsumerState> {
    try {
      await manager.consumers.add(this.spec.stream, this.config());
      return 'created';
    } catch (error) {
      if (isApiError(error, JETSTREAM.streamNotFound)) return 'no-stream';
      if (isApiError(error, JETSTREAM.consumerNameInUse)) return 'found';
      throw error;
    }
  }

  private config(): Partial<ConsumerConfig> {
    const { durable, filterSubject, ackWaitMs, maxUnacknowledged } = this.spec;
    return {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMs ?? ACK_WAIT_MS),
      deliver_policy: DeliverPolicy.New,
      replay_policy: ReplayPolicy.Instant,
      max_deliver: -1,
      max_ack_pending: maxUnacknowledged ?? MAX_UNACKNOWLEDGED,
      ...(filterSubject === undefined ? {} : { filter_subject: filterSubject }),
    };
  }

  private incoming(message: Msg): IncomingEvent {
    const { subject, data, reply = '' } = message;
    const { delivered, sequence } = placeOf(reply);
    return {
      subject,
      sequence,
      payload: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      redelivered: delivered > 1,
      acknowledge: () => {
        if (this.bus.connected) this.bus.nats.publish(reply, ACKNOWLEDGED);
      },
    };
  }

  private async guarded<T>(work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    try {
      return await work(await this.bus.nats.jetstreamManager());
    } catch (error) {
      throw new StreamUnavailableError(this.spec.stream, reasonOf(error), { cause: error });
    }
  }
}
