import { ServerResponse } from 'node:http';
import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#platform';
import { EventsFeed } from './events-feed';
import { asOfJson, pageJson } from './events-json';
import { feedPlace } from './events-query';
import { EventsStreams } from './events-streams';
import { pageLimit } from './page-query';

/**
 * The log itself, from any place, as CloudEvents: pages of JSON, or a stream for whoever accepts
 * `text/event-stream`. Every answer says as of which positions it is complete.
 */
@Controller('api/events')
export class EventsController {
  constructor(
    private readonly feed: EventsFeed,
    private readonly streams: EventsStreams,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Get()
  async events(
    @Query() query: Readonly<Record<string, unknown>>,
    @Headers() headers: Readonly<Record<string, string | undefined>>,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const { connector, limits } = this.configuration;
    const isStream = headers.accept?.includes('text/event-stream') === true;
    const asked = {
      partition: textOf(query.partition),
      ledger: textOf(query.ledger),
      after: textOf(query.after),
      ...(isStream ? { lastEventId: headers['last-event-id'] } : {}),
    };
    const from = feedPlace(asked, limits.partitions);
    if (isStream) {
      await this.streams.serve(from, response);
      return;
    }
    const page = await this.feed.page(from, pageLimit(textOf(query.limit)));
    sendJson(response, pageJson(connector.slug, page));
  }

  /** Last position of every partition: what a subscriber has to have reached to have everything. */
  @Get('heads')
  async heads(@Res() response: ServerResponse): Promise<void> {
    sendJson(response, `{"asOf":${asOfJson(await this.feed.heads())}}`);
  }
}

function sendJson(response: ServerResponse, text: string): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(text);
}

/** A parameter that is given twice, or as a structure, is no text. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return '';
}
