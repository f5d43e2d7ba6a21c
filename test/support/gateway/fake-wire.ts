import { type BtpPacket, decodeBtp } from '#protocol';
import type { Wire } from '../../../apps/btp-gateway/src/sessions/wire';

/** A socket without a network: keeps what is written to it. */
export class FakeWire implements Wire {
  readonly sent: BtpPacket[] = [];
  pings = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;
  wasCut = false;
  queuedBytes = 0;

  /** The last packet sent; fails when there is none. */
  get last(): BtpPacket {
    const packet = this.sent.at(-1);
    if (packet === undefined) throw new Error('nothing was sent');
    return packet;
  }

  /** Packets of one type, in order. */
  all<T extends BtpPacket['type']>(type: T): Extract<BtpPacket, { type: T }>[] {
    return this.sent.filter(
      (packet): packet is Extract<BtpPacket, { type: T }> => packet.type === type,
    );
  }

  send(frame: Buffer): void {
    this.sent.push(decodeBtp(frame));
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  cut(): void {
    this.wasCut = true;
  }
}
