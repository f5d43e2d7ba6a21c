import { once } from 'node:events';
import { WebSocket } from 'ws';
import { authMessage, decodeBtp, encodeBtp, isBtpRequestType } from '#protocol';
import type { BtpAnswer, BtpMessage, BtpPacket, BtpRequest } from '#protocol';

const ANSWERED_WITHIN_MS = 5000;

type Transferring = Exclude<BtpRequest, BtpMessage>;

/** A socket to a BTP server on which anything can be sent; never answers by itself. */
export class RawPeer {
  /** Every answer that came, oldest first. */
  readonly answers: BtpAnswer[] = [];
  readonly requests: BtpRequest[] = [];
  /** Resolves with the closing code of the WebSocket. */
  readonly closed: Promise<number>;
  private lastId = 0;

  private constructor(private readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const packet = decodeBtp(data);
      if (isRequest(packet)) this.requests.push(packet);
      else this.answers.push(packet);
      socket.emit('answer');
    });
  }

  static async connect(url: string): Promise<RawPeer> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const peer = new RawPeer(socket);
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

  /** @throws Error when it is not answered in time. */
  async request(packet: BtpRequest): Promise<BtpAnswer> {
    this.send(encodeBtp(packet));
    const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
    for (;;) {
      const answer = this.answers.find(({ requestId }) => requestId === packet.requestId);
      if (answer !== undefined) return answer;
      await once(this.socket, 'answer', { signal });
    }
  }

  /**
   * Waits for the first request of a type, about that transfer if one is named.
   * @throws Error when none comes in time.
   */
  async hears<T extends Transferring['type']>(
    type: T,
    transferId?: string,
  ): Promise<Extract<Transferring, { type: T }>> {
    const isWanted = (one: BtpRequest): one is Extract<Transferring, { type: T }> =>
      one.type === type && (transferId === undefined || one.transferId === transferId);
    const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
    for (;;) {
      const found = this.requests.find(isWanted);
      if (found !== undefined) return found;
      await once(this.socket, 'answer', { signal });
    }
  }

  /** Answers a request with an empty Response. */
  agree({ requestId }: Pick<BtpRequest, 'requestId'>): void {
    this.send(encodeBtp({ type: 'response', requestId, protocolData: [] }));
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

function isRequest(packet: BtpPacket): packet is BtpRequest {
  return isBtpRequestType(packet.type);
}
