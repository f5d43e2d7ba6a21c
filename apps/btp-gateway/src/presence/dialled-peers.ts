import type { PeerSettings } from '#platform';
import { parseBtpUri } from '#protocol';
import type { SessionEnd } from '../sessions/peer-session';
import type { PeerStates } from '../sessions/peer-states';
import { type DiallerParts, PeerDialler } from '../sockets/dialler';
import type { DialDuty, DialStanding } from './gateway-roster';

/** Keeps up a session with one peer. */
interface Dialler {
  start(): void;
  stop(): void;
}

/** Wraps what is to hear of a session's end; from then until its end, the session counts. */
export type CountSession = (onEnded: (end: SessionEnd) => void) => (end: SessionEnd) => void;

export interface DialledPeersParts {
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
  /** It is not to be dialled any more; it goes when nothing is connected any more. */
  isForgotten: boolean;
  dialler: Dialler | undefined;
  /** Connections to it; two for a moment when a new one replaces an old one. */
  connections: number;
  restsUntilMs: number;
}

const REVIEW_EVERY_MS = 50;

/** No setting: as many dials as one turn of the event loop can begin without anybody noticing. */
const TAKEN_PER_REVIEW = 50;

/** The peers that one of the gateways has to dial: which of them are ours. */
export class DialledPeers {
  private readonly dialled = new Map<string, DialledPeer>();
  private isStopped = false;
  private reviewedAtMs = -Infinity;

  constructor(private readonly parts: DialledPeersParts) {}

  /**
   * One more peer is to be dialled, or one that is known in another way than before; a connection that
   * there is stays.
   * @throws BtpUriError if its `uri` is none
   */
  learn(peer: PeerSettings): void {
    if (peer.rpcUri === undefined) parseBtpUri(peer.uri ?? '');
    const known = this.dialled.get(peer.id);
    if (known === undefined) {
      const nothing = { dialler: undefined, connections: 0, restsUntilMs: -Infinity };
      this.dialled.set(peer.id, { peer, isForgotten: false, ...nothing });
      return;
    }
    this.release(known);
    known.peer = peer;
    known.isForgotten = false;
  }

  /** It is not to be dialled any more; what is connected stays so. */
  forget(peerId: string): void {
    const known = this.dialled.get(peerId);
    if (known === undefined) return;
    this.release(known);
    known.isForgotten = true;
    this.dropIfOver(known);
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
    let taken = 0;
    for (const dialled of this.dialled.values()) {
      if (dialled.isForgotten) continue;
      const duty = this.parts.dutyFor(dialled.peer.id, standingOf(dialled), nowMs);
      if (duty === 'yield') this.yieldTo(dialled);
      if (duty !== 'take' || nowMs < dialled.restsUntilMs || taken >= TAKEN_PER_REVIEW) continue;
      taken += 1;
      this.take(dialled);
    }
  }

  /** Dials nobody any more; what is connected stays so. */
  stop(): void {
    this.isStopped = true;
    for (const dialled of this.dialled.values()) this.release(dialled);
  }

  private take(dialled: DialledPeer): void {
    dialled.dialler = this.makeDialler(dialled);
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

  private dropIfOver(dialled: DialledPeer): void {
    if (dialled.isForgotten && dialled.connections === 0) this.dialled.delete(dialled.peer.id);
  }

  /** A dialler is of one holding: what its socket still says after that concerns no other one. */
  private makeDialler(dialled: DialledPeer): Dialler {
    const { dialler, rpcDialler } = this.parts;
    const { peer } = dialled;
    const count: CountSession = (onEnded) => this.count(dialled, onEnded);
    if (peer.rpcUri !== undefined) return rpcDialler(peer, count);
    return new PeerDialler(
      {
        ...dialler,
        admit: (admitted, wire, onEnded) => dialler.admit(admitted, wire, count(onEnded)),
      },
      peer,
    );
  }

  private count(
    dialled: DialledPeer,
    onEnded: (end: SessionEnd) => void,
  ): (end: SessionEnd) => void {
    const { dialler, restMs, onChange } = this.parts;
    dialled.connections += 1;
    onChange();
    return (end) => {
      dialled.connections -= 1;
      if (end.isSuperseded) {
        // Whoever replaced it holds the peer, and will have said so by then.
        dialled.restsUntilMs = dialler.clock() + restMs;
        this.release(dialled);
      }
      this.dropIfOver(dialled);
      onChange();
      onEnded(end);
    };
  }

  private idsOf(applies: (dialled: DialledPeer) => boolean): readonly string[] {
    return [...this.dialled.values()].filter(applies).map(({ peer }) => peer.id);
  }
}

function standingOf({ dialler, connections }: DialledPeer): DialStanding {
  if (connections > 0) return 'connected';
  return dialler === undefined ? 'idle' : 'dialling';
}
