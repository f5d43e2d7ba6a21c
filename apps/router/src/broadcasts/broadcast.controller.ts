import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import {
  CONTROL,
  encodePeerBroadcastReply,
  type PeerBroadcast,
  readPeerBroadcast,
} from '#contracts';
import { ControlRefusal } from '#messaging';
import { BroadcastDesk } from './broadcast-desk';

/** What peers say about routes, brought by their gateways. */
@Controller()
export class BroadcastController {
  constructor(private readonly desk: BroadcastDesk) {}

  @MessagePattern(CONTROL.routerBroadcast)
  async hear(@Payload() payload: unknown): Promise<object> {
    return encodePeerBroadcastReply(await this.desk.hear(read(payload)));
  }
}

/** @throws ControlRefusal `bad-request` */
function read(payload: unknown): PeerBroadcast {
  try {
    return readPeerBroadcast(payload);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new ControlRefusal('bad-request', z.prettifyError(error));
  }
}
