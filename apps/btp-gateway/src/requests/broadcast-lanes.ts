import type { PeerBroadcast, PeerBroadcastReply } from '#contracts';
import type { Clock } from '../sessions/wire';

/** Asks a router; rejects where none answers in time. */
export type AskRouter = (broadcast: PeerBroadcast, withinMs: number) => Promise<PeerBroadcastReply>;

/** `busy`: too many of this peer wait. `unavailable`: no router has answered. */
export type BroadcastVerdict =
  | PeerBroadcastReply
  | { readonly outcome: 'busy' }
  | { readonly outcome: 'unavailable'; readonly error?: unknown };

export interface BroadcastLanesParts {
  readonly askRouter: AskRouter;
  /** How long a broadcast may take, its waiting included; less than the peer waits for the answer. */
  readonly withinMs: number;
  readonly clock: Clock;
}

/**
 * Broadcasts of one peer that may wait while one is worked on. No setting: a peer broadcasts every half
 * minute, and one that has much to say at once waits for our answers.
 */
const WAITING_PER_PEER = 4;

interface Lane {
  /** Resolves when the last of them is done. */
  last: Promise<unknown>;
  /** Being worked on, and waiting. */
  inside: number;
}

/** Brings the broadcasts of peers to the routers: of each peer one at a time, in order. */
export class BroadcastLanes {
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly parts: BroadcastLanesParts) {}

  /** Never rejects. */
  async carry(broadcast: PeerBroadcast): Promise<BroadcastVerdict> {
    const { peerId } = broadcast;
    const lane = this.lanes.get(peerId) ?? { last: Promise.resolve(), inside: 0 };
    if (lane.inside > WAITING_PER_PEER) return { outcome: 'busy' };
    this.lanes.set(peerId, lane);
    lane.inside += 1;
    const untilMs = this.parts.clock() + this.parts.withinMs;
    const carrying = lane.last.then(() => this.ask(broadcast, untilMs));
    lane.last = carrying;
    const verdict = await carrying;
    lane.inside -= 1;
    if (lane.inside === 0) this.lanes.delete(peerId);
    return verdict;
  }

  private async ask(broadcast: PeerBroadcast, untilMs: number): Promise<BroadcastVerdict> {
    const { askRouter, clock } = this.parts;
    const leftMs = untilMs - clock();
    // The peer waits no longer: it will say it again, and perhaps otherwise.
    if (leftMs <= 0) return { outcome: 'unavailable' };
    try {
      return await askRouter(broadcast, leftMs);
    } catch (error) {
      return { outcome: 'unavailable', error };
    }
  }
}
