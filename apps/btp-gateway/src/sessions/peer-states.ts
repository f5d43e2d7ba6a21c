import type { PeerStanding, PeerState } from '#contracts';
import { peerText } from '#platform';
import type { Clock } from './wire';

/** How each configured peer stands with this gateway, for operators. */
export class PeerStates {
  private readonly standings = new Map<string, PeerStanding>();

  constructor(
    peerIds: readonly string[],
    private readonly clock: Clock,
  ) {
    for (const peerId of peerIds) this.set(peerId, 'offline', 'no session since the start');
  }

  /**
   * The time of the last change of state stays when only the reason is another. A reason may be in
   * the peer's words.
   */
  set(peerId: string, state: PeerState, reason = ''): void {
    const known = this.standings.get(peerId);
    const sinceMs = known?.state === state ? known.sinceMs : this.clock();
    this.standings.set(peerId, { peerId, state, sinceMs, reason: peerText(reason) });
  }

  list(): readonly PeerStanding[] {
    return [...this.standings.values()];
  }
}
