import type { PeerView, LedgerView } from '#read-models';
import type { PeerSettings } from '#platform';
import { describePeer, type PeerDescription } from './peer-description';
import { unknownPeer } from './peer-errors';
import type { PeerServices, PeerStates } from './peer-services';
import type { PeerRegistry, UnusablePeer } from '#peers';
import { sessionView, type SessionView } from './session-watch';

/** Everything about a peer; amounts are decimal text of base units, times ISO 8601. */
export interface PeerOverview extends PeerDescription {
  readonly origin: 'configuration' | 'operator';
  /** null for a peer of the configuration. */
  readonly addedBy: string | null;
  readonly addedAt: string | null;
  readonly currencyCode: string;
  readonly currencyScale: number;
  /** null: no gateway that answers has it. */
  readonly session: SessionView | null;
  /** null: not opened yet. */
  readonly ledger: LedgerView | null;
  readonly dealings: PeerView | null;
}

export interface ProposalView {
  readonly hostname: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
  readonly by: string;
  readonly proposedAt: string;
}

/** How many gateways have answered: with none of them nothing is known of sessions. */
interface Answering {
  readonly gateways: number;
}

export interface PeerListView extends Answering {
  readonly peers: readonly PeerOverview[];
  /** Those on record that cannot be used as they are, and why. */
  readonly unusable: readonly UnusablePeer[];
  /** Ours that nobody has answered yet. */
  readonly proposals: readonly ProposalView[];
}

interface Sources {
  readonly registry: Pick<PeerRegistry, 'list'>;
  readonly services: Pick<PeerServices, 'states'>;
  readonly configured: readonly PeerSettings[];
  readonly ledgers: () => Promise<readonly LedgerView[]>;
  readonly dealings: () => Promise<readonly PeerView[]>;
}

type Origin = Pick<PeerOverview, 'origin' | 'addedBy' | 'addedAt'>;
const CONFIGURED: Origin = { origin: 'configuration', addedBy: null, addedAt: null };

/** Puts together what configuration, registry, gateways and read models know of peers. */
export class PeerViews {
  constructor(private readonly sources: Sources) {}

  /** In order of ids. */
  async list(): Promise<PeerListView> {
    const { registry, services, configured } = this.sources;
    const [registered, states, ledgers, dealings] = await Promise.all([
      registry.list(),
      services.states(),
      this.sources.ledgers(),
      this.sources.dealings(),
    ]);
    const overview = overviews({ states, ledgers, dealings });
    const peers = [
      ...configured.map((peer) => overview(peer, CONFIGURED)),
      ...registered.peers.map(({ settings, addedBy, addedAtMs }) =>
        overview(settings, { origin: 'operator', addedBy, addedAt: isoTime(addedAtMs) }),
      ),
    ].sort((one, other) => (one.peer < other.peer ? -1 : 1));
    const proposals = registered.proposals.map(({ proposedAtMs, ...proposal }) => ({
      hostname: proposal.hostname,
      currencyCode: proposal.currencyCode,
      currencyScale: proposal.currencyScale,
      by: proposal.by,
      proposedAt: isoTime(proposedAtMs),
    }));
    return { peers, unusable: registered.unusable, proposals, gateways: states.gateways };
  }

  /** @throws HttpException 404 */
  async one(peerId: string): Promise<{ readonly peer: PeerOverview } & Answering> {
    const { peers, gateways } = await this.list();
    const peer = peers.find((candidate) => candidate.peer === peerId);
    if (peer === undefined) throw unknownPeer(peerId);
    return { peer, gateways };
  }
}

interface Known {
  readonly states: PeerStates;
  readonly ledgers: readonly LedgerView[];
  readonly dealings: readonly PeerView[];
}

function overviews({ states, ledgers, dealings }: Known) {
  const ledgerOf = new Map(ledgers.map((ledger) => [ledger.ledger, ledger]));
  const dealingsOf = new Map(dealings.map((view) => [view.peer, view]));
  return (peer: PeerSettings, origin: Origin): PeerOverview => ({
    ...describePeer(peer),
    ...origin,
    currencyCode: peer.ledger.currencyCode,
    currencyScale: peer.ledger.currencyScale,
    session: sessionView(states.standings.get(peer.id)),
    ledger: ledgerOf.get(peer.id) ?? null,
    dealings: dealingsOf.get(peer.id) ?? null,
  });
}

const isoTime = (ms: number): string => new Date(ms).toISOString();
