import { createHash } from 'node:crypto';
import type { GatewayPresence } from '#contracts';

/** How this gateway stands with a peer that has to be dialled by one of us. */
export type DialStanding = 'idle' | 'dialling' | 'connected';

/** take: dial it. yield: dial it no more. keep: go on as it is. */
export type DialDuty = 'take' | 'yield' | 'keep';

export interface RosterLimits {
  /** Silent for so long, a gateway is gone, ms. */
  readonly gatewayGoneAfterMs: number;
  /** How long a newcomer listens for others before it dials, ms. */
  readonly gatewaySettleMs: number;
}

interface Other {
  readonly gatewayId: string;
  readonly isLeaving: boolean;
  readonly holds: ReadonlySet<string>;
  readonly connected: ReadonlySet<string>;
  heardAtMs: number;
}

/**
 * Which gateways there are, by what they announce, and which of them is to dial a peer: whoever does
 * already, else the one whose id ranks highest together with the peer's. All see the same, so all
 * come to the same; where they do not for a moment, one yields, or the owner of the ledger ends one of
 * the two sessions.
 *
 * A gateway hears itself as well. One that does not is cut off from the bus, and its silence about
 * others says nothing about them: it keeps what it has and takes nothing, since they may well have a
 * session with the peer it would dial. When it hears itself again, the others get all their time anew.
 */
export class GatewayRoster {
  private readonly others = new Map<string, Other>();
  private heardSelfAtMs = -Infinity;
  private hearingSinceMs = Infinity;

  constructor(
    private readonly gatewayId: string,
    private readonly limits: RosterLimits,
  ) {}

  hear(presence: GatewayPresence, nowMs: number): void {
    const { gatewayId, state, holds, connected } = presence;
    if (gatewayId === this.gatewayId) {
      this.hearSelf(nowMs);
      return;
    }
    this.others.set(gatewayId, {
      gatewayId,
      isLeaving: state === 'leaving',
      holds: new Set(holds),
      connected: new Set(connected),
      heardAtMs: nowMs,
    });
  }

  /**
   * Does what we announce come back to us? Given up sooner than any other gateway is: after half the
   * time, in which both have announced themselves.
   */
  isHearing(nowMs: number): boolean {
    return nowMs - this.heardSelfAtMs < this.limits.gatewayGoneAfterMs / 2;
  }

  /** Is there anybody else who takes over what we leave? */
  hasSuccessor(nowMs: number): boolean {
    return this.isHearing(nowMs) && this.staying(nowMs).length > 0;
  }

  dutyFor(peerId: string, standing: DialStanding, nowMs: number): DialDuty {
    if (!this.isHearing(nowMs) || standing === 'connected') return 'keep';
    const staying = this.staying(nowMs);
    const holders = staying.filter(({ holds }) => holds.has(peerId));
    if (standing === 'dialling') {
      const isTaken = holders.some(({ connected }) => connected.has(peerId));
      return isTaken || !this.outranks(holders, peerId) ? 'yield' : 'keep';
    }
    const isSettled = nowMs - this.hearingSinceMs >= this.limits.gatewaySettleMs;
    if (holders.length > 0 || !isSettled) return 'keep';
    return this.outranks(staying, peerId) ? 'take' : 'keep';
  }

  private hearSelf(nowMs: number): void {
    if (!this.isHearing(nowMs)) {
      this.hearingSinceMs = nowMs;
      for (const other of this.others.values()) other.heardAtMs = nowMs;
    }
    this.heardSelfAtMs = nowMs;
  }

  /** Those who are there and do not leave; forgets who is gone, unless it is we who hear nothing. */
  private staying(nowMs: number): readonly Other[] {
    for (const [gatewayId, { heardAtMs }] of this.others) {
      if (nowMs - heardAtMs >= this.limits.gatewayGoneAfterMs) this.others.delete(gatewayId);
    }
    return [...this.others.values()].filter(({ isLeaving }) => !isLeaving);
  }

  private outranks(others: readonly Other[], peerId: string): boolean {
    if (others.length === 0) return true;
    const own = rankOf(this.gatewayId, peerId);
    return others.every(({ gatewayId }) => own > rankOf(gatewayId, peerId));
  }
}

function rankOf(gatewayId: string, peerId: string): string {
  return createHash('sha256').update(`${gatewayId} ${peerId}`).digest('hex');
}
