import type { ServerResponse } from 'node:http';
import { HttpException, HttpStatus } from '@nestjs/common';
import { cloudEvent } from '#contracts';
import type { RecordedEvent } from '#eventsourcing';
import { type EventsFeed, type FeedPage } from './events-feed';
import { asOfJson } from './events-json';
import { type FeedPlace, placeText } from './events-query';
import type { EventsWatch } from './events-watch';

export interface StreamLimits {
  /** Streams at once; further ones are refused. */
  readonly streams: number;
  /** A reader that takes nothing for so long is cut off. */
  readonly stallMs: number;
}

/** Events that are read from the log at once for one stream: all the memory that a reader costs. */
const PAGE_EVENTS = 200;
/** Without an event, a line at least this often, so that proxies and readers know we are there. */
const HEARTBEAT_MS = 15_000;
/** How soon a browser should connect again. */
const RETRY_MS = 2_000;
const RETRY_AFTER_S = 5;

/** The reader has gone, or takes nothing. */
class ReaderLostError extends Error {
  override readonly name = 'ReaderLostError';
}

/**
 * Server-sent events straight from the log. The next page is read only when the reader has taken
 * the last one, so a slow reader slows down nobody but himself.
 */
export class EventsStreams {
  private readonly open = new Set<AbortController>();
  private isClosed = false;

  constructor(
    private readonly parts: {
      readonly connector: string;
      readonly feed: EventsFeed;
      readonly watch: EventsWatch;
      readonly limits: StreamLimits;
    },
  ) {}

  get count(): number {
    return this.open.size;
  }

  /**
   * Serves one reader until he goes, the log cannot be read, or `close`. He goes on later by the
   * id of the last event. @throws HttpException 503 when there are too many
   */
  async serve(from: FeedPlace, response: ServerResponse): Promise<void> {
    if (this.isClosed || this.open.size >= this.parts.limits.streams) {
      response.setHeader('retry-after', RETRY_AFTER_S);
      throw new HttpException(
        `all ${this.parts.limits.streams} event streams are taken (limits.feedStreams)`,
        HttpStatus.SERVICE_UNAVAILABLE,
      );
    }
    const ending = new AbortController();
    this.open.add(ending);
    response.once('close', () => {
      ending.abort();
    });
    try {
      const first = await this.parts.feed.page(from, PAGE_EVENTS);
      response.writeHead(HttpStatus.OK, HEADERS);
      await this.follow(first, response, ending.signal);
      response.end();
    } catch (error) {
      if (!response.headersSent) throw error;
      // The reader connects again and goes on where he was.
      response.destroy();
    } finally {
      this.open.delete(ending);
    }
  }

  /** Ends every stream; readers go on elsewhere, by the id of their last event. */
  close(): void {
    this.isClosed = true;
    for (const ending of this.open) ending.abort();
  }

  private async follow(
    first: FeedPage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const { feed, watch, limits } = this.parts;
    const write = (text: string): Promise<void> => written(response, text, limits.stallMs);
    await write(`retry: ${RETRY_MS}\n\n`);
    let told = '';
    let page = first;
    while (!signal.aborted) {
      if (page.events.length > 0) await write(this.eventsText(page));
      if (!page.more) {
        const asOf = asOfText(page);
        await write(asOf === told ? ': nothing new\n\n' : asOf);
        told = asOf;
        await watch.news(page.next, page.asOf, { withinMs: HEARTBEAT_MS, signal });
      }
      page = await feed.page(page.next, PAGE_EVENTS);
    }
  }

  /** Each event with the place behind it, so that a reader may stop after any of them. */
  private eventsText({ events, next }: FeedPage): string {
    const ids = next.kind === 'ledger' ? versions(events) : places(next, events);
    return events
      .map((event, index) => {
        const data = cloudEvent(this.parts.connector, event);
        return `id: ${ids[index] ?? ''}\ndata: ${data}\n\n`;
      })
      .join('');
  }
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

/** Tells a reader who has everything that it is everything, and of when. */
function asOfText({ asOf, next }: FeedPage): string {
  return `event: asOf\nid: ${placeText(next)}\ndata: ${asOfJson(asOf)}\n\n`;
}

function versions(events: readonly RecordedEvent[]): string[] {
  return events.map(({ version }) => String(version));
}

/** Walks back from where the page ends: before its first event each partition was at its start. */
function places(
  next: Extract<FeedPlace, { kind: 'partitions' }>,
  events: readonly RecordedEvent[],
): string[] {
  const at = new Map(next.after);
  for (const { partition, position } of [...events].reverse()) at.set(partition, position - 1);
  return events.map(({ partition, position }) => {
    at.set(partition, position);
    return placeText({ kind: 'partitions', after: at });
  });
}

/** @throws ReaderLostError when the reader has gone or takes nothing for too long */
async function written(response: ServerResponse, text: string, stallMs: number): Promise<void> {
  if (response.destroyed) throw new ReaderLostError('the reader has gone');
  if (response.write(text)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => (): void => {
      clearTimeout(patience);
      response.off('drain', drained);
      response.off('close', gone);
      end();
    };
    const drained = settle(resolve);
    const gone = settle(() => {
      reject(new ReaderLostError('the reader has gone'));
    });
    const stalled = settle(() => {
      reject(new ReaderLostError(`the reader took nothing for ${stallMs} ms`));
    });
    const patience = setTimeout(stalled, stallMs);
    response.once('drain', drained);
    response.once('close', gone);
  });
}
