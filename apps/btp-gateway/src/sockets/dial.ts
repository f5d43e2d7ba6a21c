import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { PeerSettings } from '#platform';
import { alphaWebSocketUrl, type BtpUri, parseBtpUri, webSocketUrl } from '#protocol';
import { type ClientOptions, WebSocket } from 'ws';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import { CLOSING_CODE } from '../sessions/wire';
import type { LookupOf } from '../webfinger/webfinger';
import { ClientHandshake } from './client-handshake';
import { DEAF, FramedSocket } from './framed-socket';
import { dialFailure, isTlsFault, type TrustedAuthorities } from './trusted-authorities';
import type { TurnCork } from './turn-cork';

export interface DialParts {
  readonly limits: Pick<GatewayLimits, 'frameBytes' | 'requestTimeoutMs'>;
  readonly metrics: GatewayMetrics;
  readonly cork: TurnCork;
  /** Who is believed when the peer shows a certificate. */
  readonly authorities: Pick<TrustedAuthorities, 'secureContext'>;
  readonly lookupOf: LookupOf;
}

/** Why a dial came to nothing; `refused`: the peer did not want our credentials. */
export interface DialFailure {
  readonly rule: 'unreachable' | 'tls' | 'timed-out' | 'refused';
  /** May be in the words of the peer; without the token. */
  readonly reason: string;
}

/** Whoever dials. One of the two is called, once, unless the dial is given up before. */
export interface DialListener {
  /**
   * The peer has taken our credentials; in BTP/alpha it has not refused them so far (SPEC §5.3). The
   * socket is deaf until it is handed over.
   */
  onOpen(framed: FramedSocket): void;
  onFailed(failure: DialFailure): void;
}

/** What goes on to the connection below is not among the options that ws names. */
interface DialOptions extends ClientOptions {
  readonly secureContext: SecureContext;
  readonly lookup: LookupFunction | undefined;
}

/** One attempt to reach a peer at its URI, and to be let in. */
export class Dial {
  private readonly uri: BtpUri;
  private socket: WebSocket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  /** @throws BtpUriError if the peer's `uri` is none */
  constructor(
    private readonly parts: DialParts,
    private readonly peer: PeerSettings,
    private readonly listener: DialListener,
  ) {
    this.uri = parseBtpUri(peer.uri ?? '');
  }

  /** Returns at once, whatever the peer does. */
  begin(): void {
    const socket = new WebSocket(
      this.isAlpha ? alphaWebSocketUrl(this.uri) : webSocketUrl(this.uri),
      this.options(),
    );
    this.socket = socket;
    let stream: Duplex | undefined;
    let failure: DialFailure = { rule: 'unreachable', reason: 'the connection was closed' };
    const closedEarly = (): void => {
      this.fail(failure);
    };
    socket.on('upgrade', (response) => {
      stream = response.socket;
    });
    socket.on('error', (error) => {
      failure = failureOf(error);
    });
    socket.once('close', closedEarly);
    socket.once('open', () => {
      socket.removeListener('close', closedEarly);
      if (this.isAlpha) this.openAlpha(socket, stream);
      else this.authenticate(socket, stream);
    });
  }

  /** Nobody hears of it any more; what is open already is not touched. */
  giveUp(): void {
    if (this.isOver) return;
    this.end();
    this.socket?.terminate();
  }

  private get isAlpha(): boolean {
    return this.peer.btpVersion === 'BTP/alpha';
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

  private openAlpha(socket: WebSocket, stream: Duplex | undefined): void {
    const { cork, metrics } = this.parts;
    this.open(new FramedSocket({ socket, stream, cork, metrics, reader: DEAF }));
  }

  private authenticate(socket: WebSocket, stream: Duplex | undefined): void {
    const { cork, metrics, limits } = this.parts;
    const handshake = new ClientHandshake(this.uri);
    this.timer = setTimeout(() => {
      framed.close(CLOSING_CODE.normal, 'no answer to auth');
      this.fail({ rule: 'timed-out', reason: 'no answer to auth' });
    }, limits.requestTimeoutMs);
    const framed = new FramedSocket({
      socket,
      stream,
      cork,
      metrics,
      reader: {
        receive: (frame) => {
          const answer = handshake.judge(frame);
          if (answer.kind === 'welcome') this.open(framed);
          else if (answer.kind === 'refused') this.beRefused(framed, answer.reason);
        },
        receivePong: () => undefined,
        receiveNoise: () => undefined,
        lose: (reason) => {
          this.fail({ rule: 'unreachable', reason: `before auth was answered: ${reason}` });
        },
      },
    });
    framed.send(handshake.frame());
  }

  /** A welcome that was on its way when the dial was given up comes too late. */
  private open(framed: FramedSocket): void {
    if (this.isOver) return;
    this.end();
    framed.handOver(DEAF);
    this.listener.onOpen(framed);
  }

  private beRefused(framed: FramedSocket, reason: string): void {
    framed.close(CLOSING_CODE.normal, 'auth refused');
    this.fail({ rule: 'refused', reason: this.masked(reason) });
  }

  /** Some peers repeat in their refusal what they were shown. */
  private masked(reason: string): string {
    const { token } = this.uri;
    return token === '' ? reason : reason.replaceAll(token, '***');
  }

  private fail(failure: DialFailure): void {
    if (this.isOver) return;
    this.end();
    this.listener.onFailed(failure);
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}

/** How ws says so. */
const TIMED_OUT = /timed out|ETIMEDOUT/;

function failureOf(error: Error & { readonly code?: unknown }): DialFailure {
  const reason = dialFailure(error);
  if (isTlsFault(error)) return { rule: 'tls', reason };
  return { rule: TIMED_OUT.test(error.message) ? 'timed-out' : 'unreachable', reason };
}
