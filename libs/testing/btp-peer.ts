import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  authMessage,
  type BtpAnswer,
  btpError,
  type BtpFulfill,
  type BtpPacket,
  type BtpPrepare,
  type BtpReject,
  type BtpRequest,
  formatBtpUri,
  isBtpRequestType,
  type ProtocolData,
  readAuth,
} from '#protocol';
import { WebSocket, WebSocketServer } from 'ws';
import {
  ALPHA_LISTEN_PATH,
  alphaDialUrl,
  BTP_1_0,
  BTP_ALPHA,
  holdsCredentials,
  type PeerDialect,
} from './btp-peer-dialect';
import { Mailbox, NothingCameError } from './btp-peer-mailbox';
import { AGREE, type Reaction, type Script } from './btp-peer-script';

export interface BtpPeerOptions {
  /** BTP/1.0 unless told otherwise. */
  readonly btpVersion?: 'BTP/1.0' | 'BTP/alpha';
  readonly username?: string;
  readonly token?: string;
  /** Tried in this order on every request; what none of them answers gets an empty Response. */
  readonly scripts?: readonly Script[];
  /** How long it waits for anything unless told otherwise, ms; 5,000 if absent. */
  readonly patienceMs?: number;
}

export interface DialOptions extends BtpPeerOptions {
  /** `ws://…` of the other side's listener; for BTP/alpha without the credentials. */
  readonly url: string;
  /** PEM of an authority of the tests' own; for `wss://`. */
  readonly ca?: string;
}

export interface ListenOptions extends BtpPeerOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

/** How a socket of the peer ended. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

const UINT32 = 0x1_0000_0000;
const WITHIN_MS = 5_000;
const CLOSE_NORMAL = 1000;
const CLOSE_POLICY = 1008;

/**
 * A scripted BTP peer with real sockets: dials or listens, records what it hears, answers by
 * scripts that can change at any time, and can be dropped and reconnected. One that speaks BTP/alpha
 * has its packets in the words of BTP/1.0 all the same; `frames` shows what was said.
 */
export class BtpPeer {
  /** Everything readable that came in after authentication, answers included. */
  readonly received = new Mailbox<BtpPacket>();
  /** The same, as it came. */
  readonly frames: Buffer[] = [];
  /** Asked before those given as options, the latest first. */
  private readonly scripts: Script[];
  private readonly waiting = new Map<number, (answer: BtpAnswer) => void>();
  private readonly dialect: PeerDialect;
  private socket: WebSocket | undefined;
  private server: WebSocketServer | undefined;
  private ending: Promise<Ending> | undefined;
  private nextRequestId = randomInt(UINT32);

  private constructor(private readonly options: BtpPeerOptions & Partial<DialOptions>) {
    this.scripts = [...(options.scripts ?? [])];
    this.dialect = this.isAlpha ? BTP_ALPHA : BTP_1_0;
  }

  /**
   * Connects and authenticates. Who is refused in BTP/alpha only sees its socket end.
   * @throws Error if the other side answers with an Error, closes or says nothing
   */
  static async dial(options: DialOptions): Promise<BtpPeer> {
    const peer = new BtpPeer(options);
    await peer.connect();
    return peer;
  }

  /** Waits for connections; the latest authenticated one is the peer's socket. */
  static async listen(options: ListenOptions): Promise<BtpPeer> {
    const peer = new BtpPeer(options);
    const server = new WebSocketServer({ host: '127.0.0.1', port: options.port ?? 0 });
    await once(server, 'listening');
    server.on('connection', (socket, request) => {
      if (peer.isAlpha) peer.greetAlpha(socket, request.url ?? '');
      else peer.greet(socket);
    });
    peer.server = server;
    return peer;
  }

  /** Where a listening peer can be dialled, as a BTP URI with its credentials. */
  get uri(): string {
    const { username = '', token = '' } = this.options;
    const port = this.port;
    const path = this.isAlpha ? ALPHA_LISTEN_PATH : '';
    return formatBtpUri({ scheme: 'ws', username, token, host: '127.0.0.1', port, path });
  }

  get port(): number {
    const address = this.server?.address() as AddressInfo | string | null | undefined;
    if (typeof address !== 'object' || address === null)
      throw new Error('this peer does not listen');
    return address.port;
  }

  get isConnected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Requests that came in, in order. */
  get requests(): readonly BtpRequest[] {
    return this.received.all.filter(isRequest);
  }

  /** From now on `script` is asked first. */
  script(script: Script): void {
    this.scripts.unshift(script);
  }

  /** Dials again after `drop`, `close` or the other side's closing. */
  async connect(): Promise<void> {
    const { url, username = '', token = '', ca } = this.options;
    if (url === undefined) throw new Error('this peer listens');
    const socket = new WebSocket(this.isAlpha ? alphaDialUrl(url, this.options) : url, { ca });
    // In BTP/alpha who listens may speak first, and its first frame may come with the open socket.
    this.adopt(socket);
    await once(socket, 'open');
    if (this.isAlpha) return;
    const answer = await this.ask(authMessage(this.takeRequestId(), username, token));
    if (answer.type === 'error') throw new Error(`auth was refused: ${answer.name}`);
  }

  /** Resolves once a peer that listens has an authenticated socket. */
  async connected(withinMs = this.patienceMs): Promise<void> {
    const until = Date.now() + withinMs;
    while (!this.isConnected) {
      if (Date.now() > until) throw new NothingCameError('connection', withinMs, []);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  prepare(fields: Omit<BtpPrepare, 'type' | 'requestId'>): Promise<BtpAnswer> {
    return this.ask({ type: 'prepare', requestId: this.takeRequestId(), ...fields });
  }

  fulfill(fields: Omit<BtpFulfill, 'type' | 'requestId'>): Promise<BtpAnswer> {
    return this.ask({ type: 'fulfill', requestId: this.takeRequestId(), ...fields });
  }

  reject(fields: Omit<BtpReject, 'type' | 'requestId'>): Promise<BtpAnswer> {
    return this.ask({ type: 'reject', requestId: this.takeRequestId(), ...fields });
  }

  message(...protocolData: readonly ProtocolData[]): Promise<BtpAnswer> {
    return this.ask({ type: 'message', requestId: this.takeRequestId(), protocolData });
  }

  /**
   * Sends a request and waits for its answer.
   * @throws NothingCameError
   */
  ask(request: BtpRequest, withinMs = this.patienceMs): Promise<BtpAnswer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(request.requestId);
        reject(new NothingCameError(`answer to ${request.type}`, withinMs, this.heard()));
      }, withinMs);
      this.waiting.set(request.requestId, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.send(request);
    });
  }

  send(packet: BtpPacket): void {
    this.sendRaw(this.dialect.encode(packet));
  }

  /** Bytes as one binary frame, text as one text frame. */
  sendRaw(frame: Buffer | string): void {
    if (this.socket === undefined) throw new Error('this peer has no socket');
    this.socket.send(frame);
  }

  /** Takes the next request of a type that was not taken yet. */
  async next<T extends BtpPacket['type']>(
    type: T,
    withinMs = this.patienceMs,
  ): Promise<Extract<BtpPacket, { type: T }>> {
    const isWanted = (packet: BtpPacket): boolean => packet.type === type;
    const packet = await this.received.next(isWanted, type, withinMs);
    return packet as Extract<BtpPacket, { type: T }>;
  }

  takeRequestId(): number {
    const requestId = this.nextRequestId;
    this.nextRequestId = (requestId + 1) % UINT32;
    return requestId;
  }

  /** How the latest socket ended, once it has. */
  ended(): Promise<Ending> {
    if (this.ending === undefined) throw new Error('this peer never had a socket');
    return this.ending;
  }

  /** The connection is lost: no closing handshake, what is under way is gone. */
  drop(): void {
    this.socket?.terminate();
  }

  /** Closes socket and listener. */
  async close(): Promise<void> {
    this.socket?.close(CLOSE_NORMAL);
    await this.ending;
    const { server } = this;
    if (server === undefined) return;
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }

  private get patienceMs(): number {
    return this.options.patienceMs ?? WITHIN_MS;
  }

  private get isAlpha(): boolean {
    return this.options.btpVersion === 'BTP/alpha';
  }

  private heard(): string[] {
    return this.received.all.map(({ type }) => type);
  }

  private greet(socket: WebSocket): void {
    socket.on('error', () => undefined);
    socket.once('message', (data: Buffer) => {
      const packet = this.dialect.decode(data);
      const auth = readAuth(packet);
      const { username = '', token = '' } = this.options;
      const { requestId } = packet;
      if (auth.kind === 'credentials' && auth.username === username && auth.token === token) {
        socket.send(this.dialect.encode({ type: 'response', requestId, protocolData: [] }));
        this.adopt(socket);
        return;
      }
      const refusal = { requestId, name: 'NotAcceptedError', message: 'no' } as const;
      socket.send(this.dialect.encode(btpError({ ...refusal, triggeredAtMs: Date.now() })));
      socket.close(CLOSE_NORMAL);
    });
  }

  private greetAlpha(socket: WebSocket, path: string): void {
    if (holdsCredentials(path, this.options)) {
      this.adopt(socket);
      return;
    }
    socket.on('error', () => undefined);
    socket.close(CLOSE_POLICY);
  }

  private adopt(socket: WebSocket): void {
    this.socket = socket;
    socket.on('error', () => undefined);
    this.ending = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
      });
    });
    socket.on('message', (data: Buffer) => {
      this.frames.push(data);
      this.receive(this.dialect.decode(data), socket);
    });
  }

  private receive(packet: BtpPacket, socket: WebSocket): void {
    this.received.put(packet);
    if (isRequest(packet)) {
      void this.react(packet, socket);
      return;
    }
    const waiter = this.waiting.get(packet.requestId);
    this.waiting.delete(packet.requestId);
    waiter?.(packet);
  }

  private async react(request: BtpRequest, socket: WebSocket): Promise<void> {
    const reaction = await this.reactionTo(request);
    if (reaction === 'silence' || socket.readyState !== WebSocket.OPEN) return;
    const { requestId } = request;
    if ('respond' in reaction) {
      const protocolData = reaction.respond;
      socket.send(this.dialect.encode({ type: 'response', requestId, protocolData }));
      return;
    }
    const { error: name, message = name } = reaction;
    socket.send(
      this.dialect.encode(btpError({ requestId, name, message, triggeredAtMs: Date.now() })),
    );
  }

  private async reactionTo(request: BtpRequest): Promise<Reaction> {
    for (const script of this.scripts) {
      const reaction = await script(request);
      if (reaction !== undefined) return reaction;
    }
    return AGREE;
  }
}

function isRequest(packet: BtpPacket): packet is BtpRequest {
  return isBtpRequestType(packet.type);
}
