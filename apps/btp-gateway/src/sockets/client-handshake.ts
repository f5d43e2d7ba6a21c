import { randomInt } from 'node:crypto';
import {
  authMessage,
  type BtpPacket,
  decodeBtp,
  encodeBtp,
  InvalidFieldError,
  UnreadablePacketError,
} from '#protocol';
import { refusalOf } from '../sessions/asker';

const UINT32 = 0x1_0000_0000;

/** What a frame that comes in while we wait for the answer to our auth comes to. */
export type AuthAnswer =
  | { readonly kind: 'ignore' }
  | { readonly kind: 'welcome' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Our side of authentication, as the one who dialled (SPEC §5.5). */
export class ClientHandshake {
  private readonly requestId = randomInt(UINT32);

  constructor(
    private readonly credentials: { readonly username: string; readonly token: string },
  ) {}

  /** The first frame; holds the token. */
  frame(): Buffer {
    const { username, token } = this.credentials;
    return encodeBtp(authMessage(this.requestId, username, token));
  }

  /** Requests that come before the answer are not handled: nobody is authenticated yet. */
  judge(frame: Buffer): AuthAnswer {
    try {
      return this.judgePacket(decodeBtp(frame));
    } catch (error) {
      if (error instanceof UnreadablePacketError) return { kind: 'ignore' };
      if (error instanceof InvalidFieldError) return this.judgeFlawed(error);
      throw error;
    }
  }

  private judgePacket(packet: BtpPacket): AuthAnswer {
    if (packet.requestId !== this.requestId) return { kind: 'ignore' };
    if (packet.type === 'response') return { kind: 'welcome' };
    if (packet.type !== 'error') return { kind: 'ignore' };
    const { name, message } = refusalOf(packet);
    return { kind: 'refused', reason: `${name}: ${message}` };
  }

  private judgeFlawed(flaw: InvalidFieldError): AuthAnswer {
    const isOurs = flaw.packetType === 'error' && flaw.requestId === this.requestId;
    return isOurs ? { kind: 'refused', reason: flaw.message } : { kind: 'ignore' };
  }
}
