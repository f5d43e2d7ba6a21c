import type { Msg, Subscription } from 'nats';
import { EMPTY_BATCH_BYTES, entriesOf, LinkBatch, weightOf } from './link-batch';
import type { BusConnection } from './nats-connection';

export interface LinkOptions {
  /** Largest batch, bytes; well under what a nats-server takes (1 MiB unless configured). */
  readonly maxBatchBytes?: number;
  /** Told about everything that went wrong on the link; must not throw. */
  readonly onFault?: (fault: LinkFault) => void;
}

export interface LinkFault {
  /**
   * handler: it threw on an entry, the entries after it were still handed over. malformed: the batch
   * was dropped. publish: the server would not take the batch. subscription: it will not hear any more.
   */
  readonly kind: 'handler' | 'malformed' | 'publish' | 'subscription';
  readonly subject: string;
  readonly error: Error;
}

/** Since the link was made. */
export interface LinkCounters {
  sentBatches: number;
  sentEntries: number;
  sentBytes: number;
  receivedBatches: number;
  receivedEntries: number;
  receivedBytes: number;
  /** Entries that went nowhere: no connection at the time, or the server refused the batch. */
  droppedEntries: number;
  malformedBatches: number;
  handlerFaults: number;
}

/** An entry that no batch can hold. */
export class EntryTooLargeError extends Error {
  override readonly name = 'EntryTooLargeError';

  constructor(
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`an entry of ${bytes} bytes exceeds maxBatchBytes, which leaves ${limit}`);
  }
}

export interface Listening {
  /** Hears what is already on its way, then nothing more. */
  stop(): Promise<void>;
}

const MAX_BATCH_BYTES = 256 * 1024;

/**
 * The hot path. What one turn of the event loop sends to the same subject travels as one NATS
 * message; order per subject is kept. At most once: what finds no connection or no listener is lost,
 * and whoever sent it repeats it when no answer came.
 */
export class BatchedLink {
  readonly counters: LinkCounters = {
    sentBatches: 0,
    sentEntries: 0,
    sentBytes: 0,
    receivedBatches: 0,
    receivedEntries: 0,
    receivedBytes: 0,
    droppedEntries: 0,
    malformedBatches: 0,
    handlerFaults: 0,
  };

  private readonly maxBatchBytes: number;
  private readonly report: (fault: LinkFault) => void;
  private readonly listening = new Set<Subscription>();
  private waiting = new Map<string, LinkBatch>();
  private scheduled = false;

  constructor(
    private readonly bus: BusConnection,
    options: LinkOptions = {},
  ) {
    this.maxBatchBytes = Math.min(options.maxBatchBytes ?? MAX_BATCH_BYTES, bus.maxPayloadBytes);
    this.report = options.onFault ?? (() => undefined);
  }

  /** Whether what is sent now has a chance to arrive, and what others send arrives here. */
  get isConnected(): boolean {
    return this.bus.connected;
  }

  /**
   * Puts an entry on its way; it leaves at the end of this turn of the event loop. The buffer must
   * not change until then.
   * @throws EntryTooLargeError
   */
  send(subject: string, entry: Buffer): void {
    const weight = weightOf(entry);
    const limit = this.maxBatchBytes - EMPTY_BATCH_BYTES;
    if (weight > limit) throw new EntryTooLargeError(entry.length, limit - weight + entry.length);
    let batch = this.waiting.get(subject);
    if (batch === undefined) {
      batch = new LinkBatch();
      this.waiting.set(subject, batch);
    }
    if (batch.bytes + weight > this.maxBatchBytes) this.publish(subject, batch);
    batch.add(entry);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.flushWaiting);
  }

  /** Sends what is waiting without waiting for the end of the turn. */
  flush(): void {
    const batches = this.waiting;
    this.waiting = new Map();
    for (const [subject, batch] of batches) this.publish(subject, batch);
  }

  /**
   * Calls `handler` once per entry, in order, synchronously; entries are slices of what arrived. With
   * `queue` each batch goes to one of the listeners of that name. Whatever the handler throws is
   * contained and reported.
   */
  listen(
    subject: string,
    options: { readonly queue?: string },
    handler: (entry: Buffer) => void,
  ): Listening {
    const subscription = this.bus.nats.subscribe(subject, {
      ...options,
      /* An exception that left this callback would silently end all reading from the server. */
      callback: (error, message) => {
        if (error === null) this.receive(subject, message, handler);
        else this.lose(subject, subscription, error);
      },
    });
    this.listening.add(subscription);
    return { stop: () => this.stopListening(subscription) };
  }

  /** Stops listening everywhere, then sends what the handlers still produced. */
  async close(): Promise<void> {
    await Promise.all([...this.listening].map((subscription) => this.stopListening(subscription)));
    this.flush();
  }

  private readonly flushWaiting = (): void => {
    this.scheduled = false;
    this.flush();
  };

  private publish(subject: string, batch: LinkBatch): void {
    const { count, bytes } = batch;
    const message = batch.take();
    if (!this.bus.connected) {
      this.counters.droppedEntries += count;
      return;
    }
    try {
      this.bus.nats.publish(subject, message);
      this.counters.sentBatches += 1;
      this.counters.sentEntries += count;
      this.counters.sentBytes += bytes;
    } catch (error) {
      this.counters.droppedEntries += count;
      this.fault('publish', subject, error);
    }
  }

  private receive(subject: string, message: Msg, handler: (entry: Buffer) => void): void {
    const { data } = message;
    const batch = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const entries = entriesOf(batch);
    if (entries === undefined) {
      this.counters.malformedBatches += 1;
      this.fault('malformed', subject, new Error(`a message of ${batch.length} bytes is no batch`));
      return;
    }
    this.counters.receivedBatches += 1;
    this.counters.receivedEntries += entries.length;
    this.counters.receivedBytes += batch.length;
    for (const entry of entries) this.handOver(subject, entry, handler);
  }

  private handOver(subject: string, entry: Buffer, handler: (entry: Buffer) => void): void {
    try {
      handler(entry);
    } catch (error) {
      this.counters.handlerFaults += 1;
      this.fault('handler', subject, error);
    }
  }

  private lose(subject: string, subscription: Subscription, error: Error): void {
    this.listening.delete(subscription);
    this.fault('subscription', subject, error);
  }

  private async stopListening(subscription: Subscription): Promise<void> {
    if (!this.listening.delete(subscription)) return;
    if (subscription.isClosed() || this.bus.nats.isClosed()) return;
    if (this.bus.connected) await subscription.drain();
    else subscription.unsubscribe();
  }

  private fault(kind: LinkFault['kind'], subject: string, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    try {
      this.report({ kind, subject, error });
    } catch {
      /* A reporter that throws must not take the link down with it. */
    }
  }
}
