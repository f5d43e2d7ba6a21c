import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerStandingAt } from '#contracts';
import type { PeerServices, PeerStates } from './peer-services';

const LOOK_AGAIN_MS = 100;

/** How a peer stands with the gateways; times ISO 8601. */
export interface SessionView {
  readonly state: PeerStandingAt['state'];
  /** Why it is not open; empty where there is nothing to say. */
  readonly reason: string;
  readonly since: string;
  readonly lastSeen: string | null;
  readonly gateway: string;
  /** By name, as text: what it told us of itself and the ledger, and what we told it. */
  readonly heard: Readonly<Record<string, string>>;
  readonly told: Readonly<Record<string, string>>;
}

export function sessionView(standing: PeerStandingAt | undefined): SessionView | null {
  if (standing === undefined) return null;
  const { state, reason, sinceMs, lastSeenMs, gatewayId, heard = {}, told = {} } = standing;
  return {
    state,
    reason,
    since: isoTime(sinceMs),
    lastSeen: lastSeenMs === undefined ? null : isoTime(lastSeenMs),
    gateway: gatewayId,
    heard,
    told,
  };
}

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Looks at a peer's session for as long as it may take to come. */
export class SessionWatch {
  constructor(private readonly services: Pick<PeerServices, 'states'>) {}

  /** How it stands as soon as it is open, or cannot be without an operator, or when the time is over. */
  async untilOpen(peerId: string, withinMs: number): Promise<SessionView | null> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const { standings }: PeerStates = await this.services.states();
      const standing = standings.get(peerId);
      const isSettled = standing?.state === 'open' || standing?.state === 'failed';
      if (isSettled || performance.now() >= deadline) return sessionView(standing);
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
