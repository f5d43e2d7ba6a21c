import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { Asking, type Operator } from '../token.guard';
import { AcceptanceDesk, type AcceptedPeer } from './acceptance-desk';
import { InvitationDesk, type InvitedPeer } from './invitation-desk';
import { type AddedByDocument, PeerDesk, type Removed, type Rotated } from './peer-desk';
import { type PeerListView, PeerViews } from './peer-views';

/** Peers, whoever they come from, and what becomes of those that an operator adds. */
@Controller('api/peers')
export class PeersController {
  constructor(
    private readonly views: PeerViews,
    private readonly desk: PeerDesk,
    private readonly invitations: InvitationDesk,
    private readonly acceptances: AcceptanceDesk,
  ) {}

  @Get()
  list(): Promise<PeerListView> {
    return this.views.list();
  }

  @Get(':peer')
  one(@Param('peer') peer: string): ReturnType<PeerViews['one']> {
    return this.views.one(peer);
  }

  /** `{ peer }`, as an entry of `peers` in the configuration; a token is made where one is missing. */
  @Post()
  @HttpCode(HttpStatus.OK)
  add(@Body() body: unknown, @Asking() operator: Operator): Promise<AddedByDocument> {
    return this.desk.add({ body, operator });
  }

  /** `{ id, currencyCode, currencyScale, prefix, maxBalance, minBalance?, mode?, btpVersion?, username? }` */
  @Post('invitations')
  @HttpCode(HttpStatus.OK)
  invite(@Body() body: unknown, @Asking() operator: Operator): Promise<InvitedPeer> {
    return this.invitations.invite({ body, operator });
  }

  /** `{ invitation, id?, maxBalance?, minBalance?, currencyCode?, currencyScale?, prefix?, waitMs? }` */
  @Post('acceptances')
  @HttpCode(HttpStatus.OK)
  accept(@Body() body: unknown, @Asking() operator: Operator): Promise<AcceptedPeer> {
    return this.acceptances.accept({ body, operator });
  }

  /** `{ token }` or `{ uri }`; neither makes a token for a peer that dials us. */
  @Post(':peer/token')
  @HttpCode(HttpStatus.OK)
  rotate(
    @Param('peer') peer: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<Rotated> {
    return this.desk.rotate(peer, { body, operator });
  }

  /** `{ reason, balance?, keepLedger? }`: the balance that is left unsettled, unless it is 0. */
  @Post(':peer/removal')
  @HttpCode(HttpStatus.OK)
  remove(
    @Param('peer') peer: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<Removed> {
    return this.desk.remove(peer, { body, operator });
  }
}
