import { decodeBtp, InvalidFieldError, SUB_PROTOCOL, UnreadablePacketError } from '#protocol';
import type { BtpSession } from '../sessions/btp-session';
import { CLOSING_CODE } from '../sessions/wire';
import type { FrameReader } from './framed-socket';

/**
 * Reads a BTP/alpha connection into its session. A peer that begins with the auth of BTP/1.0, or of a
 * later version, takes us for something else, so nothing that it says could be understood (SPEC D-6).
 */
export class AlphaReader implements FrameReader {
  private isFirst = true;

  /** @param onPolicyViolation the peer closed because it does not know us */
  constructor(
    private readonly session: BtpSession,
    private readonly onPolicyViolation: () => void = () => undefined,
  ) {}

  receive(frame: Buffer): void {
    if (this.isFirst && isAuth(frame)) {
      this.session.close('BTP/1.0 auth on a BTP/alpha connection', CLOSING_CODE.protocolError);
      return;
    }
    this.isFirst = false;
    this.session.receive(frame);
  }

  receivePong(): void {
    this.session.receivePong();
  }

  receiveNoise(): void {
    this.session.receiveNoise();
  }

  lose(reason: string, code: number): void {
    if (code === CLOSING_CODE.policyViolation) this.onPolicyViolation();
    this.session.lose(reason);
  }
}

function isAuth(frame: Buffer): boolean {
  try {
    const packet = decodeBtp(frame);
    const [primary] = packet.type === 'message' ? packet.protocolData : [];
    return primary?.protocolName === SUB_PROTOCOL.auth;
  } catch (error) {
    if (error instanceof UnreadablePacketError || error instanceof InvalidFieldError) return false;
    throw error;
  }
}
