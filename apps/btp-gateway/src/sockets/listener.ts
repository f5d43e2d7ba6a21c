import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { PeerSettings } from '#platform';
import { alphaCredentials, btpError, encodeBtp } from '#protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { BtpVersion } from '../peer-directory';
import type { BtpSession } from '../sessions/btp-session';
import { type Clock, CLOSING_CODE, type Wire } from '../sessions/wire';
import { AlphaReader } from './alpha-reader';
import { DEAF, FramedSocket, type FrameReader } from './framed-socket';
import { judgeFirstFrame, type Verdict } from './server-handshake';
import type { TurnCork } from './turn-cork';

export interface ListenerParts {
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly cork: TurnCork;
  /** What stands below this path is BTP/alpha, with credentials in the path; all else is BTP/1.0. */
  readonly alphaPath: string;
  readonly recognise: (
    version: BtpVersion,
    username: string,
    token: string,
  ) => PeerSettings | undefined;
  /** Makes a session of an authenticated socket, once its auth has been answered. */
  readonly admit: (peer: PeerSettings, wire: Wire) => BtpSession;
}

/** A connection that has not authenticated yet. */
interface Guest {
  readonly stream: Socket;
  readonly sinceMs: number;
  /** Set once it speaks WebSocket. */
  readonly framed: FramedSocket | undefined;
  /** Answered with an Error; all that is left is to close. */
  readonly isRefused: boolean;
}

interface FirstFrame {
  readonly framed: FramedSocket;
  readonly stream: Socket;
  readonly frame: Buffer;
}

const UPGRADE_REQUIRED = 426;

/**
 * The port that peers dial, whatever path they name outside that of BTP/alpha. Knows a socket until it has authenticated, no
 * longer than the auth wait, and never more of them than the limit (SPEC §5.5).
 */
export class BtpListener {
  private readonly http: Server;
  private readonly upgrader: WebSocketServer;
  /** Longest waiting first. */
  private readonly guests = new Map<Socket, Guest>();
  private isHanded = false;
  private isStopped = false;

  constructor(private readonly parts: ListenerParts) {
    this.upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: parts.limits.frameBytes,
    });
    this.http = createServer((_request, response) => {
      response.writeHead(UPGRADE_REQUIRED, { connection: 'close', upgrade: 'websocket' }).end();
    });
    this.http.on('connection', (stream) => {
      this.receiveGuest(stream);
    });
    this.http.on('upgrade', (request: IncomingMessage, stream: Socket, head: Buffer) => {
      this.upgrader.handleUpgrade(request, stream, head, (socket) => {
        const path = request.url ?? '/';
        if (isBelow(path, this.parts.alphaPath)) this.greetAlpha(socket, stream, path);
        else this.greet(socket, stream);
      });
    });
  }

  get unauthenticated(): number {
    return this.guests.size;
  }

  get isListening(): boolean {
    return !this.isStopped && (this.http.listening || this.isHanded);
  }

  /** @returns where it listens; port 0 asks for a free one */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, host, () => {
        this.http.removeListener('error', reject);
        this.http.on('error', (error) => {
          this.parts.log.error({ err: error }, 'the BTP listener failed');
        });
        resolve(this.addressOf());
      });
    });
  }

  /** Connections will come by `take`. */
  expectHanded(): void {
    this.isHanded = true;
  }

  /** A connection that somebody else has accepted for us, and read nothing of. */
  take(stream: Socket): void {
    if (this.isStopped) stream.destroy();
    else this.http.emit('connection', stream);
    stream.resume();
  }

  /** Takes no more connections, and sends away those that have not authenticated. */
  stop(): void {
    this.isStopped = true;
    this.http.close();
    for (const { stream } of [...this.guests.values()]) stream.destroy();
  }

  sweep(nowMs: number): void {
    for (const guest of this.guests.values()) {
      if (nowMs - guest.sinceMs < this.parts.limits.authWaitMs) return;
      this.dismiss(guest, nowMs);
    }
  }

  /** A socket that does not even close gets no longer than another wait. */
  private dismiss(guest: Guest, nowMs: number): void {
    const { stream, framed, isRefused } = guest;
    if (framed === undefined || isRefused) {
      stream.destroy();
      this.guests.delete(stream);
    } else {
      framed.close(CLOSING_CODE.normal, 'no auth in time');
      this.remember({ stream, sinceMs: nowMs, framed, isRefused: true });
    }
    if (!isRefused) this.parts.metrics.admissions['too-late'] += 1;
  }

  /** Those who came later stand behind it. */
  private remember(guest: Guest): void {
    this.guests.delete(guest.stream);
    this.guests.set(guest.stream, guest);
  }

  private addressOf(): AddressInfo {
    const address = this.http.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on a port');
    return address;
  }

  private receiveGuest(stream: Socket): void {
    if (this.guests.size >= this.parts.limits.unauthenticatedSockets) {
      this.parts.metrics.admissions['too-many'] += 1;
      stream.destroy();
      return;
    }
    stream.setNoDelay(true);
    stream.once('close', () => {
      this.guests.delete(stream);
    });
    const sinceMs = this.parts.clock();
    this.remember({ stream, sinceMs, framed: undefined, isRefused: false });
  }

  /** The wait for auth begins when the WebSocket is open. */
  private greet(socket: WebSocket, stream: Socket): void {
    const { cork, metrics, clock } = this.parts;
    const reader: FrameReader = {
      receive: (frame) => {
        this.judge({ framed, stream, frame });
      },
      receivePong: () => undefined,
      receiveNoise: () => undefined,
      lose: () => undefined,
    };
    const framed = new FramedSocket({ socket, stream, cork, metrics, reader });
    this.remember({ stream, sinceMs: clock(), framed, isRefused: false });
  }

  private judge({ framed, stream, frame }: FirstFrame): void {
    const { metrics, recognise } = this.parts;
    const verdict = judgeFirstFrame(frame, (username, token) =>
      recognise('BTP/1.0', username, token),
    );
    if (verdict.kind === 'ignore') {
      metrics.malformed['before-authentication'] += 1;
      return;
    }
    if (verdict.kind === 'refuse') {
      this.refuse(framed, verdict);
      this.remember({ stream, sinceMs: this.parts.clock(), framed, isRefused: true });
      return;
    }
    metrics.admissions.accepted += 1;
    this.guests.delete(stream);
    this.welcome(framed, verdict.requestId, verdict.peer);
  }

  private welcome(framed: FramedSocket, requestId: number, peer: PeerSettings): void {
    framed.send(encodeBtp({ type: 'response', requestId, protocolData: [] }));
    framed.handOver(this.parts.admit(peer, framed));
  }

  /** A BTP/alpha client has shown who it is before its first frame, or never will (SPEC §5.3). */
  private greetAlpha(socket: WebSocket, stream: Socket, path: string): void {
    const { cork, metrics, recognise, alphaPath, clock } = this.parts;
    const framed = new FramedSocket({ socket, stream, cork, metrics, reader: DEAF });
    const credentials = alphaCredentials(path, alphaPath);
    const peer = credentials && recognise('BTP/alpha', credentials.username, credentials.token);
    if (peer === undefined) {
      metrics.admissions['wrong-credentials'] += 1;
      framed.close(CLOSING_CODE.policyViolation, 'invalid auth token and/or username');
      this.remember({ stream, sinceMs: clock(), framed, isRefused: true });
      return;
    }
    metrics.admissions.accepted += 1;
    this.guests.delete(stream);
    framed.handOver(new AlphaReader(this.parts.admit(peer, framed)));
  }

  /** The socket counts as a guest until it is gone: refusing must not make room for more. */
  private refuse(framed: FramedSocket, verdict: Extract<Verdict, { kind: 'refuse' }>): void {
    const { requestId, error: name, message } = verdict;
    const isWrong = name === 'NotAcceptedError';
    this.parts.metrics.admissions[isWrong ? 'wrong-credentials' : 'malformed'] += 1;
    const triggeredAtMs = this.parts.clock();
    framed.send(encodeBtp(btpError({ requestId, name, message, triggeredAtMs })));
    framed.close(CLOSING_CODE.normal, message);
  }
}

function isBelow(requestPath: string, base: string): boolean {
  const [path = ''] = requestPath.split('?', 1);
  return path === base || path.startsWith(base.endsWith('/') ? base : `${base}/`);
}
