import {
  DiscardPolicy,
  nanos,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import { reasonOf } from './bus-errors';
import { findStream, isApiError, JETSTREAM } from './jetstream-api';
import type { BusConnection } from './nats-connection';

export interface StreamSpec {
  /** Upper case, no dots: `CAUSEWAY_LEDGER`. */
  readonly name: string;
  readonly subjects: readonly string[];
  /** Events older than that are dropped by the server; absent = kept. */
  readonly maxAgeMs?: number;
  /** The oldest events are dropped beyond that; absent = no limit. */
  readonly maxBytes?: number;
  /** Within it a repeated id is stored once. */
  readonly duplicateWindowMs?: number;
}

export interface StreamState {
  readonly messages: number;
  readonly bytes: number;
  /** Sequence numbers are JetStream's own; after the stream was rebuilt they start again. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly createdAt: Date;
}

/** JetStream cannot be used on this server, or does not let us. */
export class StreamUnavailableError extends Error {
  override readonly name = 'StreamUnavailableError';

  constructor(
    readonly stream: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`the JetStream stream ${stream} cannot be used: ${reason}`, options);
  }
}

const DUPLICATE_WINDOW_MS = 120_000;

/** Streams are a copy of the log: made when missing, may be dropped at any time. */
export class EventStreams {
  constructor(private readonly bus: BusConnection) {}

  /**
   * Makes the stream, or adds missing subjects to it; limits of a stream that exists are its
   * operator's and stay. Uses nothing newer than nats-server 2.9.
   * @throws StreamUnavailableError
   */
  async ensure(spec: StreamSpec): Promise<StreamState> {
    return this.guarded(spec.name, async (manager) => {
      const existing = await findStream(manager, spec.name);
      if (existing === undefined) return stateOf(await addOrFind(manager, spec));
      const { subjects } = existing.config;
      const missing = spec.subjects.filter((subject) => !subjects.includes(subject));
      if (missing.length === 0) return stateOf(existing);
      const union = [...subjects, ...missing];
      return stateOf(await manager.streams.update(spec.name, { subjects: union }));
    });
  }

  /** What the stream holds, or undefined if there is none. */
  async state(name: string): Promise<StreamState | undefined> {
    return this.guarded(name, async (manager) => {
      const info = await findStream(manager, name);
      return info === undefined ? undefined : stateOf(info);
    });
  }

  /** Deletes the stream if there is one; `ensure` and a republication bring it back. */
  async drop(name: string): Promise<void> {
    await this.guarded(name, async (manager) => {
      if ((await findStream(manager, name)) !== undefined) await manager.streams.delete(name);
    });
  }

  private async guarded<T>(
    name: string,
    work: (manager: JetStreamManager) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(await this.bus.nats.jetstreamManager());
    } catch (error) {
      throw new StreamUnavailableError(name, reasonOf(error), { cause: error });
    }
  }
}

/** Two processes may find it missing at the same moment. */
async function addOrFind(manager: JetStreamManager, spec: StreamSpec): Promise<StreamInfo> {
  try {
    return await manager.streams.add(configOf(spec));
  } catch (error) {
    if (isApiError(error, JETSTREAM.streamNameInUse)) return manager.streams.info(spec.name);
    throw error;
  }
}

function configOf(spec: StreamSpec): Partial<StreamConfig> {
  return {
    name: spec.name,
    subjects: [...spec.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(spec.maxAgeMs ?? 0),
    max_bytes: spec.maxBytes ?? -1,
    duplicate_window: nanos(spec.duplicateWindowMs ?? DUPLICATE_WINDOW_MS),
  };
}

function stateOf({ state, created }: StreamInfo): StreamState {
  return {
    messages: state.messages,
    bytes: state.bytes,
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    createdAt: new Date(created),
  };
}
