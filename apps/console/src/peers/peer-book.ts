import type { LedgerDescription } from '#contracts';
import type { PeerAddition, PeerRegistry, RegisteredPeer } from '#peers';
import {
  type NamedPeer,
  PeerDocumentError,
  type PeerProblem,
  type PeerSettings,
  readPeerDocument,
  requireRoomForPeer,
} from '#platform';
import { effectivePort, parseBtpUri } from '#protocol';
import type { LedgerView } from '#read-models';
import { type LedgerKeys, requireRoomAmongLedgers, requireRoomForKeys } from './ledger-room';
import { type PeerDescription, describePeer } from './peer-description';
import {
  ledgerInTheWay,
  notForThisPeer,
  peerInTheWay,
  unknownPeer,
  unreadablePeer,
} from './peer-errors';
import type { PeerServices } from './peer-services';
import { recording } from './recording';

/** The event that an order is on record as. */
export interface Recorded {
  readonly event: string;
  readonly version: number;
}

export interface AddedPeer extends Recorded {
  readonly outcome: 'added';
  readonly peer: PeerDescription;
}

/** A peer in the form of the configuration; holds what is presented. */
export type PeerDocument = Readonly<Record<string, unknown>>;

/** What every change is held against beside the peers that were added before. */
type Surroundings = Pick<PeerAddition, 'configured' | 'ownHostname'>;

export interface BookOptions {
  readonly registry: PeerRegistry;
  readonly services: Pick<PeerServices, 'openLedger' | 'announceChange'>;
  /** What the read models know. */
  readonly ledgers: () => Promise<readonly LedgerView[]>;
  /** The peers of the configuration, and our own host. */
  readonly surroundings: Surroundings;
}

/** All peers, those of the configuration and those of the operator, and how further ones get in. */
export class PeerBook {
  /** What every change is held against. */
  readonly surroundings: Surroundings;
  /** One addition after the other: what one has opened is not another one's to change. */
  private lastAdded: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: BookOptions) {
    this.surroundings = options.surroundings;
  }

  /** @throws HttpException 422 */
  read(document: PeerDocument): PeerSettings {
    try {
      return readPeerDocument(document);
    } catch (error) {
      if (error instanceof PeerDocumentError)
        throw unreadablePeer(error.problems.map(withoutLedger));
      throw error;
    }
  }

  /**
   * Nothing of what others have, now or in the log, may the peer have.
   * @throws HttpException 409
   */
  async requireRoom(newcomer: PeerSettings): Promise<void> {
    requireRoomAmong(newcomer, await this.everybody(), this.surroundings);
    requireRoomAmongLedgers(newcomer, await this.options.ledgers());
  }

  /**
   * The gateway opens the ledger that follows from the keys of two hosts, when there is nobody to tell.
   * @throws HttpException 409
   */
  async requireRoomForKeys(newcomer: PeerSettings, keys: LedgerKeys): Promise<void> {
    requireRoomForKeys(newcomer, keys, await this.options.ledgers());
  }

  /**
   * As it shall be from now on, a peer that is there must leave all others what is theirs.
   * @throws HttpException 409
   */
  async requireRoomToChange(changed: PeerSettings): Promise<void> {
    const others = (await this.everybody()).filter(({ peer }) => peer.id !== changed.id);
    requireRoomAmong(changed, others, this.surroundings);
  }

  /**
   * Opens the ledger, if there is nobody else to say what it is, and puts the peer on record.
   * @throws HttpException 409 | 422 | 503 | 504; nothing is added then
   */
  add(document: PeerDocument, by: string): Promise<AddedPeer> {
    const added = this.lastAdded.then(() => this.addAlone(document, by));
    this.lastAdded = added.catch(() => undefined);
    return added;
  }

  /**
   * One that can be removed at run time, be it of any use or not.
   * @throws HttpException 404 | 409
   */
  async requireRegistered(peerId: string): Promise<void> {
    this.requireNotConfigured(peerId);
    const { peers, unusable } = await this.options.registry.list();
    if (![...peers, ...unusable].some((peer) => peer.peerId === peerId)) throw unknownPeer(peerId);
  }

  /**
   * One that can be changed at run time.
   * @throws HttpException 404 | 409
   */
  async registered(peerId: string): Promise<RegisteredPeer> {
    this.requireNotConfigured(peerId);
    const { peers } = await this.options.registry.list();
    const found = peers.find((peer) => peer.peerId === peerId);
    if (found === undefined) throw unknownPeer(peerId);
    return found;
  }

  private async addAlone(document: PeerDocument, by: string): Promise<AddedPeer> {
    const { registry, services } = this.options;
    const settings = this.read(document);
    await this.requireRoom(settings);
    const addition = { document, by, ...this.surroundings };
    await recording(() => registry.requireAddable(addition));
    await this.openLedger(settings);
    const recorded = await recording(() => registry.add(addition));
    services.announceChange();
    return { outcome: 'added', ...recorded, peer: describePeer(settings) };
  }

  private requireNotConfigured(peerId: string): void {
    if (!this.surroundings.configured.some(({ peer }) => peer.id === peerId)) return;
    const message = `${peerId} stands in the configuration, and is changed there`;
    throw notForThisPeer('id', 'in-configuration', message);
  }

  /** @throws HttpException 409 | 503 | 504 */
  private async openLedger(peer: PeerSettings): Promise<void> {
    const ledger = ledgerToOpen(peer);
    if (ledger === undefined) return;
    const reply = await this.options.services.openLedger(ledger);
    if (reply.outcome === 'conflict') throw ledgerInTheWay(reply);
  }

  private async everybody(): Promise<NamedPeer[]> {
    const { peers } = await this.options.registry.list();
    return [...this.surroundings.configured, ...peers.map(ofOperator)];
  }
}

function ofOperator({ peerId, settings, addedBy, addedAtMs }: RegisteredPeer): NamedPeer {
  const when = new Date(addedAtMs).toISOString();
  return { name: `the peer ${peerId} that ${addedBy} added at ${when}`, peer: settings };
}

/** One whose prefix is learnt, or derived, is opened by the gateway that learns it. */
function ledgerToOpen({ id, ledger, authority }: PeerSettings): LedgerDescription | undefined {
  const { prefix, maxBalance, minBalance, ...names } = ledger;
  if (prefix === undefined) return undefined;
  if (authority !== 'admin' && authority !== 'symmetric') return undefined;
  return {
    ledgerId: id,
    prefix,
    ...names,
    authority,
    maxBalance: maxBalance?.toString() ?? null,
    minBalance: minBalance?.toString() ?? null,
  };
}

function requireRoomAmong(
  newcomer: PeerSettings,
  others: readonly NamedPeer[],
  { ownHostname }: Pick<Surroundings, 'ownHostname'>,
): void {
  const problems = [
    ...inTheWay(newcomer, others, { ownHostname }),
    ...dialledTwice(newcomer, others),
  ];
  if (problems.length > 0) throw peerInTheWay(problems.map(withoutLedger));
}

function inTheWay(
  newcomer: PeerSettings,
  others: readonly NamedPeer[],
  { ownHostname }: Pick<Surroundings, 'ownHostname'>,
): readonly PeerProblem[] {
  try {
    requireRoomForPeer(newcomer, others, ownHostname);
    return [];
  } catch (error) {
    if (error instanceof PeerDocumentError) return error.problems;
    throw error;
  }
}

/** At one place, with the same credentials, there is one account of ours. */
function dialledTwice({ uri }: PeerSettings, others: readonly NamedPeer[]): PeerProblem[] {
  const dialled = uri === undefined ? undefined : placeOf(uri);
  return others
    .filter(({ peer }) => peer.uri !== undefined && placeOf(peer.uri) === dialled)
    .map(({ name }) => ({ field: 'uri', rule: `must not lead to the account of ${name}` }));
}

function placeOf(uri: string): string {
  const parsed = parseBtpUri(uri);
  const { scheme, host, path, username, token } = parsed;
  return JSON.stringify([scheme, host, effectivePort(parsed), path, username, token]);
}

/** Whoever orders says `prefix`, and need not know where in a document that stands. */
function withoutLedger({ field, rule }: PeerProblem): PeerProblem {
  return { field: field.replace(/^ledger\./, ''), rule };
}
