import type { BtpPacket } from '#protocol';
import { BTP_1_0, type BtpDialect } from '../../../apps/btp-gateway/src/sessions/btp-dialect';
import type { Wire } from '../../../apps/btp-gateway/src/sessions/wire';

/** A socket without a network: keeps what is written to it. */
export class FakeWire implements Wire {
  readonly sent: BtpPacket[] = [];
  /** The same, as it left. */
  readonly frames: Buffer[] = [];
  pings = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;
  wasCut = false;
  queuedBytes = 0;
  taken = 0;
  isPaused = false;

  constructor(private readonly dialect: BtpDialect = BTP_1_0) {}

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
    this.frames.push(frame);
    this.sent.push(this.dialect.decode(frame));
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  cut(): void {
    this.wasCut = true;
  }
}
