import type { JsonValue } from '#eventsourcing';
import type { Currency } from './currency';
import type { PeeringEvent, PublicPeerDocument } from './registry-events';

/** A peer that was added at run time and not removed since. */
export interface PeerEntry {
  readonly document: PublicPeerDocument;
  /** Version of the newest event about it: grows whenever anything of the peer changes. */
  readonly revision: number;
  readonly addedBy: string;
  readonly addedAtMs: number;
}

/** A connector whose operator was asked to peer, and that is no peer yet. */
export interface PendingProposal extends Currency {
  readonly hostname: string;
  readonly by: string;
  readonly proposedAtMs: number;
  /** Of the event. */
  readonly version: number;
}

/** What the events about peers come to. Never changed in place. */
export interface PeeringState {
  /** Version of the newest event that counts; 0 before the first. */
  readonly version: number;
  /** By id, in the order in which they were added. */
  readonly peers: ReadonlyMap<string, PeerEntry>;
  /** By `proposalKey`, the oldest first. */
  readonly proposals: ReadonlyMap<string, PendingProposal>;
}

export const NO_PEERS: PeeringState = { version: 0, peers: new Map(), proposals: new Map() };

/** When an event happened, and which place it has. */
export interface Occurrence {
  readonly version: number;
  readonly occurredAtMs: number;
}

/** Between two connectors there is one ledger for each currency. */
export function proposalKey({
  hostname,
  currencyCode,
  currencyScale,
}: Currency & { readonly hostname: string }): string {
  return `${hostname} ${currencyCode} ${currencyScale}`;
}

/** The proposal that a peer is the answer to; undefined for one that is not found by its host. */
export function answeredProposal({ hostname, ledger }: PublicPeerDocument): string | undefined {
  if (typeof hostname !== 'string' || !isMembers(ledger)) return undefined;
  const { currencyCode, currencyScale } = ledger;
  if (typeof currencyCode !== 'string' || typeof currencyScale !== 'number') return undefined;
  return proposalKey({ hostname, currencyCode, currencyScale });
}

/** The state after one more event. An event about a peer that is not there changes nothing but the version. */
export function evolvePeers(
  state: PeeringState,
  event: PeeringEvent,
  { version, occurredAtMs }: Occurrence,
): PeeringState {
  const peers = new Map(state.peers);
  const proposals = new Map(state.proposals);
  switch (event.type) {
    case 'PeerAdded': {
      const { peer: document, by: addedBy } = event;
      peers.set(document.id, { document, revision: version, addedBy, addedAtMs: occurredAtMs });
      proposals.delete(answeredProposal(document) ?? '');
      break;
    }
    case 'PeerTokenRotated': {
      const entry = peers.get(event.peerId);
      if (entry !== undefined) peers.set(event.peerId, { ...entry, revision: version });
      break;
    }
    case 'PeerRemoved':
      peers.delete(event.peerId);
      break;
    case 'PeeringProposed': {
      const { hostname, currencyCode, currencyScale, by } = event;
      const proposal = { hostname, currencyCode, currencyScale, by };
      proposals.set(proposalKey(event), { ...proposal, proposedAtMs: occurredAtMs, version });
      break;
    }
  }
  return { version, peers, proposals };
}

function isMembers(
  value: JsonValue | undefined,
): value is Readonly<Record<string, JsonValue | undefined>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
