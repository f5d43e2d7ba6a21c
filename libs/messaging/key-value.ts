import {
  DiscardPolicy,
  ErrorCode,
  headers,
  type JetStreamManager,
  type MsgHdrs,
  nanos,
  NatsError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import { reasonOf } from './bus-errors';
import { findStream, isApiError, JETSTREAM, KEY_OPERATION } from './jetstream-api';
import {
  BucketUnavailableError,
  InvalidKeyError,
  RevisionConflictError,
  ValueTooLargeError,
} from './key-value-errors';
import { type KeyValueListener, KeyValueWatch } from './key-value-watch';
import type { BusConnection } from './nats-connection';

export interface BucketSpec {
  /** Upper case, no dots: `CAUSEWAY_ROUTES_TEST-CAUSEWAY`. */
  readonly name: string;
  /** Of one value; 512 KiB unless told otherwise, and never more than a message of the bus holds. */
  readonly maxValueBytes?: number;
  /** A stream that says how many copies a cluster keeps; one copy if it does not exist. */
  readonly replicasOf?: string;
  /** How long the server may take to confirm a write. */
  readonly writeWithinMs?: number;
  /** Given: a value is forgotten so long after it was written. */
  readonly keptMs?: number;
  /** Given: of so many values the oldest is forgotten for each further one. */
  readonly maxKeys?: number;
}

const MAX_VALUE_BYTES = 512 * 1024;
/** For the subject and the header beside a value. */
const MESSAGE_OVERHEAD_BYTES = 4_096;
const WRITE_WITHIN_MS = 5_000;
/** What JetStream's buckets bear before their name, so that its tools know them. */
const STREAM_PREFIX = 'KV_';
const DELETED = 'DEL';
const EXPECTED_REVISION = 'Nats-Expected-Last-Subject-Sequence';
const KEY = /^[-/=\w]+(\.[-/=\w]+)*$/;

/**
 * A bucket of JetStream: the newest value under each key, kept in files of the server, for all
 * processes. Two that write the same key at the same time overwrite each other, unless they say
 * which revision they know. Uses nothing newer
 * than nats-server 2.9. What is in it may be lost with the server, and must be a copy of something.
 */
export class KeyValue {
  readonly maxValueBytes: number;

  constructor(
    private readonly bus: BusConnection,
    private readonly spec: BucketSpec,
  ) {
    const wanted = spec.maxValueBytes ?? MAX_VALUE_BYTES;
    this.maxValueBytes = Math.min(wanted, bus.maxPayloadBytes - MESSAGE_OVERHEAD_BYTES);
  }

  /**
   * Makes the bucket unless it is there; how one is kept that exists is its operator's business.
   * @throws BucketUnavailableError
   */
  async ensure(): Promise<void> {
    await this.find();
  }

  /**
   * @returns the revision, which grows with every change in the bucket
   * @throws BucketUnavailableError: whether it was written is unknown
   * @throws RevisionConflictError if the key is at another revision than `expected`, where given; 0
   *   is that of a key that nobody has written
   * @throws InvalidKeyError | ValueTooLargeError
   */
  async put(key: string, value: Buffer, expected?: number): Promise<number> {
    if (value.length > this.maxValueBytes) {
      throw new ValueTooLargeError(key, value.length, this.maxValueBytes);
    }
    return this.write(key, value, expectation(headers(), expected));
  }

  /** Also of a key that is not there. @throws as `put` */
  async delete(key: string, expected?: number): Promise<number> {
    const operation = headers();
    operation.set(KEY_OPERATION, DELETED);
    return this.write(key, Buffer.alloc(0), expectation(operation, expected));
  }

  /**
   * Tells all keys below a prefix (`alice` has `alice.h`; of the whole bucket if empty), then every
   * change, until it is stopped. It waits for a bucket that cannot be used.
   * @throws InvalidKeyError
   */
  watch(prefix: string, listener: KeyValueListener): KeyValueWatch {
    if (prefix !== '') assertKey(prefix);
    const { bus, stream } = this;
    const root = this.subject('');
    const filter = prefix === '' ? `${root}>` : `${root}${prefix}.>`;
    const findBucket = (): Promise<StreamInfo> => this.find();
    return new KeyValueWatch({ bus, stream, root, filter, findBucket, listener });
  }

  private get stream(): string {
    return `${STREAM_PREFIX}${this.spec.name}`;
  }

  private subject(key: string): string {
    return `$KV.${this.spec.name}.${key}`;
  }

  private async write(key: string, value: Buffer, carried: MsgHdrs): Promise<number> {
    assertKey(key);
    return this.guarded(async () => {
      try {
        return await this.publish(key, value, carried);
      } catch (error) {
        if (isApiError(error, JETSTREAM.wrongLastSequence)) {
          throw new RevisionConflictError(key, Number(carried.get(EXPECTED_REVISION)));
        }
        if (!isNoResponder(error)) throw error;
        // Nobody keeps the bucket: it was never made, or was deleted.
        await this.find();
        return this.publish(key, value, carried);
      }
    });
  }

  private async publish(key: string, value: Buffer, carried: MsgHdrs): Promise<number> {
    const { seq } = await this.bus.nats.jetstream().publish(this.subject(key), value, {
      timeout: this.spec.writeWithinMs ?? WRITE_WITHIN_MS,
      headers: carried,
    });
    return seq;
  }

  private find(): Promise<StreamInfo> {
    return this.guarded(async () => {
      const manager = await this.bus.nats.jetstreamManager();
      return (await findStream(manager, this.stream)) ?? this.make(manager);
    });
  }

  private async make(manager: JetStreamManager): Promise<StreamInfo> {
    try {
      return await manager.streams.add(await this.config(manager));
    } catch (error) {
      // Two processes may find it missing at the same moment.
      if (!isApiError(error, JETSTREAM.streamNameInUse)) throw error;
      return manager.streams.info(this.stream);
    }
  }

  private async config(manager: JetStreamManager): Promise<Partial<StreamConfig>> {
    const { replicasOf, keptMs, maxKeys } = this.spec;
    const pattern = replicasOf === undefined ? undefined : await findStream(manager, replicasOf);
    return {
      name: this.stream,
      subjects: [this.subject('>')],
      max_msgs_per_subject: 1,
      max_msg_size: this.maxValueBytes + MESSAGE_OVERHEAD_BYTES,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: maxKeys === undefined ? DiscardPolicy.New : DiscardPolicy.Old,
      ...(maxKeys !== undefined && { max_msgs: maxKeys }),
      ...(keptMs !== undefined && { max_age: nanos(keptMs) }),
      num_replicas: pattern?.config.num_replicas ?? 1,
      deny_delete: true,
      allow_rollup_hdrs: true,
      allow_direct: true,
    };
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof BucketUnavailableError) throw error;
      if (error instanceof RevisionConflictError) throw error;
      throw new BucketUnavailableError(this.spec.name, reasonOf(error), { cause: error });
    }
  }
}

function expectation(carried: MsgHdrs, expected: number | undefined): MsgHdrs {
  if (expected !== undefined) carried.set(EXPECTED_REVISION, String(expected));
  return carried;
}

function assertKey(key: string): void {
  if (!KEY.test(key)) throw new InvalidKeyError(key);
}

const NO_RESPONDERS: string = ErrorCode.NoResponders;

function isNoResponder(error: unknown): boolean {
  return error instanceof NatsError && error.code === NO_RESPONDERS;
}
