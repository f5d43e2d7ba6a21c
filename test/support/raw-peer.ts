import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  alphaFromBtp,
  authMessage,
  btpFromAlpha,
  decodeBtp,
  decodeBtpAlpha,
  encodeBtp,
  encodeBtpAlpha,
  isBtpRequestType,
} from '#protocol';
import type { BtpAnswer, BtpMessage, BtpPacket, BtpRequest } from '#protocol';

/** Whoever is asked may have stood still. */
const ANSWERED_WITHIN_MS = 30_000;

/** How its packets stand on the wire. */
export interface Dialect {
  readonly decode: (frame: Buffer) => BtpPacket;
  readonly encode: (packet: BtpPacket) => Buffer;
}

const BTP_1_0: Dialect = { decode: decodeBtp, encode: encodeBtp };

/** BTP/alpha in the words of BTP/1.0; the frames that were heard tell the rest. */
export const BTP_ALPHA: Dialect = {
  decode: (frame) => btpFromAlpha(decodeBtpAlpha(frame)),
  encode: (packet) =>
    encodeBtpAlpha(alphaFromBtp(packet, { account: 'test.raw.client', nowMs: Date.now() })),
};

type Transferring = Exclude<BtpRequest, BtpMessage>;

/** A socket to a BTP server on which anything can be sent; never answers by itself. */
export class RawPeer {
  /** Every answer that came, oldest first. */
  readonly answers: BtpAnswer[] = [];
  readonly requests: BtpRequest[] = [];
  /** Every frame that came, as it came. */
  readonly frames: Buffer[] = [];
  /** Resolves with the closing code of the WebSocket. */
  readonly closed: Promise<number>;
  private lastId = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly dialect: Dialect,
  ) {
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.once('close', () => socket.emit('answer'));
    socket.on('message', (data: Buffer) => {
      this.frames.push(data);
      const packet = dialect.decode(data);
      if (isRequest(packet)) this.requests.push(packet);
      else this.answers.push(packet);
      socket.emit('answer');
    });
  }

  static async connect(url: string, dialect = BTP_1_0): Promise<RawPeer> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const peer = new RawPeer(socket, dialect);
    await once(socket, 'open');
    return peer;
  }

  static async authenticated(url: string, token: string): Promise<RawPeer> {
    const peer = await RawPeer.connect(url);
    const answer = await peer.request(authMessage(peer.nextId(), '', token));
    if (answer.type !== 'response') throw new Error(`not let in: ${answer.name}`);
    return peer;
  }

  nextId(): number {
    return ++this.lastId;
  }

  send(data: Buffer | string): void {
    this.socket.send(data);
  }

  /** @throws Error when it is not answered in time, or the socket is closed before. */
  async request(packet: BtpRequest): Promise<BtpAnswer> {
    this.send(this.dialect.encode(packet));
    return this.awaited(() => this.answers.find(({ requestId }) => requestId === packet.requestId));
  }

  /**
   * Waits for the first request of a type, about that transfer if one is named.
   * @throws Error when none comes in time, or before the socket is closed.
   */
  async hears<T extends Transferring['type']>(
    type: T,
    transferId?: string,
  ): Promise<Extract<Transferring, { type: T }>> {
    const isWanted = (one: BtpRequest): one is Extract<Transferring, { type: T }> =>
      one.type === type && (transferId === undefined || one.transferId === transferId);
    return this.awaited(() => this.requests.find(isWanted));
  }

  /** Answers a request with an empty Response. */
  agree({ requestId }: Pick<BtpRequest, 'requestId'>): void {
    this.send(this.dialect.encode({ type: 'response', requestId, protocolData: [] }));
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  /** What is found among that which has come, as soon as it is there. */
  private async awaited<T>(find: () => T | undefined): Promise<T> {
    const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the socket was closed');
      await once(this.socket, 'answer', { signal });
    }
  }
}

function isRequest(packet: BtpPacket): packet is BtpRequest {
  return isBtpRequestType(packet.type);
}
