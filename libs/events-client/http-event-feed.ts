import { z } from 'zod';
import type { EventFeed, FeedPage } from './event-feed';
import { readCloudEvent } from './log-event';

export interface HttpFeedOptions {
  /** Of the console, as `http://127.0.0.1:7780`. */
  readonly url: string;
  /** `console.token` of the connector. */
  readonly token: string;
  readonly pageEvents?: number;
  readonly timeoutMs?: number;
}

/** The console did not answer, or not with what was asked for. */
export class FeedUnavailableError extends Error {
  override readonly name = 'FeedUnavailableError';

  constructor(
    readonly path: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`the console does not serve ${path}: ${reason}`, options);
  }
}

const PAGE_EVENTS = 500;
const TIMEOUT_MS = 15_000;

const asOfShape = z.record(z.string().regex(/^\d{1,5}$/), z.int().min(0));
const headsShape = z.object({ asOf: asOfShape });
const pageShape = z.object({ events: z.array(z.unknown()), asOf: asOfShape, more: z.boolean() });

/** `GET /api/events` of a console. Every method throws FeedUnavailableError. */
export class HttpEventFeed implements EventFeed {
  constructor(private readonly options: HttpFeedOptions) {}

  async heads(signal?: AbortSignal): Promise<ReadonlyMap<number, number>> {
    const path = '/api/events/heads';
    return positions(this.read(path, headsShape, await this.get(path, signal)).asOf);
  }

  partition(partition: number, after: number, signal?: AbortSignal): Promise<FeedPage> {
    return this.page({ partition: String(partition), after: String(after) }, signal);
  }

  /** Events of one ledger after a version. */
  ledger(ledgerId: string, afterVersion: number, signal?: AbortSignal): Promise<FeedPage> {
    return this.page({ ledger: ledgerId, after: String(afterVersion) }, signal);
  }

  private async page(
    query: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<FeedPage> {
    const limit = String(this.options.pageEvents ?? PAGE_EVENTS);
    const path = `/api/events?${new URLSearchParams({ ...query, limit }).toString()}`;
    const { events, asOf, more } = this.read(path, pageShape, await this.get(path, signal));
    return { events: events.map(readCloudEvent), asOf: positions(asOf), more };
  }

  private read<T>(path: string, shape: z.ZodType<T>, answer: unknown): T {
    const parsed = shape.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new FeedUnavailableError(path, z.prettifyError(parsed.error));
  }

  private async get(path: string, signal: AbortSignal | undefined): Promise<unknown> {
    const { url, token, timeoutMs } = this.options;
    const late = AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await fetch(new URL(path, url), {
        headers: { authorization: `Bearer ${token}` },
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      });
      if (response.ok) return await response.json();
      throw new FeedUnavailableError(path, `HTTP ${response.status}`);
    } catch (cause) {
      if (cause instanceof FeedUnavailableError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FeedUnavailableError(path, reason, { cause });
    }
  }
}

function positions(asOf: Readonly<Record<string, number>>): Map<number, number> {
  return new Map(
    Object.entries(asOf).map(([partition, position]) => [Number(partition), position]),
  );
}
