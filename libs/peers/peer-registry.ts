import {
  type ConfiguredIds,
  decideAdd,
  decidePropose,
  decideRemove,
  decideRotate,
  decodePeeringEvent,
  encodePeeringEvent,
  evolvePeers,
  type LedgerFate,
  NO_PEERS,
  type PeerAdded,
  type PeerEntry,
  PEERING_EVENT_TYPES,
  type PeeringDecision,
  type PeeringEvent,
  type PeeringState,
  type PendingProposal,
} from '#domain/peering';
import {
  type ConnectorDecision,
  type ConnectorLog,
  type ConnectorTransaction,
  type NewConnectorEvent,
} from '#event-store';
import { canonicalJson, type JsonObject, type RecordedEvent } from '#eventsourcing';
import type { NamedPeer, PeerSettings } from '#platform';
import { readCredentials, writeCredentials } from './peer-credential-rows';
import { requireRoom, requireSound, settingsOf, withOtherCredentials } from './peer-documents';
import { nameOf } from './peer-name';
import { errorOfRefusal, PeerRegistryError } from './peer-registry-error';
import { type PeerCredentials, splitPeer, type SplitPeer, withSecrets } from './peer-secrets';

/** A peer that was added at run time. */
export interface RegisteredPeer {
  readonly peerId: string;
  /** As an entry of `peers` in the configuration, secrets included: never for a log. */
  readonly document: JsonObject;
  readonly settings: PeerSettings;
  /** Grows whenever anything of the peer changes. */
  readonly revision: number;
  readonly addedBy: string;
  readonly addedAtMs: number;
}

/** A peer whose document is nothing that today's code can use: its secrets are gone, say. */
export interface UnusablePeer {
  readonly peerId: string;
  /** For people; without secrets. */
  readonly problem: string;
}

export interface PeerList {
  /** Version of the newest event about peers. */
  readonly version: number;
  /** In the order in which they were added. */
  readonly peers: readonly RegisteredPeer[];
  readonly unusable: readonly UnusablePeer[];
  readonly proposals: readonly PendingProposal[];
}

/** What became of a change. */
export interface PeerChange<Type extends PeeringEvent['type']> {
  readonly event: Type;
  /** Of the event, which may be an older one if it was so before. */
  readonly version: number;
}

/** What a change is held against beside the peers that were added before. */
export interface Surroundings {
  /** The peers of the configuration, under the names by which an operator finds them. */
  readonly configured: readonly NamedPeer[];
  /** `webfinger.hostname`, if we are found by it. */
  readonly ownHostname: string | undefined;
}

export interface PeerAddition extends Surroundings {
  /** As an entry of `peers` in the configuration. */
  readonly document: unknown;
  /** An operator's name. */
  readonly by: string;
}

export interface TokenRotation extends Surroundings {
  readonly peerId: string;
  /** Of the kind that the peer has. */
  readonly credentials: PeerCredentials;
  readonly by: string;
}

export interface PeerRemoval extends Pick<Surroundings, 'configured'> {
  readonly peerId: string;
  readonly reason: string;
  readonly ledger: LedgerFate;
  readonly by: string;
}

export interface PeeringProposal {
  readonly hostname: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
  readonly by: string;
}

interface Changing {
  readonly state: PeeringState;
  readonly transaction: ConnectorTransaction;
}

/**
 * The peers that come and go at run time: events of the connector's stream, and their secrets beside
 * it. Each change is decided while nobody else decides, so any process may make it.
 */
export class PeerRegistry {
  /** Folded from committed events only, and taken further by each look. */
  private folded: PeeringState = NO_PEERS;

  constructor(
    private readonly log: Pick<ConnectorLog, 'append' | 'look'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** As of one moment. @throws UnreadablePeeringEventError, and as the database does */
  list(): Promise<PeerList> {
    return this.log.look(async (transaction) => {
      const { version, peers, proposals } = await this.catchUp(transaction);
      const credentials = await readCredentials(transaction);
      const read = [...peers.values()].map((entry) =>
        registeredPeer(entry, credentials.get(entry.document.id)),
      );
      return {
        version,
        peers: read.filter((peer) => 'settings' in peer),
        unusable: read.filter((peer) => 'problem' in peer),
        proposals: [...proposals.values()],
      };
    });
  }

  /**
   * Adds a peer, if it leaves all others what is theirs.
   * @throws PeerRegistryError unfit | in-configuration | already-there | conflict
   */
  async add(addition: PeerAddition): Promise<PeerChange<'PeerAdded'>> {
    const peer = soundPeer(addition);
    return this.change('PeerAdded', async (changing) => {
      const decision = await decideAddition(changing, addition, peer);
      if ('event' in decision) {
        await writeCredentials(changing.transaction, peer.document.id, peer.credentials);
      }
      return decision;
    });
  }

  /** Could the peer be added now? Puts nothing on record. @throws as `add` */
  async requireAddable(addition: PeerAddition): Promise<void> {
    const peer = soundPeer(addition);
    await this.log.look(async (transaction) => {
      const state = await this.catchUp(transaction);
      this.written(await decideAddition({ state, transaction }, addition, peer));
    });
  }

  /**
   * Another token from now on.
   * @throws PeerRegistryError unfit | in-configuration | not-there | wrong-credentials | conflict
   */
  rotateToken(rotation: TokenRotation): Promise<PeerChange<'PeerTokenRotated'>> {
    const { peerId, credentials, by, configured, ownHostname } = rotation;
    return this.change('PeerTokenRotated', async ({ state, transaction }) => {
      const decision = decideRotate(state, { peerId, by }, idsOf(configured));
      const entry = state.peers.get(peerId);
      if (!('event' in decision) || entry === undefined) return decision;
      const settings = withOtherCredentials(entry.document, credentials);
      const others = await namedPeers(state, transaction);
      requireRoom(
        settings,
        { configured, ownHostname },
        others.filter(({ peer }) => peer.id !== peerId),
      );
      await writeCredentials(transaction, peerId, credentials);
      return decision;
    });
  }

  /** The peer is forgotten, with its secrets. @throws PeerRegistryError unfit | in-configuration | not-there */
  remove(removal: PeerRemoval): Promise<PeerChange<'PeerRemoved'>> {
    const { configured, ...command } = removal;
    return this.change('PeerRemoved', async ({ state, transaction }) => {
      const decision = decideRemove(state, command, idsOf(configured));
      if ('event' in decision) await writeCredentials(transaction, command.peerId, undefined);
      return decision;
    });
  }

  /**
   * Writes down that somebody was asked to peer; once for each host and currency.
   * @throws PeerRegistryError unfit | already-there; ProposalError
   */
  propose(proposal: PeeringProposal): Promise<PeerChange<'PeeringProposed'>> {
    return this.change('PeeringProposed', ({ state }) =>
      Promise.resolve(decidePropose(state, proposal)),
    );
  }

  private async change<Type extends PeeringEvent['type']>(
    event: Type,
    decide: (changing: Changing) => Promise<PeeringDecision<PeeringEvent>>,
  ): Promise<PeerChange<Type>> {
    const { result, version } = await this.log.append(async (transaction) => {
      const state = await this.catchUp(transaction);
      return this.written(await decide({ state, transaction }));
    });
    return { event, version: result ?? version };
  }

  /** The result is the version of an older event, where nothing happens. */
  private written(decision: PeeringDecision<PeeringEvent>): ConnectorDecision<number | undefined> {
    if ('refusal' in decision) throw errorOfRefusal(decision.refusal);
    if ('repeated' in decision) return { events: [], result: decision.repeated };
    return { events: [newEvent(decision.event, this.now())], result: undefined };
  }

  private async catchUp(transaction: ConnectorTransaction): Promise<PeeringState> {
    // A look that began before the newest decision must not know more than its tables do.
    const before = this.folded.version <= transaction.version ? this.folded : NO_PEERS;
    const events = await transaction.read({
      afterVersion: before.version,
      types: PEERING_EVENT_TYPES,
    });
    const state = events.reduce(evolveRecorded, before);
    if (state.version > this.folded.version) this.folded = state;
    return state;
  }
}

interface Newcomer extends SplitPeer {
  readonly settings: PeerSettings;
}

/** @throws PeerRegistryError unfit */
function soundPeer({ document }: PeerAddition): Newcomer {
  const { settings, ...sound } = requireSound(document);
  return { ...splitPeer(sound.document, settings), settings };
}

/** @throws PeerRegistryError conflict */
async function decideAddition(
  { state, transaction }: Changing,
  { by, configured, ownHostname }: PeerAddition,
  { document, settings }: Newcomer,
): Promise<PeeringDecision<PeerAdded>> {
  const decision = decideAdd(state, { document, by }, idsOf(configured));
  if ('event' in decision) {
    const others = await namedPeers(state, transaction);
    requireRoom(settings, { configured, ownHostname }, others);
  }
  return decision;
}

function registeredPeer(
  { document: terms, revision, addedBy, addedAtMs }: PeerEntry,
  credentials: PeerCredentials | undefined,
): RegisteredPeer | UnusablePeer {
  const peerId = terms.id;
  const document = withSecrets(terms, credentials);
  try {
    return { peerId, document, settings: settingsOf(document), revision, addedBy, addedAtMs };
  } catch (error) {
    if (error instanceof PeerRegistryError) return { peerId, problem: error.message };
    throw error;
  }
}

/** Those that were added at run time, named for the operator who has to do with one of them. */
async function namedPeers(
  { peers }: PeeringState,
  transaction: ConnectorTransaction,
): Promise<readonly NamedPeer[]> {
  const credentials = await readCredentials(transaction);
  return [...peers.values()].flatMap((entry) => {
    const read = registeredPeer(entry, credentials.get(entry.document.id));
    return 'settings' in read ? [{ name: nameOf(read), peer: read.settings }] : [];
  });
}

function evolveRecorded(state: PeeringState, recorded: RecordedEvent): PeeringState {
  const payload = JSON.parse(recorded.payload) as JsonObject;
  return evolvePeers(state, decodePeeringEvent({ ...recorded, payload }), recorded);
}

function newEvent(event: PeeringEvent, occurredAtMs: number): NewConnectorEvent {
  const { type, schemaVersion, payload } = encodePeeringEvent(event);
  return { type, schemaVersion, occurredAtMs, payload: canonicalJson(payload) };
}

function idsOf(configured: readonly NamedPeer[]): ConfiguredIds {
  return new Set(configured.map(({ peer }) => peer.id));
}
