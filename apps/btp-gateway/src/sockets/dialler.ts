import { type PeerSettings, peerText } from '#platform';
import type { GatewayLimits } from '../gateway-limits';
import type { Log } from '../log';
import type { BtpSession } from '../sessions/btp-session';
import type { SessionEnd } from '../sessions/peer-session';
import type { PeerStates } from '../sessions/peer-states';
import type { Clock, Wire } from '../sessions/wire';
import { AlphaReader } from './alpha-reader';
import { BackOff } from './back-off';
import { Dial, type DialFailure, type DialParts } from './dial';
import type { FramedSocket } from './framed-socket';
import { standRefused } from './refusal';

export interface DiallerParts extends DialParts {
  readonly limits: GatewayLimits;
  readonly log: Log;
  readonly clock: Clock;
  readonly states: PeerStates;
  readonly random: () => number;
  readonly admit: (
    peer: PeerSettings,
    wire: Wire,
    onEnded: (end: SessionEnd) => void,
  ) => BtpSession;
}

/** Keeps up a connection to one peer that we dial: for ever, with growing pauses (SPEC D-7, D-8). */
export class PeerDialler {
  private readonly backOff: BackOff;
  private timer: NodeJS.Timeout | undefined;
  private attempt: Dial;
  private isStopped = false;

  /** @throws BtpUriError if the peer's `uri` is none */
  constructor(
    private readonly parts: DiallerParts,
    private readonly peer: PeerSettings,
  ) {
    const { reconnectMinMs, reconnectMaxMs, steadyAfterMs } = parts.limits;
    this.backOff = new BackOff({
      minMs: reconnectMinMs,
      maxMs: reconnectMaxMs,
      steadyAfterMs,
      random: parts.random,
    });
    this.attempt = this.nextAttempt();
  }

  /** Returns at once, whatever the peer does. */
  start(): void {
    this.parts.states.set(this.peer.id, 'connecting', 'dialling');
    this.attempt.begin();
  }

  /** Dials no more; a session that is open is not touched. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.attempt.giveUp();
  }

  private nextAttempt(): Dial {
    return new Dial(this.parts, this.peer, {
      onOpen: (framed) => {
        if (this.peer.btpVersion === 'BTP/alpha') this.openAlpha(framed);
        else this.openSession(framed);
      },
      onFailed: (failure) => {
        if (failure.rule === 'refused') this.waitRefused(failure.reason);
        else this.retryLater(failure);
      },
    });
  }

  /** The URL has said who we are; a peer that does not know us closes with 1008 (SPEC §5.3). */
  private openAlpha(framed: FramedSocket): void {
    const { clock, admit } = this.parts;
    const openedAtMs = clock();
    let isRefused = false;
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

  /** The peer said no: knocking harder will not help (SPEC D-8). */
  private waitRefused(reason: string): void {
    this.wait(standRefused(this.peer, `auth refused: ${reason}`, this.parts));
  }

  private retryLater({ reason }: DialFailure): void {
    const { states, log } = this.parts;
    const delayMs = this.backOff.afterMs(0);
    states.set(this.peer.id, 'offline', reason);
    log.info({ peer: this.peer.id, reason: peerText(reason), delayMs }, 'peer not reached');
    this.wait(delayMs);
  }

  private wait(delayMs: number): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.attempt = this.nextAttempt();
      this.start();
    }, delayMs);
  }
}
