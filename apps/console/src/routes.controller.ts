import { Controller, Get, Param, Query } from '@nestjs/common';
import type { ExplainReply, HeardReply, RoutesReply, ToldReply } from '#contracts';
import { RoutesDesk, type RoutesQuery } from './routes-desk';

/** Where payments go, why, and what peers and we tell each other about it. */
@Controller('api')
export class RoutesController {
  constructor(private readonly desk: RoutesDesk) {}

  /** `?prefix=&after=&limit=`: what leads where; `next` is the `after` of the next page. */
  @Get('routes')
  routes(@Query() query: RoutesQuery): Promise<RoutesReply> {
    return this.desk.routes(query);
  }

  /** `?from=<ledger>&to=<address>&amount=` or `&destinationAmount=`, base units. */
  @Get('routes/explain')
  explain(@Query() query: RoutesQuery): Promise<ExplainReply> {
    return this.desk.explain(query);
  }

  /** What the peer was told of our routes; pages as of `routes`. */
  @Get('peers/:peer/routes/told')
  told(@Param('peer') peer: string, @Query() query: RoutesQuery): Promise<ToldReply> {
    return this.desk.told(peer, query);
  }

  /** What the peer told us; pages as of `routes`. */
  @Get('peers/:peer/routes/heard')
  heard(@Param('peer') peer: string, @Query() query: RoutesQuery): Promise<HeardReply> {
    return this.desk.heard(peer, query);
  }
}
