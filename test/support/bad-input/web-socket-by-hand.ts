import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';

export interface HandmadeFrame {
  /** FIN, the three reserved bits and the opcode (RFC 6455 §5.2): 0x82 is a whole binary message. */
  readonly head: number;
  readonly payload: Buffer;
  /** Clients must; some do not. */
  readonly isMasked?: boolean;
}

const MASK_BIT = 0x80;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const OPCODE = 0x0f;
const BINARY = 0x2;
const CLOSE = 0x8;
const BTP_MESSAGE = 6;
const HEARD_WITHIN_MS = 30_000;
/** RFC 6455 §7.1.5: no code was told. */
const NO_CODE = 1005;

/** A WebSocket client without a library, as libraries do not send what they must not. */
export class WebSocketByHand {
  /** Packets that came, but for Messages: a connector may say at any time which routes it has. */
  readonly heard: Buffer[] = [];
  /** Resolves with the code in the closing frame of the other side, once its socket is closed. */
  readonly closed: Promise<number>;
  /** Resolves with the payload of the closing frame, while the socket is still open. */
  readonly told: Promise<Buffer>;
  private rest = Buffer.alloc(0);
  private tell: (closing: Buffer) => void = () => undefined;
  private closingCode = NO_CODE;

  /** @param isPolite whether it hangs up when it is told to */
  private constructor(
    private readonly socket: Socket,
    private readonly isPolite: boolean,
  ) {
    this.told = new Promise((resolve) => {
      this.tell = resolve;
    });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.rest = Buffer.concat([this.rest, bytes]);
      while (this.readFrame());
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve(this.closingCode);
      });
    });
  }

  static async connect(url: string, { isPolite = true } = {}): Promise<WebSocketByHand> {
    const upgrade = request(url.replace('ws:', 'http:'), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
      },
    });
    upgrade.end();
    const [, socket] = (await once(upgrade, 'upgrade')) as [unknown, Socket];
    return new WebSocketByHand(socket, isPolite);
  }

  send({ head, payload, isMasked = true }: HandmadeFrame): void {
    const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
    const masked = Buffer.from(payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
    const length = lengthOf(payload.length, isMasked ? MASK_BIT : 0);
    this.socket.write(Buffer.concat([Buffer.from([head]), length, mask, masked]));
  }

  /** Waits for the next packet after `count` of them. */
  async hears(count: number): Promise<Buffer> {
    const signal = AbortSignal.timeout(HEARD_WITHIN_MS);
    while (this.heard.length <= count) await once(this.socket, 'data', { signal });
    return this.heard[count] ?? Buffer.alloc(0);
  }

  /** Hangs up without a closing frame. */
  async hangUp(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  /** Servers of one message per frame, unmasked, are all there is to be understood. */
  private readFrame(): boolean {
    const [head = 0, short = 0] = this.rest;
    if (this.rest.length < 2) return false;
    const header = short === LENGTH_IN_16_BITS ? 4 : 2;
    if (this.rest.length < header) return false;
    const length = header === 4 ? this.rest.readUInt16BE(2) : short;
    if (this.rest.length < header + length) return false;
    const payload = this.rest.subarray(header, header + length);
    this.rest = this.rest.subarray(header + length);
    if ((head & OPCODE) === BINARY && payload[0] !== BTP_MESSAGE) this.heard.push(payload);
    if ((head & OPCODE) === CLOSE) this.endWith(payload);
    return true;
  }

  private endWith(payload: Buffer): void {
    if (payload.length >= 2) this.closingCode = payload.readUInt16BE(0);
    this.tell(payload);
    if (this.isPolite) this.socket.end();
  }
}

function lengthOf(length: number, mask: number): Buffer {
  if (length < LENGTH_IN_16_BITS) return Buffer.from([mask | length]);
  if (length < 0x1_0000) {
    const bytes = Buffer.from([mask | LENGTH_IN_16_BITS, 0, 0]);
    bytes.writeUInt16BE(length, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(9);
  bytes[0] = mask | LENGTH_IN_64_BITS;
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}
