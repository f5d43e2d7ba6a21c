import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { Asking, type Operator } from '../token.guard';
import {
  type AgreedPeer,
  type ConfirmedPeer,
  type Proposed,
  WebFingerDesk,
} from './webfinger-desk';

/** Peering with a connector that is found by its host, in three steps. */
@Controller('api/peers')
export class WebFingerPeersController {
  constructor(private readonly desk: WebFingerDesk) {}

  /** `{ hostname, currencyCode, currencyScale }` → what to send to the other operator. */
  @Post('proposals')
  @HttpCode(HttpStatus.OK)
  propose(@Body() body: unknown, @Asking() operator: Operator): Promise<Proposed> {
    return this.desk.propose({ body, operator });
  }

  /** `{ proposal, maxBalance, minBalance?, id? }` → the answer to send back. */
  @Post('agreements')
  @HttpCode(HttpStatus.OK)
  agree(@Body() body: unknown, @Asking() operator: Operator): Promise<AgreedPeer> {
    return this.desk.agree({ body, operator });
  }

  /** `{ answer, maxBalance, minBalance?, id?, waitMs? }` */
  @Post('confirmations')
  @HttpCode(HttpStatus.OK)
  confirm(@Body() body: unknown, @Asking() operator: Operator): Promise<ConfirmedPeer> {
    return this.desk.confirm({ body, operator });
  }
}
