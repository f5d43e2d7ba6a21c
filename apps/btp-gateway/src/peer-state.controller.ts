import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { CONTROL } from '#contracts';
import { Gateway } from './gateway';
import type { PeerStanding } from './sessions/peer-states';

/** Answer to `peerState`: how each configured peer stands with the gateway that was asked. */
export interface PeerStateReply {
  readonly peers: readonly PeerStanding[];
}

@Controller()
export class PeerStateController {
  constructor(private readonly gateway: Gateway) {}

  @MessagePattern(CONTROL.peerState)
  list(): PeerStateReply {
    return { peers: this.gateway.states.list() };
  }
}
