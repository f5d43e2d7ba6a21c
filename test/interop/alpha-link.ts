import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import WebSocket from 'ws';
import { BTP_TYPE, historicBtp, type HistoricPacket } from './codec-historic';

export interface HistoricEntry {
  readonly protocolName: string;
  readonly contentType: number;
  readonly data: Buffer;
}

const ANSWERED_WITHIN_MS = 30_000;
const CONNECTED_WITHIN_MS = 30_000;
const WRONG_CREDENTIALS = 1008;
const REQUESTS: readonly number[] = [
  BTP_TYPE.prepare,
  BTP_TYPE.fulfill,
  BTP_TYPE.reject,
  BTP_TYPE.message,
];

/** What answers a request; undefined leaves it unanswered. */
export type AlphaHandler = (
  request: HistoricPacket,
) => Omit<HistoricPacket, 'requestId'> | undefined;

/**
 * A line that speaks BTP/alpha by btp-packet 1.2.1, unmodified. It dials, with its credentials in the path, or it
 * listens, and closes on whoever names others.
 */
export class AlphaLink {
  /** How often it was opened. */
  connections = 0;
  /** Frames that btp-packet could not read, and answers that nobody waited for. */
  readonly oddities: string[] = [];
  private readonly waiting = new Map<number, (answer: HistoricPacket) => void>();
  private socket: WebSocket | undefined;
  private ending: Promise<number> | undefined;
  private server: Server | undefined;
  private lastId = 0;

  private constructor(private readonly handle: AlphaHandler) {}

  /** @param url with the credentials as the last two segments of its path */
  static async dial(url: string, handle: AlphaHandler): Promise<AlphaLink> {
    const link = new AlphaLink(handle);
    await link.open(url);
    return link;
  }

  /** @param path as `dial` of the other side names it, credentials included */
  static async listen(path: string, handle: AlphaHandler): Promise<AlphaLink> {
    const link = new AlphaLink(handle);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    link.server = server;
    new WebSocket.Server({ server }).on('connection', (socket, request) => {
      if (request.url === path) link.take(socket);
      else socket.close(WRONG_CREDENTIALS);
    });
    return link;
  }

  get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }

  /** Dials, also again after `drop`. */
  async open(url: string): Promise<void> {
    const socket = new WebSocket(url);
    // Who listens may speak first, and its first frame may come with the open line.
    this.take(socket);
    await once(socket, 'open');
  }

  async connected(): Promise<void> {
    const untilMs = Date.now() + CONNECTED_WITHIN_MS;
    while (this.socket?.readyState !== WebSocket.OPEN) {
      if (Date.now() > untilMs) throw new Error('nobody dialled the alpha peer');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /**
   * Waits for a line that is just being opened again.
   * @throws Error when it is not answered in time
   */
  async ask(request: Omit<HistoricPacket, 'requestId'>): Promise<HistoricPacket> {
    await this.connected();
    const requestId = ++this.lastId;
    const answered = new Promise<HistoricPacket>((resolve, reject) => {
      const late = setTimeout(() => {
        this.waiting.delete(requestId);
        reject(new Error(`no answer to a packet of type ${request.type}`));
      }, ANSWERED_WITHIN_MS);
      this.waiting.set(requestId, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
    });
    this.say({ ...request, requestId });
    return answered;
  }

  /** The code with which the latest socket was closed, once it is. */
  ended(): Promise<number> {
    return this.ending ?? Promise.reject(new Error('never opened'));
  }

  drop(): void {
    this.socket?.terminate();
  }

  async stop(): Promise<void> {
    this.drop();
    const { server } = this;
    if (server !== undefined) {
      await new Promise((resolve) => {
        server.close(resolve);
      });
    }
  }

  private take(socket: WebSocket): void {
    this.connections += 1;
    this.socket = socket;
    socket.on('error', () => undefined);
    this.ending = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.on('message', (data: Buffer) => {
      this.hear(data);
    });
  }

  private hear(frame: Buffer): void {
    const packet = this.read(frame);
    if (packet === undefined) return;
    if (REQUESTS.includes(packet.type)) {
      const answer = this.handle(packet);
      if (answer !== undefined) this.say({ ...answer, requestId: packet.requestId });
      return;
    }
    const waiter = this.waiting.get(packet.requestId);
    this.waiting.delete(packet.requestId);
    if (waiter === undefined) this.oddities.push(`answer of type ${packet.type} to nothing`);
    else waiter(packet);
  }

  private read(frame: Buffer): HistoricPacket | undefined {
    try {
      return historicBtp.deserialize(frame, historicBtp.BTP_VERSION_ALPHA);
    } catch (error) {
      this.oddities.push(`${String(error)}: ${frame.toString('hex')}`);
      return undefined;
    }
  }

  private say(packet: HistoricPacket): void {
    this.socket?.send(historicBtp.serialize(packet, historicBtp.BTP_VERSION_ALPHA));
  }
}
