import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server as HttpServer,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
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
import type { CertificateFiles } from './certificate-files';
import { DEAF, FramedSocket, type FrameReader } from './framed-socket';
import { GuestList } from './guest-list';
import { judgeFirstFrame, type Verdict } from './server-handshake';
import type { TurnCork } from './turn-cork';

export interface ListenerParts {
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly cork: TurnCork;
  /** With it peers dial `wss`. */
  readonly certificate: CertificateFiles | undefined;
  /** What stands below this path is BTP/alpha, with credentials in the path; all else is BTP/1.0. */
  readonly alphaPath: string;
  readonly recognise: (
    version: BtpVersion,
    username: string,
    token: string,
  ) => PeerSettings | undefined;
  /** Peers are still looked for, so whoever is a stranger now may be none in a moment. */
  readonly awaitsPeers?: () => boolean;
  /** Makes a session of an authenticated socket, once its auth has been answered. */
  readonly admit: (peer: PeerSettings, wire: Wire) => BtpSession;
  /**
   * Answers HTTP requests that want no WebSocket; false for one that it does not know. Calls
   * `admitted` once the connection has shown to be a peer's: it is bounded by the answers then.
   */
  readonly answerHttp?: (
    request: IncomingMessage,
    response: ServerResponse,
    admitted: () => void,
  ) => boolean;
}

interface FirstFrame {
  readonly framed: FramedSocket;
  readonly stream: Socket;
  readonly frame: Buffer;
}

const UPGRADE_REQUIRED = 426;

/**
 * What a socket may send before its auth that means nothing. No setting: an honest peer sends
 * nothing of the kind, and is forgiven a few.
 */
export const WASTED_FRAMES = 16;

/** How often Node looks for requests that are overdue, ms; connections are watched more closely. */
const REQUESTS_CHECKED_MS = 1_000;

/**
 * The port that peers dial, whatever path they name outside that of BTP/alpha. Knows a socket until
 * it has authenticated (SPEC §5.5), as its guest.
 */
export class BtpListener {
  private readonly http: HttpServer | HttpsServer;
  private readonly upgrader: WebSocketServer;
  private readonly guests: GuestList;
  private isHanded = false;
  private isStopped = false;

  constructor(private readonly parts: ListenerParts) {
    this.guests = new GuestList(parts);
    this.upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: parts.limits.frameBytes,
    });
    this.http = this.makeServer((request, response) => {
      const admitted = (): void => {
        this.guests.leave(request.socket);
      };
      if (parts.answerHttp?.(request, response, admitted) === true) return;
      response.writeHead(UPGRADE_REQUIRED, { connection: 'close', upgrade: 'websocket' }).end();
    });
    this.http.on('connection', (stream: Socket) => {
      stream.setNoDelay(true);
      this.guests.arrive(stream, parts.certificate === undefined ? 'http' : 'tls');
    });
    this.http.on('clientError', (_error, stream) => {
      parts.metrics.admissions['not-http'] += 1;
      stream.destroy();
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

  get scheme(): 'ws' | 'wss' {
    return this.parts.certificate === undefined ? 'ws' : 'wss';
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
    this.parts.certificate?.stop();
    this.guests.expelAll();
  }

  sweep(nowMs: number): void {
    this.guests.sweep(nowMs);
  }

  private makeServer(answer: RequestListener): HttpServer | HttpsServer {
    const { limits, certificate } = this.parts;
    const bounds = httpBounds(limits);
    if (certificate === undefined) return createHttpServer(bounds, answer);
    const server = createHttpsServer({ ...bounds, ...certificate.options }, answer);
    server.on('secureConnection', (stream) => {
      if (!this.guests.advance(stream, 'http')) stream.destroy();
    });
    server.on('tlsClientError', (_error, stream) => {
      this.guests.expel(stream, 'no-tls');
    });
    certificate.watch((options) => {
      server.setSecureContext(options);
    });
    return server;
  }

  private addressOf(): AddressInfo {
    const address = this.http.address();
    if (address === null || typeof address === 'string') throw new Error('not listening on a port');
    return address;
  }

  /** The wait for auth begins when the WebSocket is open. */
  private greet(socket: WebSocket, stream: Socket): void {
    const { cork, metrics } = this.parts;
    let wasted = 0;
    const waste = (): void => {
      wasted += 1;
      if (wasted > WASTED_FRAMES) this.guests.expel(stream, 'malformed');
    };
    const reader: FrameReader = {
      receive: (frame) => {
        if (!this.judge({ framed, stream, frame })) waste();
      },
      receivePong: waste,
      receiveNoise: waste,
      lose: () => undefined,
    };
    const framed = new FramedSocket({ socket, stream, cork, metrics, reader });
    if (!this.guests.advance(stream, 'websocket', framed)) framed.cut();
  }

  /** @returns false if the frame meant nothing */
  private judge({ framed, stream, frame }: FirstFrame): boolean {
    const { metrics, recognise } = this.parts;
    const verdict = judgeFirstFrame(frame, (username, token) =>
      recognise('BTP/1.0', username, token),
    );
    if (verdict.kind === 'ignore') {
      metrics.malformed['before-authentication'] += 1;
      return false;
    }
    if (verdict.kind === 'refuse') {
      this.refuse(framed, verdict);
      this.guests.advance(stream, 'refused');
      return true;
    }
    metrics.admissions.accepted += 1;
    this.guests.leave(stream);
    this.welcome(framed, verdict.requestId, verdict.peer);
    return true;
  }

  private welcome(framed: FramedSocket, requestId: number, peer: PeerSettings): void {
    framed.send(encodeBtp({ type: 'response', requestId, protocolData: [] }));
    framed.handOver(this.parts.admit(peer, framed));
  }

  /** A BTP/alpha client has shown who it is before its first frame, or never will (SPEC §5.3). */
  private greetAlpha(socket: WebSocket, stream: Socket, path: string): void {
    const { cork, metrics, recognise, alphaPath } = this.parts;
    const framed = new FramedSocket({ socket, stream, cork, metrics, reader: DEAF });
    const credentials = alphaCredentials(path, alphaPath);
    const peer = credentials && recognise('BTP/alpha', credentials.username, credentials.token);
    if (peer === undefined) {
      metrics.admissions['wrong-credentials'] += 1;
      if (this.parts.awaitsPeers?.() === true) this.askBack(framed);
      else framed.close(CLOSING_CODE.policyViolation, 'invalid auth token and/or username');
      this.guests.advance(stream, 'refused', framed);
      return;
    }
    metrics.admissions.accepted += 1;
    this.guests.leave(stream);
    framed.handOver(new AlphaReader(this.parts.admit(peer, framed)));
  }

  /** The socket counts as a guest until it is gone: refusing must not make room for more. */
  private refuse(framed: FramedSocket, verdict: Extract<Verdict, { kind: 'refuse' }>): void {
    const { requestId, error: name, message } = verdict;
    const isWrong = name === 'NotAcceptedError';
    this.parts.metrics.admissions[isWrong ? 'wrong-credentials' : 'malformed'] += 1;
    if (isWrong && this.parts.awaitsPeers?.() === true) {
      this.askBack(framed);
      return;
    }
    const triggeredAtMs = this.parts.clock();
    framed.send(encodeBtp(btpError({ requestId, name, message, triggeredAtMs })));
    framed.close(CLOSING_CODE.normal, message);
  }

  /** Whoever it is may be a peer that we have yet to hear of. */
  private askBack(framed: FramedSocket): void {
    framed.close(CLOSING_CODE.tryAgainLater, 'this connector is still looking for its peers');
  }
}

/** Against requests that come in by drops (slowloris). */
function httpBounds(limits: GatewayLimits): ServerOptions {
  const { httpRequestMs, httpHeaderBytes, heartbeatMs } = limits;
  return {
    headersTimeout: httpRequestMs,
    requestTimeout: httpRequestMs,
    maxHeaderSize: httpHeaderBytes,
    keepAliveTimeout: heartbeatMs,
    connectionsCheckingInterval: REQUESTS_CHECKED_MS,
  };
}

function isBelow(requestPath: string, base: string): boolean {
  const [path = ''] = requestPath.split('?', 1);
  return path === base || path.startsWith(base.endsWith('/') ? base : `${base}/`);
}
