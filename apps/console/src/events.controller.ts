import { BadRequestException, Controller, Get, Query } from '@nestjs/common';
import { eventJson } from '#contracts';
import { EventReader } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import { pageLimit, partitionNumber, place } from './page-query';

/** The log itself, from any place: of one partition by position, or of one ledger by version. */
@Controller('api/events')
export class EventsController {
  constructor(private readonly reader: EventReader) {}

  @Get()
  async page(
    @Query('partition') partition?: string,
    @Query('ledger') ledger?: string,
    @Query('after') after?: string,
    @Query('limit') limit?: string,
  ): Promise<unknown> {
    const from = place('after', after);
    const events = await collect(this.read({ partition, ledger, from, limit: pageLimit(limit) }));
    return { events: events.map(eventJson) };
  }

  private read(query: {
    readonly partition: string | undefined;
    readonly ledger: string | undefined;
    readonly from: number;
    readonly limit: number;
  }): AsyncGenerator<RecordedEvent> {
    const { from, limit } = query;
    if (query.ledger !== undefined && query.partition === undefined) {
      return this.reader.readLedger({ ledgerId: query.ledger, afterVersion: from, limit });
    }
    if (query.partition !== undefined && query.ledger === undefined) {
      const partition = partitionNumber(query.partition);
      return this.reader.readPartition({ partition, afterPosition: from, limit });
    }
    throw new BadRequestException(
      'give either partition (after = position) or ledger (after = version)',
    );
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
