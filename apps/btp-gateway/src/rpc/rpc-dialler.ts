import type { PeerSettings } from '#platform';
import type { GatewayLimits } from '../gateway-limits';
import type { Log } from '../log';
import type { SessionEnd } from '../sessions/peer-session';
import type { PeerStates } from '../sessions/peer-states';
import type { Clock } from '../sessions/wire';
import { standRefused } from '../sockets/refusal';
import type { RpcChannel } from './rpc-channel';

export interface RpcDiallerParts {
  readonly limits: Pick<
    GatewayLimits,
    'rpcRetryMs' | 'reconnectMinMs' | 'refusedRetryMs' | 'foundPeerRetryMs'
  >;
  readonly states: PeerStates;
  readonly log: Log;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Starts a session, which begins by asking whether the peer is there. */
  readonly admit: (peer: PeerSettings, onEnded: (end: SessionEnd) => void) => RpcChannel;
}

/** Up to this share is added to a pause, so that many peers are not tried at once. */
const JITTER_SHARE = 0.1;

/** Keeps up a session with one peer that we call over HTTP: for ever, and unhurriedly (SPEC §8.5). */
export class RpcDialler {
  private timer: NodeJS.Timeout | undefined;
  private endedAtMs = 0;
  private isStopped = false;

  constructor(
    private readonly parts: RpcDiallerParts,
    private readonly peer: PeerSettings,
  ) {}

  /** Returns at once, whatever the peer does. */
  start(): void {
    this.attempt();
  }

  /** Tries no more; a session that is open is not touched. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** The peer has just called us, so it is there: no need to wait any longer. */
  hearCall(): void {
    const { clock, limits } = this.parts;
    if (this.timer === undefined || clock() - this.endedAtMs < limits.reconnectMinMs) return;
    clearTimeout(this.timer);
    this.attempt();
  }

  private attempt(): void {
    this.timer = undefined;
    const channel = this.parts.admit(this.peer, (end) => {
      if (channel.wasRefused) standRefused(this.peer, end.reason, this.parts);
      this.wait();
    });
  }

  private wait(): void {
    const { limits, random, clock } = this.parts;
    this.endedAtMs = clock();
    if (this.isStopped) return;
    this.timer = setTimeout(
      () => {
        this.attempt();
      },
      Math.round(limits.rpcRetryMs * (1 + JITTER_SHARE * random())),
    );
  }
}
