import type { PeerSettings } from '#platform';
import { parseBtpUri } from '#protocol';
import type { BtpSession } from '../sessions/btp-session';
import type { SessionEnd } from '../sessions/peer-session';
import type { PeerStates } from '../sessions/peer-states';
import type { Wire } from '../sessions/wire';
import { type DiallerParts, PeerDialler } from '../sockets/dialler';
import type { DialDuty, DialStanding } from './gateway-roster';

/** Keeps up a session with one peer. */
interface Dialler {
  start(): void;
  stop(): void;
}

/** Wraps what is to hear of a session's end; from then until its end, the session counts. */
export type CountSession = (
  peer: PeerSettings,
  onEnded: (end: SessionEnd) => void,
) => (end: SessionEnd) => void;

export interface DialledPeersParts {
  readonly peers: readonly PeerSettings[];
  readonly dialler: DiallerParts;
  /** Makes the dialler of a peer that is called over HTTP. */
  readonly rpcDialler: (peer: PeerSettings, count: CountSession) => Dialler;
  readonly states: PeerStates;
  /** What this gateway is to do about a peer. */
  readonly dutyFor: (peerId: string, standing: DialStanding, nowMs: number) => DialDuty;
  /** Others should hear at once that we hold more or less than before. */
  readonly onChange: () => void;
  /** For how long a peer is left alone whose session another gateway's has replaced. */
  readonly restMs: number;
}

interface DialledPeer {
  /** As it is to be dialled next. */
  peer: PeerSettings;
  /** It is not to be dialled any more; what is connected stays so. */
  isForgotten: boolean;
  dialler: Dialler | undefined;
  /** Connections to it; two for a moment when a new one replaces an old one. */
  connections: number;
  restsUntilMs: number;
}

const REVIEW_EVERY_MS = 50;

/** The peers that one of the gateways has to dial: which of them are ours. */
export class DialledPeers {
  private readonly dialled: DialledPeer[] = [];
  private isStopped = false;
  private reviewedAtMs = -Infinity;

  /** @throws BtpUriError for a peer whose `uri` is none */
  constructor(private readonly parts: DialledPeersParts) {
    for (const peer of parts.peers) this.learn(peer);
  }

  /**
   * One more peer is to be dialled, or one that is known in another way than before.
   * @throws BtpUriError if its `uri` is none
   */
  learn(peer: PeerSettings): void {
    if (peer.rpcUri === undefined) parseBtpUri(peer.uri ?? '');
    const known = this.find(peer.id);
    if (known === undefined) {
      const nothing = { dialler: undefined, connections: 0, restsUntilMs: -Infinity };
      this.dialled.push({ peer, isForgotten: false, ...nothing });
      return;
    }
    this.release(known);
    known.peer = peer;
    known.isForgotten = false;
  }

  forget(peerId: string): void {
    const known = this.find(peerId);
    if (known === undefined) return;
    this.release(known);
    known.isForgotten = true;
    this.parts.onChange();
  }

  /** Ids of the peers that we dial or are connected to. */
  get holds(): readonly string[] {
    return this.idsOf(({ dialler, connections }) => dialler !== undefined || connections > 0);
  }

  get connected(): readonly string[] {
    return this.idsOf(({ connections }) => connections > 0);
  }

  /** Time alone may bring a duty: another gateway has been silent for too long, we have settled. */
  sweep(nowMs: number): void {
    if (nowMs - this.reviewedAtMs >= REVIEW_EVERY_MS) this.review(nowMs);
  }

  /** Takes and yields what the others leave and have. */
  review(nowMs: number): void {
    this.reviewedAtMs = nowMs;
    if (this.isStopped) return;
    for (const dialled of this.dialled) {
      if (dialled.isForgotten) continue;
      const duty = this.parts.dutyFor(dialled.peer.id, standingOf(dialled), nowMs);
      if (duty === 'take' && nowMs >= dialled.restsUntilMs) this.take(dialled);
      else if (duty === 'yield') this.yieldTo(dialled);
    }
  }

  /** Dials nobody any more; what is connected stays so. */
  stop(): void {
    this.isStopped = true;
    for (const dialled of this.dialled) this.release(dialled);
  }

  private take(dialled: DialledPeer): void {
    dialled.dialler = this.makeDialler(dialled.peer);
    dialled.dialler.start();
    this.parts.onChange();
  }

  private yieldTo(dialled: DialledPeer): void {
    this.release(dialled);
    this.parts.states.set(dialled.peer.id, 'offline', 'another gateway dials this peer');
    this.parts.onChange();
  }

  private release(dialled: DialledPeer): void {
    dialled.dialler?.stop();
    dialled.dialler = undefined;
  }

  /** A dialler is of one holding: what its socket still says after that concerns no other one. */
  private makeDialler(peer: PeerSettings): Dialler {
    const { dialler, rpcDialler } = this.parts;
    if (peer.rpcUri !== undefined) return rpcDialler(peer, this.count.bind(this));
    return new PeerDialler(
      {
        ...dialler,
        admit: (admitted, wire, onEnded) => this.admit(admitted, wire, onEnded),
      },
      peer,
    );
  }

  private admit(peer: PeerSettings, wire: Wire, onEnded: (end: SessionEnd) => void): BtpSession {
    return this.parts.dialler.admit(peer, wire, this.count(peer, onEnded));
  }

  private count(peer: PeerSettings, onEnded: (end: SessionEnd) => void): (end: SessionEnd) => void {
    const { dialler, restMs, onChange } = this.parts;
    const dialled = this.find(peer.id);
    if (dialled === undefined) throw new Error(`${peer.id} is not dialled`);
    dialled.connections += 1;
    onChange();
    return (end) => {
      dialled.connections -= 1;
      if (end.isSuperseded) {
        // Whoever replaced it holds the peer, and will have said so by then.
        dialled.restsUntilMs = dialler.clock() + restMs;
        this.release(dialled);
      }
      onChange();
      onEnded(end);
    };
  }

  private find(peerId: string): DialledPeer | undefined {
    return this.dialled.find(({ peer }) => peer.id === peerId);
  }

  private idsOf(applies: (dialled: DialledPeer) => boolean): readonly string[] {
    return this.dialled.filter(applies).map(({ peer }) => peer.id);
  }
}

function standingOf({ dialler, connections }: DialledPeer): DialStanding {
  if (connections > 0) return 'connected';
  return dialler === undefined ? 'idle' : 'dialling';
}
