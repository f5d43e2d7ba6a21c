import type { Spoken } from '#contracts';
import {
  alphaFromBtp,
  type BtpPacket,
  btpFromAlpha,
  decodeBtp,
  decodeBtpAlpha,
  encodeBtp,
  encodeBtpAlpha,
} from '#protocol';
import type { Clock } from './wire';

/** How the packets of a session stand on the wire; in the house they are BTP/1.0 (SPEC §5.2, §5.3). */
export interface BtpDialect {
  readonly name: Exclude<Spoken, 'rpc'>;
  /** @throws UnreadablePacketError | InvalidFieldError */
  decode(frame: Buffer): BtpPacket;
  encode(packet: BtpPacket): Buffer;
}

export const BTP_1_0: BtpDialect = { name: 'BTP/1.0', decode: decodeBtp, encode: encodeBtp };

/**
 * @param account ours on the ledger of the session, as far as it is known by now: it signs the errors
 *   that we put inside packets
 */
export function btpAlpha(account: () => string, clock: Clock): BtpDialect {
  return {
    name: 'BTP/alpha',
    decode: (frame) => btpFromAlpha(decodeBtpAlpha(frame)),
    encode: (packet) =>
      encodeBtpAlpha(alphaFromBtp(packet, { account: account(), nowMs: clock() })),
  };
}
