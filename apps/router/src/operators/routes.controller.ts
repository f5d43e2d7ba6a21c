import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { CONTROL, type ExplainReply, type HeardReply, type RoutesReply } from '#contracts';
import { RoutesDesk } from './routes-desk';

/** What operators ask of routes, by the console. What they were told, `ToldDesk` answers. */
@Controller()
export class RoutesController {
  constructor(private readonly desk: RoutesDesk) {}

  @MessagePattern(CONTROL.routerRoutes)
  routes(@Payload() asked: unknown): RoutesReply {
    return this.desk.routes(asked);
  }

  @MessagePattern(CONTROL.routerExplain)
  explain(@Payload() asked: unknown): ExplainReply {
    return this.desk.explain(asked);
  }

  @MessagePattern(CONTROL.routerHeard)
  heard(@Payload() asked: unknown): HeardReply {
    return this.desk.heard(asked);
  }
}
