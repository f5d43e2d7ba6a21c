import { z } from 'zod';
import { dialectsSaid, SPOKEN } from './session-news';

/** The most telling first. failed: needs an operator. */
const STATES = ['open', 'connecting', 'failed', 'offline'] as const;

const standing = z.object({
  peerId: z.string(),
  state: z.enum(STATES),
  /** Milliseconds since the epoch. */
  sinceMs: z.number(),
  /** Why it is not open; empty where there is nothing to say. */
  reason: z.string(),
  /** When it last said anything; left out where it has not, as far as this gateway knows. */
  lastSeenMs: z.number().optional(),
  /** What is spoken over the session, while it is open. */
  speaks: z.enum(SPOKEN).optional(),
  ccpDialects: dialectsSaid,
  /** Names the connector behind the peer, as far as we know it. */
  party: z.string().optional(),
  /**
   * By name, as text: what the peer said of itself and of the ledger, and what we said. `account`,
   * `balance` and `limit` are those of who speaks; where BTP/alpha has a speaker tell the other one's,
   * it is `askersAccount` and `askersBalance`. Amounts are base units; left out: nothing was said.
   */
  heard: z.record(z.string(), z.string()).optional(),
  told: z.record(z.string(), z.string()).optional(),
});

const reply = z.object({ gatewayId: z.string(), peers: z.array(standing) });

/** connecting: dialled, or authenticated and yet to agree on the ledger. failed: needs an operator. */
export type PeerState = (typeof STATES)[number];

/** How one peer stands with one gateway. */
export type PeerStanding = Readonly<z.output<typeof standing>>;

/** Answer to `peerState`, which every gateway gives: how each configured peer stands with it. */
export interface PeerStateReply {
  readonly gatewayId: string;
  readonly peers: readonly PeerStanding[];
}

export interface PeerStandingAt extends PeerStanding {
  /** The gateway that says so; that of the session, where there is one. */
  readonly gatewayId: string;
}

/** @throws ZodError for what is no reply to `peerState` */
export function readPeerStateReply(answer: unknown): PeerStateReply {
  return reply.parse(answer);
}

/**
 * One standing for each peer, ordered by its id: the most telling of all gateways, then the newest. A
 * peer may speak with several of them, so what it said and heard is put together: of each name what the
 * gateway has that saw it last.
 */
export function mergePeerStates(replies: readonly PeerStateReply[]): readonly PeerStandingAt[] {
  const merged = new Map<string, PeerStandingAt>();
  for (const { gatewayId, peers } of replies) {
    for (const peer of peers) {
      const known = merged.get(peer.peerId);
      merged.set(peer.peerId, mergeTwo({ ...peer, gatewayId }, known));
    }
  }
  return [...merged.values()].sort((one, other) => (one.peerId < other.peerId ? -1 : 1));
}

function mergeTwo(one: PeerStandingAt, other: PeerStandingAt | undefined): PeerStandingAt {
  if (other === undefined) return one;
  const [later, earlier] = seenAt(one) > seenAt(other) ? [one, other] : [other, one];
  const heard = { ...earlier.heard, ...later.heard };
  const told = { ...earlier.told, ...later.told };
  return {
    ...(tellsMore(one, other) ? one : other),
    ...(later.lastSeenMs !== undefined && { lastSeenMs: later.lastSeenMs }),
    ...(Object.keys(heard).length > 0 && { heard }),
    ...(Object.keys(told).length > 0 && { told }),
  };
}

function seenAt({ lastSeenMs }: PeerStanding): number {
  return lastSeenMs ?? -Infinity;
}

function tellsMore(one: PeerStanding, other: PeerStanding): boolean {
  if (one.state === other.state) return one.sinceMs > other.sinceMs;
  return STATES.indexOf(one.state) < STATES.indexOf(other.state);
}
