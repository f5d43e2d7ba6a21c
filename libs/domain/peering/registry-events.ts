import type { JsonObject } from '#eventsourcing';
import type { Currency } from './currency';

/** A peer as an entry of `peers` in the configuration describes it, without anything secret. */
export type PublicPeerDocument = JsonObject & { readonly id: string };

/** A peer came to those that the configuration names. */
export interface PeerAdded {
  readonly type: 'PeerAdded';
  readonly peer: PublicPeerDocument;
  /** An operator's name. */
  readonly by: string;
}

/** What the peer presents, or we to it, is another from now on. */
export interface PeerTokenRotated {
  readonly type: 'PeerTokenRotated';
  readonly peerId: string;
  readonly by: string;
}

/** What became of the ledger of a peer that was removed; none: there was none yet. */
export const LEDGER_FATES = ['closed', 'kept', 'none'] as const;
export type LedgerFate = (typeof LEDGER_FATES)[number];

export interface PeerRemoved {
  readonly type: 'PeerRemoved';
  readonly peerId: string;
  readonly reason: string;
  readonly ledger: LedgerFate;
  readonly by: string;
}

/** We asked the operator of another connector to peer with us (SPEC §8.1). */
export interface PeeringProposed extends Currency {
  readonly type: 'PeeringProposed';
  /** Of the connector that was asked: `host` or `host:port`. */
  readonly hostname: string;
  readonly by: string;
}

export type PeeringEvent = PeerAdded | PeerTokenRotated | PeerRemoved | PeeringProposed;

/** The version that each type is written in today. */
const VERSIONS: Readonly<Record<PeeringEvent['type'], number>> = {
  PeerAdded: 1,
  PeerTokenRotated: 1,
  PeerRemoved: 1,
  PeeringProposed: 1,
};

/** Every type of event about peers that the connector's stream may hold. */
export const PEERING_EVENT_TYPES = Object.keys(VERSIONS).filter(isPeeringEventType);

export function isPeeringEventType(type: string): type is PeeringEvent['type'] {
  return Object.hasOwn(VERSIONS, type);
}

export function peeringVersionOf(type: PeeringEvent['type']): number {
  return VERSIONS[type];
}
