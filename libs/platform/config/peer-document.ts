import type { PeerSettings } from './configuration';
import type { Keyed } from './keyed';
import { peer } from './peer-schema';
import { checkPeersTogether, peerSettings } from './peer-settings';
import { ProblemList } from './problem-list';
import { checkDiscovery } from './webfinger-settings';

/** Something that is wrong with one peer; never repeats a secret. */
export interface PeerProblem {
  /** `ledger.prefix`; empty for the peer as a whole. */
  readonly field: string;
  readonly rule: string;
}

/** A peer that was described at run time, and cannot be taken as it is. */
export class PeerDocumentError extends Error {
  override readonly name = 'PeerDocumentError';

  constructor(readonly problems: readonly PeerProblem[]) {
    super(problems.map(({ field, rule }) => (field === '' ? rule : `${field} ${rule}`)).join('; '));
  }
}

/** Another peer, and where the operator finds it: the configuration, or when and by whom it was added. */
export interface NamedPeer {
  readonly name: string;
  readonly peer: PeerSettings;
}

const KEY = 'peer';

/**
 * Reads one peer as an entry of `peers` in the configuration reads, without a configuration around it.
 * @throws PeerDocumentError with every problem there is
 */
export function readPeerDocument(document: unknown): PeerSettings {
  const list = emptyList();
  const read = list.read(peer, document, KEY);
  const settings = read && peerSettings(read, KEY, list);
  if (settings === undefined || list.problems.length > 0) throw errorOf(list);
  return settings;
}

/**
 * Does the peer leave all others what is theirs: id, credentials, addresses, host? A validator's pair
 * of peers stands in the configuration.
 * @throws PeerDocumentError that names the peers in the way
 */
export function requireRoomForPeer(
  newcomer: PeerSettings,
  others: readonly NamedPeer[],
  ownHostname: string | undefined,
): void {
  const list = emptyList();
  if (newcomer.relaysTo !== undefined) {
    list.add(`${KEY}.relaysTo`, 'is for the configuration only, where both parties stand');
  }
  for (const other of others) checkBeside(newcomer, other, list);
  checkDiscovery(ownHostname, [newcomer], list);
  if (list.problems.length > 0) throw errorOf(list);
}

function checkBeside(newcomer: PeerSettings, { name, peer: other }: NamedPeer, list: ProblemList) {
  const pair: Keyed<PeerSettings>[] = [
    { key: name, value: { ...other, relaysTo: undefined } },
    { key: KEY, value: { ...newcomer, relaysTo: undefined } },
  ];
  checkPeersTogether(pair, list);
  if (newcomer.discovery !== 'webfinger' || !isInCurrencyOf(newcomer, other)) return;
  if (newcomer.hostname === other.hostname) {
    list.add(`${KEY}.hostname`, `and its currency must not be those of ${name}`);
  } else if (newcomer.publicKey !== undefined && newcomer.publicKey === other.publicKey) {
    // A ledger follows from the keys, so under another name a host has the same one.
    list.add(`${KEY}.publicKey`, `and its currency must not be those of ${name}`);
  }
}

function isInCurrencyOf({ ledger }: PeerSettings, other: PeerSettings): boolean {
  const { currencyCode, currencyScale } = other.ledger;
  return ledger.currencyCode === currencyCode && ledger.currencyScale === currencyScale;
}

function emptyList(): ProblemList {
  return new ProblemList({ tree: {}, problems: [], originOf: () => '' });
}

function errorOf({ problems }: ProblemList): PeerDocumentError {
  return new PeerDocumentError(
    problems.map(({ key, rule }) => ({ field: key.replace(/^peer(?:\.|$)/, ''), rule })),
  );
}
