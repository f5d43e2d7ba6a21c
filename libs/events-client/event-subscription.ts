import { setTimeout as sleep } from 'node:timers/promises';
import { eventStream } from '#contracts';
import { BusConnection, type ConsumerState, DurableConsumer, type IncomingEvent } from '#messaging';
import type { EventFeed } from './event-feed';
import { FeedUnavailableError } from './http-event-feed';
import { type LogEvent, parseCloudEvent, UnreadableCloudEventError } from './log-event';
import type { Fold, PositionStore } from './position-store';
import { Progress } from './progress';
import type { SubscriptionObserver } from './subscription-observer';

export interface SubscriptionOptions<Context> {
  /** The connector's address with dashes for its dots. */
  readonly connector: string;
  /** Names the durable consumer on the stream: letters, digits, dash, underscore. */
  readonly name: string;
  readonly natsUrl: string;
  readonly feed: EventFeed;
  readonly store: PositionStore<Context>;
  readonly fold: Fold<Context>;
  readonly observer?: SubscriptionObserver;
  readonly limits?: Partial<SubscriptionLimits>;
}

export interface SubscriptionLimits {
  /** Events that are taken from the stream at once. */
  readonly batchEvents: number;
  /** What is not folded within it comes again; longer than a batch takes. */
  readonly ackWaitMs: number;
  /** How long to wait for an event before looking whether the stream is still there. */
  readonly waitMs: number;
  /** How often to look whether the log holds something that the stream did not bring. */
  readonly checkEveryMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

const DEFAULTS: SubscriptionLimits = {
  batchEvents: 256,
  ackWaitMs: 30_000,
  waitMs: 2_000,
  checkEveryMs: 10_000,
  retryMinMs: 250,
  retryMaxMs: 15_000,
};

/**
 * Follows the events of a connector and folds each of them exactly once, in the order of its
 * partition, whatever becomes of the stream: what it has not, the feed has. Runs until `stop`; a
 * failure, that of the fold included, is tried again for ever and told to the observer.
 */
export class EventSubscription<Context> {
  private readonly limits: SubscriptionLimits;
  private readonly observer: SubscriptionObserver;
  private readonly consumer: DurableConsumer;
  private readonly progress: Progress<Context>;
  private readonly stopping = new AbortController();
  private readonly done: Promise<void>;
  private state: ConsumerState = 'found';
  /** Whether the log may hold something that the stream will never bring. */
  private isBehind = true;
  private lookAgainAt = 0;
  private failures = 0;

  private constructor(
    private readonly bus: BusConnection,
    { connector, name, feed, store, fold, ...options }: SubscriptionOptions<Context>,
  ) {
    this.limits = { ...DEFAULTS, ...options.limits };
    this.observer = options.observer ?? {};
    const { ackWaitMs, batchEvents: batch, waitMs } = this.limits;
    const spec = { stream: eventStream(connector).name, durable: name, ackWaitMs };
    this.consumer = new DurableConsumer(bus, spec, { batch, waitMs });
    this.progress = new Progress({ store, feed, fold, observer: this.observer });
    this.done = this.run();
  }

  /** @throws BusUnreachableError when there is no nats-server to begin with */
  static async start<Context>(
    options: SubscriptionOptions<Context>,
  ): Promise<EventSubscription<Context>> {
    const { natsUrl: url, name } = options;
    return new EventSubscription(await BusConnection.connect({ url, name }), options);
  }

  /** Last position that is folded, by partition. */
  get positions(): ReadonlyMap<number, number> {
    return this.progress.positions;
  }

  /** Finishes what is being folded, and returns. The durable consumer stays, for the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
    await this.bus.drain();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      try {
        await this.session(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        await this.pauseAfter(error, signal);
      }
    }
  }

  /** Until the signal, or something fails. The consumer comes first: what it misses is in the log by then. */
  private async session(signal: AbortSignal): Promise<void> {
    await this.progress.recall();
    this.isBehind = true;
    this.lookAgainAt = 0;
    await this.ensureConsumer();
    while (!signal.aborted) {
      await this.lookAround(signal);
      const taken = await this.next(signal);
      await this.fold(taken, signal);
      if (taken.length === 0) await this.ensureConsumer();
      this.failures = 0;
    }
  }

  private async next(signal: AbortSignal): Promise<readonly IncomingEvent[]> {
    if (this.state !== 'no-stream') return this.consumer.take(signal);
    await this.pause(this.limits.waitMs, signal);
    return [];
  }

  private async fold(taken: readonly IncomingEvent[], signal: AbortSignal): Promise<void> {
    const isWhole = await this.progress.take(this.read(taken), signal);
    if (isWhole) for (const event of taken) event.acknowledge();
  }

  private async ensureConsumer(): Promise<void> {
    const before = this.state;
    this.state = await this.consumer.ensure();
    if (this.state === 'created') this.observer.consumerCreated?.();
    if (this.state === 'no-stream' && before !== 'no-stream') this.observer.streamMissing?.();
    if (this.state === 'found') return;
    // A new consumer has missed what was published before, and without a stream all is missed.
    this.isBehind = true;
    this.lookAgainAt = 0;
  }

  /**
   * What the log has and the stream has not brought. A feed that is not there for a while does not
   * keep the stream from being folded.
   */
  private async lookAround(signal: AbortSignal): Promise<void> {
    const { checkEveryMs, waitMs } = this.limits;
    if (performance.now() < this.lookAgainAt) return;
    try {
      if (this.isBehind) await this.progress.catchUp(signal);
      else await this.progress.catchUpOverdue(signal);
      this.isBehind = false;
      this.lookAgainAt = performance.now() + checkEveryMs;
    } catch (error) {
      if (!(error instanceof FeedUnavailableError) || signal.aborted) throw error;
      this.lookAgainAt = performance.now() + waitMs;
      this.observer.retrying?.(error, waitMs);
    }
  }

  private read(taken: readonly IncomingEvent[]): LogEvent[] {
    return taken.flatMap(({ payload }) => {
      try {
        return [parseCloudEvent(payload)];
      } catch (error) {
        if (!(error instanceof UnreadableCloudEventError)) throw error;
        // Were it an event of the log all the same, it is missed by its position.
        this.observer.unreadable?.(error);
        return [];
      }
    });
  }

  private async pauseAfter(error: unknown, signal: AbortSignal): Promise<void> {
    const { retryMinMs, retryMaxMs } = this.limits;
    const longest = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(this.failures, 16));
    this.failures += 1;
    const pauseMs = Math.round(longest * (0.5 + Math.random() / 2));
    this.observer.retrying?.(error, pauseMs);
    await this.pause(pauseMs, signal);
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
