import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  createInbox,
  DeliverPolicy,
  type JetStreamManager,
  type Msg,
  nanos,
  ReplayPolicy,
  type StreamInfo,
} from 'nats';
import { reasonOf } from './bus-errors';
import { isApiError, JETSTREAM, KEY_OPERATION, placeOf } from './jetstream-api';
import type { BusConnection } from './nats-connection';
import { Pull } from './pull';

/** Hears of the keys of a watch, one after the other. */
export interface KeyValueListener {
  /** The bucket is another one: nothing holds that was told so far, and all is told again. */
  onReset(): void;
  /** @param revision grows with every change in the bucket, until a reset */
  onPut(key: string, value: Buffer, revision: number): void;
  onDelete(key: string, revision: number): void;
  /** All that was there is told: at first, after a reset, and whenever the watch has caught up again. */
  onCaughtUp?(): void;
}

export interface KeyValueWatchParts {
  readonly bus: BusConnection;
  readonly stream: string;
  /** What stands before each key in its subject. */
  readonly root: string;
  readonly filter: string;
  /** The stream of the bucket, made if it is not there. */
  readonly findBucket: () => Promise<StreamInfo>;
  readonly listener: KeyValueListener;
}

const BATCH = 256;
/** How long the server waits for a change before we ask again. */
const WAIT_MS = 5_000;
/** The server forgets a watch that nobody has asked for so long. */
const FORGOTTEN_AFTER_MS = 60_000;
const RETRY_MS = 250;
const WITHOUT_BUS_MS = 100;

/**
 * Follows a bucket. It works with a consumer that the server may forget, and that may hand out what
 * never arrives: then another one takes up where the last message left off, or, when the bucket is
 * another one by then, from the beginning, after a reset.
 */
export class KeyValueWatch {
  private readonly logger = new Logger(KeyValueWatch.name);
  private readonly stopping = new AbortController();
  private readonly inbox = createInbox();
  private readonly done: Promise<void>;
  private bucketMade: string | undefined;
  /** Of the last message that was told. */
  private sequence = 0;
  private consumerSequence = 0;
  private failures = 0;
  private settle: () => void = () => undefined;
  /** Resolves when all that was there at the start is told, however long that takes. */
  readonly caughtUp: Promise<void>;

  constructor(private readonly parts: KeyValueWatchParts) {
    this.caughtUp = new Promise((resolve) => (this.settle = resolve));
    this.done = this.run();
  }

  /** Resolves when nothing is told any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private hasStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.hasStopped()) {
      try {
        const consumer = await this.begin();
        this.failures = 0;
        await this.follow(consumer).finally(() => this.forget(consumer));
      } catch (error) {
        this.complain(error);
        await this.rest(RETRY_MS);
      }
    }
  }

  private async begin(): Promise<ConsumerInfo> {
    const { stream, findBucket } = this.parts;
    const { created, state } = await findBucket();
    const isSame = this.bucketMade === created && state.last_seq >= this.sequence;
    const from = isSame ? this.sequence : 0;
    const manager = await this.manager();
    const consumer = await manager.consumers.add(stream, this.config(from));
    if (this.bucketMade !== undefined && !isSame)
      this.tell((listener) => {
        listener.onReset();
      });
    this.bucketMade = created;
    this.sequence = from;
    this.consumerSequence = 0;
    return consumer;
  }

  /** Until it breaks or is stopped. */
  private async follow({ name, num_pending }: ConsumerInfo): Promise<void> {
    if (num_pending === 0) this.catchUp();
    while (!this.hasStopped()) {
      const messages = await this.take(name);
      for (const message of messages) {
        if (this.hasStopped() || !this.receive(message)) return;
      }
      if (messages.length === 0 && !this.hasStopped() && !(await this.isWhole(name))) return;
    }
  }

  private async take(consumer: string): Promise<readonly Msg[]> {
    const { bus, stream } = this.parts;
    const pull = new Pull(bus, {
      subject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
      inbox: this.inbox,
      batch: BATCH,
      waitMs: WAIT_MS,
    });
    return pull.messages(this.stopping.signal);
  }

  /** @returns false if something is missing before it */
  private receive({ subject, data, headers, reply = '' }: Msg): boolean {
    const place = placeOf(reply);
    if (place.consumerSequence !== this.consumerSequence + 1) return false;
    this.consumerSequence = place.consumerSequence;
    this.sequence = place.sequence;
    const key = subject.slice(this.parts.root.length);
    if (headers?.has(KEY_OPERATION) === true) {
      this.tell((listener) => {
        listener.onDelete(key, place.sequence);
      });
    } else {
      const value = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      this.tell((listener) => {
        listener.onPut(key, value, place.sequence);
      });
    }
    if (place.pending === 0) this.catchUp();
    return true;
  }

  /** Whether the consumer is there, and all has arrived that it handed out; waits for the bus. */
  private async isWhole(consumer: string): Promise<boolean> {
    const { bus } = this.parts;
    while (!bus.connected && !this.hasStopped()) await this.rest(WITHOUT_BUS_MS);
    try {
      const { delivered } = await (
        await this.manager()
      ).consumers.info(this.parts.stream, consumer);
      return delivered.consumer_seq === this.consumerSequence;
    } catch (error) {
      const { consumerNotFound, streamNotFound } = JETSTREAM;
      if (isApiError(error, consumerNotFound) || isApiError(error, streamNotFound)) return false;
      // It did not say, so nothing is known.
      await this.rest(RETRY_MS);
      return true;
    }
  }

  private catchUp(): void {
    this.settle();
    this.tell((listener) => {
      listener.onCaughtUp?.();
    });
  }

  private tell(telling: (listener: KeyValueListener) => void): void {
    try {
      telling(this.parts.listener);
    } catch (error) {
      this.logger.error(`a change could not be taken over: ${reasonOf(error)}`);
    }
  }

  /** Ends early when the watch is stopped. */
  private async rest(ms: number): Promise<void> {
    const { signal } = this.stopping;
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }

  private complain(error: unknown): void {
    this.failures += 1;
    if (this.failures === 1) {
      this.logger.warn(`${this.parts.stream} cannot be watched: ${reasonOf(error)}`);
    }
  }

  /** Otherwise the server does it by itself, some time later. */
  private async forget({ name }: ConsumerInfo): Promise<void> {
    const { bus, stream } = this.parts;
    if (!bus.connected) return;
    try {
      await (await this.manager()).consumers.delete(stream, name);
    } catch {
      return;
    }
  }

  /** A bucket keeps one message of each key, so all of them are the newest of each. */
  private config(from: number): Partial<ConsumerConfig> {
    return {
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      deliver_policy: from === 0 ? DeliverPolicy.All : DeliverPolicy.StartSequence,
      ...(from > 0 && { opt_start_seq: from + 1 }),
      filter_subject: this.parts.filter,
      inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
      mem_storage: true,
    };
  }

  private manager(): Promise<JetStreamManager> {
    return this.parts.bus.nats.jetstreamManager({ checkAPI: false });
  }
}
