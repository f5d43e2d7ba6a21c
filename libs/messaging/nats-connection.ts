import { setTimeout as delay } from 'node:timers/promises';
import { parseNatsUrl, withoutSecrets } from '#platform';
import { connect, ErrorCode, Events, NatsError } from 'nats';
import type { ConnectionOptions, NatsConnection } from 'nats';
import { BusRoundTripError, BusUnreachableError, reasonOf } from './bus-errors';

export interface BusOptions {
  /** `nats://user:password@host:4222`, `nats://token@host`, or several separated by commas. */
  readonly url: string;
  /** Shown by the server's monitoring; the service and its instance. */
  readonly name: string;
  /** How long the first connection may take; afterwards it is restored for ever. */
  readonly connectWithinMs?: number;
  readonly onStatus?: (status: BusStatus) => void;
}

export type BusStatus =
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'reconnected' }
  /** Closed for good, and not by `drain`: nothing will travel any more, the process should go. */
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'error'; readonly reason: string };

const CONNECT_WITHIN_MS = 10_000;
const ATTEMPT_WITHIN_MS = 2_000;
const BETWEEN_ATTEMPTS_MS = 200;
/** A dead link is found after two pings without answer, in 20 to 30 s. */
const PING_INTERVAL_MS = 10_000;
const RECONNECT_WAIT_MS = 200;
const RECONNECT_JITTER_MS = 300;

/**
 * The process's one connection to NATS. Connecting has a deadline, reconnecting has none. What was
 * published while disconnected is lost: whoever needs more repeats.
 */
export class BusConnection {
  private readonly onStatus: (status: BusStatus) => void;
  private connectedNow = true;
  private draining: Promise<void> | undefined;
  private readonly losses = new Set<() => void>();

  private constructor(
    /** For this library only; others use the link, the control client or the publisher. */
    readonly nats: NatsConnection,
    options: BusOptions,
  ) {
    this.onStatus = options.onStatus ?? (() => undefined);
    void this.followStatus();
    void this.followEnd();
  }

  /**
   * Tries until the deadline; refused credentials end it at once.
   * @throws BusUnreachableError
   */
  static async connect(options: BusOptions): Promise<BusConnection> {
    const settings = settingsOf(options);
    const deadline = Date.now() + (options.connectWithinMs ?? CONNECT_WITHIN_MS);
    for (;;) {
      const left = Math.max(1, deadline - Date.now());
      try {
        const timeout = Math.min(left, ATTEMPT_WITHIN_MS);
        return new BusConnection(await connect({ ...settings, timeout }), options);
      } catch (error) {
        if (isFinal(error) || Date.now() + BETWEEN_ATTEMPTS_MS >= deadline) {
          throw new BusUnreachableError(withoutSecrets(options.url), explain(error));
        }
      }
      await delay(BETWEEN_ATTEMPTS_MS);
    }
  }

  /** Whether what is published now has a chance to arrive. */
  get connected(): boolean {
    return this.connectedNow && !this.nats.isClosed();
  }

  /** Calls `listener` whenever the connection is lost; returns how to stop that. */
  onLoss(listener: () => void): () => void {
    this.losses.add(listener);
    return () => this.losses.delete(listener);
  }

  /** Largest message the server takes, bytes. */
  get maxPayloadBytes(): number {
    return this.nats.info?.max_payload ?? 1024 * 1024;
  }

  /**
   * Asks the server and waits for its answer: a readiness check that cannot lie.
   * @returns how long it took, milliseconds
   * @throws BusRoundTripError
   */
  async roundTrip(deadlineMs = 1_000): Promise<number> {
    const started = performance.now();
    const stop = new AbortController();
    const late = delay(deadlineMs, 'late', { signal: stop.signal, ref: false });
    late.catch(() => undefined);
    try {
      const outcome = await Promise.race([this.nats.flush(), late]);
      if (outcome === 'late') throw new BusRoundTripError(deadlineMs);
      return performance.now() - started;
    } catch (error) {
      if (error instanceof BusRoundTripError) throw error;
      throw new BusRoundTripError(deadlineMs);
    } finally {
      stop.abort();
    }
  }

  /** Hands out what has arrived, sends what is queued, closes; gives up after the deadline. Once. */
  drain(deadlineMs = 5_000): Promise<void> {
    this.draining ??= this.drainNow(deadlineMs);
    return this.draining;
  }

  private async drainNow(deadlineMs: number): Promise<void> {
    if (this.nats.isClosed()) return;
    const stop = new AbortController();
    const late = delay(deadlineMs, undefined, { signal: stop.signal });
    late.catch(() => undefined);
    try {
      if (this.connected) await Promise.race([this.nats.drain(), late]);
    } catch (error) {
      this.onStatus({ kind: 'error', reason: explain(error) });
    } finally {
      stop.abort();
    }
    await this.nats.close();
  }

  private async followStatus(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === Events.Disconnect) {
        this.lost();
        if (this.draining === undefined) this.onStatus({ kind: 'disconnected' });
      } else if (status.type === Events.Reconnect) {
        this.connectedNow = true;
        this.onStatus({ kind: 'reconnected' });
      } else if (status.type === Events.Error) {
        this.onStatus({ kind: 'error', reason: JSON.stringify(status.data) });
      }
    }
  }

  private async followEnd(): Promise<void> {
    const ended = await this.nats.closed();
    this.lost();
    if (this.draining !== undefined) return;
    const reason = ended instanceof Error ? explain(ended) : 'it was closed';
    this.onStatus({ kind: 'closed', reason });
  }

  private lost(): void {
    this.connectedNow = false;
    for (const listener of this.losses) listener();
  }
}

function settingsOf(options: BusOptions): ConnectionOptions {
  const { servers, ...credentials } = parseNatsUrl(options.url);
  return {
    servers,
    ...credentials,
    ...(servers.some((server) => server.startsWith('tls:')) ? { tls: {} } : {}),
    name: options.name,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    ignoreAuthErrorAbort: true,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
}

const FINAL: ReadonlySet<string> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.BadAuthentication,
  ErrorCode.InvalidOption,
  ErrorCode.ServerOptionNotAvailable,
]);

function isFinal(error: unknown): boolean {
  return error instanceof NatsError && FINAL.has(error.code);
}

const EXPLAINED: Readonly<Partial<Record<string, string>>> = {
  [ErrorCode.ConnectionRefused]: 'the connection was refused',
  [ErrorCode.AuthorizationViolation]: 'it refused the credentials',
  [ErrorCode.BadAuthentication]: 'it refused the credentials',
  [ErrorCode.Timeout]: 'it did not answer in time',
};

function explain(error: unknown): string {
  const explained = error instanceof NatsError ? EXPLAINED[error.code] : undefined;
  return explained ?? reasonOf(error);
}
