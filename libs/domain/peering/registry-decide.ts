import { readCurrency, type Currency } from './currency';
import { readHostname } from './hostname';
import type {
  LedgerFate,
  PeerAdded,
  PeeringEvent,
  PeeringProposed,
  PeerRemoved,
  PeerTokenRotated,
  PublicPeerDocument,
} from './registry-events';
import { answeredProposal, type PeeringState, proposalKey } from './registry-state';

/** Ids of the peers of the configuration, which nothing at run time adds, changes or removes. */
export type ConfiguredIds = ReadonlySet<string>;

export interface AddPeer {
  /** Read and found sound; with what is compared in one spelling. */
  readonly document: PublicPeerDocument;
  readonly by: string;
}

export interface RotateToken {
  readonly peerId: string;
  readonly by: string;
}

export interface RemovePeer {
  readonly peerId: string;
  readonly reason: string;
  readonly ledger: LedgerFate;
  readonly by: string;
}

export interface ProposePeering extends Currency {
  readonly hostname: string;
  readonly by: string;
}

export type PeeringRefusal =
  | {
      readonly rule: 'already-there';
      readonly peerId: string;
      readonly addedBy: string;
      readonly addedAtMs: number;
    }
  | { readonly rule: 'not-there' | 'in-configuration'; readonly peerId: string }
  /** Must have 1 to 500 printable characters. */
  | { readonly rule: 'unfit-text'; readonly field: 'by' | 'reason' };

/** `repeated`: it was so before, since the event of this version. */
export type PeeringDecision<Event extends PeeringEvent> =
  { readonly event: Event } | { readonly repeated: number } | { readonly refusal: PeeringRefusal };

type Refused = { readonly refusal: PeeringRefusal } | undefined;

/** Refuses, in order: a text, an id of the configuration, an id that was added before. */
export function decideAdd(
  { peers }: PeeringState,
  { document, by }: AddPeer,
  configured: ConfiguredIds,
): PeeringDecision<PeerAdded> {
  return (
    unfitText('by', by) ??
    inConfiguration(document.id, configured) ??
    alreadyThere(document.id, peers) ?? { event: { type: 'PeerAdded', peer: document, by } }
  );
}

/** Refuses, in order: a text, a peer of the configuration, one that is not there. */
export function decideRotate(
  { peers }: PeeringState,
  { peerId, by }: RotateToken,
  configured: ConfiguredIds,
): PeeringDecision<PeerTokenRotated> {
  return (
    unfitText('by', by) ??
    inConfiguration(peerId, configured) ??
    notThere(peerId, peers) ?? { event: { type: 'PeerTokenRotated', peerId, by } }
  );
}

/** Refuses, in order: texts, a peer of the configuration, one that is not there. */
export function decideRemove(
  { peers }: PeeringState,
  { peerId, reason, ledger, by }: RemovePeer,
  configured: ConfiguredIds,
): PeeringDecision<PeerRemoved> {
  return (
    unfitText('by', by) ??
    unfitText('reason', reason) ??
    inConfiguration(peerId, configured) ??
    notThere(peerId, peers) ?? { event: { type: 'PeerRemoved', peerId, reason, ledger, by } }
  );
}

/**
 * What was proposed and is not answered is not proposed again. Refuses a text, and a connector that
 * is a peer in this currency already.
 * @throws ProposalError for a hostname or a currency that is none
 */
export function decidePropose(
  { peers, proposals }: PeeringState,
  { by, ...proposal }: ProposePeering,
): PeeringDecision<PeeringProposed> {
  const hostname = readHostname(proposal.hostname);
  const currency = readCurrency({ ...proposal });
  const key = proposalKey({ hostname, ...currency });
  const pending = proposals.get(key);
  if (pending !== undefined) return { repeated: pending.version };
  const peer = [...peers.values()].find(({ document }) => answeredProposal(document) === key);
  return (
    unfitText('by', by) ??
    (peer && alreadyThere(peer.document.id, peers)) ?? {
      event: { type: 'PeeringProposed', hostname, ...currency, by },
    }
  );
}

function inConfiguration(peerId: string, configured: ConfiguredIds): Refused {
  return configured.has(peerId) ? { refusal: { rule: 'in-configuration', peerId } } : undefined;
}

function alreadyThere(peerId: string, peers: PeeringState['peers']): Refused {
  const entry = peers.get(peerId);
  if (entry === undefined) return undefined;
  const { addedBy, addedAtMs } = entry;
  return { refusal: { rule: 'already-there', peerId, addedBy, addedAtMs } };
}

function notThere(peerId: string, peers: PeeringState['peers']): Refused {
  return peers.has(peerId) ? undefined : { refusal: { rule: 'not-there', peerId } };
}

/** Longest text of an order that is kept for ever. */
const MAX_TEXT = 500;
/** Control characters and lone surrogates: no reader can see them, and not every store holds them. */
const NOT_PRINTABLE = /[\p{Cc}\p{Cs}]/u;

function unfitText(field: 'by' | 'reason', text: string): Refused {
  const isFit = text.trim() !== '' && text.length <= MAX_TEXT && !NOT_PRINTABLE.test(text);
  return isFit ? undefined : { refusal: { rule: 'unfit-text', field } };
}
