import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { type PeerSettings, peerText } from '#platform';
import { alphaWebSocketUrl, type BtpUri, parseBtpUri, webSocketUrl } from '#protocol';
import { type ClientOptions, WebSocket } from 'ws';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { BtpSession } from '../sessions/btp-session';
import type { SessionEnd } from '../sessions/peer-session';
import type { PeerStates } from '../sessions/peer-states';
import { type Clock, CLOSING_CODE, type Wire } from '../sessions/wire';
import type { LookupOf } from '../webfinger/webfinger';
import { AlphaReader } from './alpha-reader';
import { BackOff } from './back-off';
import { ClientHandshake } from './client-handshake';
import { DEAF, FramedSocket } from './framed-socket';
import { dialFailure, type TrustedAuthorities } from './trusted-authorities';
import type { TurnCork } from './turn-cork';

export interface DiallerParts {
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly cork: TurnCork;
  readonly states: PeerStates;
  readonly random: () => number;
  /** Who is believed when the peer shows a certificate. */
  readonly authorities: TrustedAuthorities;
  readonly lookupOf: LookupOf;
  readonly admit: (
    peer: PeerSettings,
    wire: Wire,
    onEnded: (end: SessionEnd) => void,
  ) => BtpSession;
}

/** What goes on to the connection below is not among the options that ws names. */
interface DialOptions extends ClientOptions {
  readonly secureContext: SecureContext;
  readonly lookup: LookupFunction | undefined;
}

/** Keeps up a connection to one peer that we dial: for ever, with growing pauses (SPEC D-7, D-8). */
export class PeerDialler {
  private readonly uri: BtpUri;
  private readonly backOff: BackOff;
  private timer: NodeJS.Timeout | undefined;
  private socket: WebSocket | undefined;
  private isStopped = false;

  /** @throws BtpUriError if the peer's `uri` is none */
  constructor(
    private readonly parts: DiallerParts,
    private readonly peer: PeerSettings,
  ) {
    this.uri = parseBtpUri(peer.uri ?? '');
    const { reconnectMinMs, reconnectMaxMs, steadyAfterMs } = parts.limits;
    this.backOff = new BackOff({
      minMs: reconnectMinMs,
      maxMs: reconnectMaxMs,
      steadyAfterMs,
      random: parts.random,
    });
  }

  /** Returns at once, whatever the peer does. */
  start(): void {
    this.dial();
  }

  /** Dials no more; a session that is open is not touched. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.socket?.terminate();
  }

  private dial(): void {
    const { states } = this.parts;
    states.set(this.peer.id, 'connecting', 'dialling');
    const socket = new WebSocket(
      this.isAlpha ? alphaWebSocketUrl(this.uri) : webSocketUrl(this.uri),
      this.options(),
    );
    this.socket = socket;
    let stream: Duplex | undefined;
    let failure = 'the connection was closed';
    const closedEarly = (): void => {
      this.retryLater(failure, 0);
    };
    socket.on('upgrade', (response) => {
      stream = response.socket;
    });
    socket.on('error', (error) => {
      failure = dialFailure(error);
    });
    socket.once('close', closedEarly);
    socket.once('open', () => {
      socket.removeListener('close', closedEarly);
      if (this.isAlpha) this.openAlpha(socket, stream);
      else this.authenticate(socket, stream);
    });
  }

  private options(): DialOptions {
    const { limits, authorities, lookupOf } = this.parts;
    return {
      perMessageDeflate: false,
      maxPayload: limits.frameBytes,
      handshakeTimeout: limits.requestTimeoutMs,
      secureContext: authorities.secureContext(),
      lookup: lookupOf(this.peer),
    };
  }

  private authenticate(socket: WebSocket, stream: Duplex | undefined): void {
    const { cork, metrics, limits } = this.parts;
    const handshake = new ClientHandshake(this.uri);
    const timer = setTimeout(() => {
      framed.close(CLOSING_CODE.normal, 'no answer to auth');
      this.retryLater('no answer to auth', 0);
    }, limits.requestTimeoutMs);
    const framed = new FramedSocket({
      socket,
      stream,
      cork,
      metrics,
      reader: {
        receive: (frame) => {
          const answer = handshake.judge(frame);
          if (answer.kind === 'ignore') return;
          clearTimeout(timer);
          if (answer.kind === 'welcome') this.openSession(framed);
          else this.endRefused(framed, answer.reason);
        },
        receivePong: () => undefined,
        receiveNoise: () => undefined,
        lose: (reason) => {
          clearTimeout(timer);
          this.retryLater(`before auth was answered: ${reason}`, 0);
        },
      },
    });
    framed.send(handshake.frame());
  }

  private get isAlpha(): boolean {
    return this.peer.btpVersion === 'BTP/alpha';
  }

  /** The URL has said who we are; a peer that does not know us closes with 1008 (SPEC §5.3). */
  private openAlpha(socket: WebSocket, stream: Duplex | undefined): void {
    const { clock, admit, cork, metrics } = this.parts;
    const openedAtMs = clock();
    this.socket = undefined;
    let isRefused = false;
    const framed = new FramedSocket({ socket, stream, cork, metrics, reader: DEAF });
    const session = admit(this.peer, framed, (end) => {
      if (isRefused) this.waitRefused(end.reason);
      else this.waitAfter(end, openedAtMs);
    });
    const refuse = (): void => {
      isRefused = true;
    };
    framed.handOver(new AlphaReader(session, refuse));
  }

  private openSession(framed: FramedSocket): void {
    const { clock, admit } = this.parts;
    const openedAtMs = clock();
    this.socket = undefined;
    const session = admit(this.peer, framed, (end) => {
      this.waitAfter(end, openedAtMs);
    });
    framed.handOver(session);
  }

  private waitAfter(end: SessionEnd, openedAtMs: number): void {
    const { limits, clock } = this.parts;
    if (end.isHopeless) this.wait(limits.refusedRetryMs);
    else this.wait(this.backOff.afterMs(clock() - openedAtMs));
  }

  private endRefused(framed: FramedSocket, reason: string): void {
    framed.close(CLOSING_CODE.normal, 'auth refused');
    this.waitRefused(this.masked(reason));
  }

  /** Some peers repeat in their refusal what they were shown. */
  private masked(reason: string): string {
    const { token } = this.uri;
    return token === '' ? reason : reason.replaceAll(token, '***');
  }

  /** The peer said no: knocking harder will not help (SPEC D-8). */
  private waitRefused(reason: string): void {
    const { states, log, limits } = this.parts;
    states.set(this.peer.id, 'failed', `auth refused: ${reason}`);
    log.warn({ peer: this.peer.id, reason: peerText(reason) }, 'the peer refused our credentials');
    this.wait(limits.refusedRetryMs);
  }

  private retryLater(reason: string, uptimeMs: number): void {
    if (this.isStopped) return;
    const { states, log } = this.parts;
    const delayMs = this.backOff.afterMs(uptimeMs);
    states.set(this.peer.id, 'offline', reason);
    log.info({ peer: this.peer.id, reason: peerText(reason), delayMs }, 'peer not reached');
    this.wait(delayMs);
  }

  private wait(delayMs: number): void {
    this.socket = undefined;
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.dial();
    }, delayMs);
  }
}
