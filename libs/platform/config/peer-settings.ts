import { areNested, parseBtpUri } from '#protocol';
import type { PeerLedgerSettings, PeerSettings, StaticRoute } from './configuration';
import type { Keyed } from './keyed';
import { partyOf } from './peer-party';
import type { PeerDocument } from './peer-schema';
import type { ProblemList } from './problem-list';
import { checkRelays, isRelay } from './relay-settings';
import { checkRpc } from './rpc-settings';
import { digestOfToken } from './token-digest';
import { checkNotWebFinger, checkWebFinger } from './webfinger-settings';

/** A peer as the services see it; what contradicts itself goes on the list. */
export function peerSettings(peer: PeerDocument, key: string, list: ProblemList): PeerSettings {
  checkCredentials(peer, key, list);
  return {
    id: peer.id,
    discovery: peer.discovery,
    hostname: peer.hostname,
    publicKey: peer.publicKey,
    btpVersion: peer.btpVersion,
    socket: socketOf(peer),
    uri: peer.uri,
    rpcUri: peer.rpcUri,
    ...credentialsOf(peer),
    authority: peer.authority,
    relaysTo: peer.relaysTo,
    ledger: ledgerSettings(peer, `${key}.ledger`, list),
    settlementMethods: peer.settlementMethods,
    dialect: peer.dialect,
    party: partyOf(peer),
  };
}

/** A peer that is called is one that we dial, as far as there is anything to dial. */
function socketOf({ discovery, transport, socket }: PeerDocument): PeerSettings['socket'] {
  if (discovery === 'webfinger') return 'client';
  return transport === 'rpc' ? 'client' : (socket ?? 'server');
}

function checkCredentials(peer: PeerDocument, key: string, list: ProblemList): void {
  if (peer.discovery === 'webfinger') {
    checkWebFinger(peer, key, list);
    return;
  }
  checkNotWebFinger(peer, key, list);
  if (peer.transport === 'rpc') {
    checkRpc(peer, key, list);
    return;
  }
  if (peer.rpcUri !== undefined) list.add(`${key}.rpcUri`, 'is for transport: rpc only');
  if (peer.socket === undefined) {
    list.add(`${key}.socket`, 'is required for transport: btp');
    return;
  }
  if (peer.socket === 'client') {
    if (peer.uri === undefined) list.add(`${key}.uri`, 'is required for socket: client');
    for (const name of ['username', 'token', 'tokenSha256'] as const) {
      if (peer[name] === undefined || peer[name] === '') continue;
      list.add(`${key}.${name}`, 'is for socket: server; with client it stands in uri');
    }
    return;
  }
  if (peer.uri !== undefined) list.add(`${key}.uri`, 'is for socket: client only');
  if (peer.token === undefined && peer.tokenSha256 === undefined) {
    list.add(`${key}.token`, 'is required for socket: server, or tokenSha256');
  }
  if (peer.token !== undefined && peer.tokenSha256 !== undefined) {
    list.add(`${key}.tokenSha256`, 'must not stand beside token');
  }
}

/** What is only compared is not kept: the token of a peer that dials us ends here. */
function credentialsOf(
  peer: PeerDocument,
): Pick<PeerSettings, 'username' | 'token' | 'tokenDigest'> {
  const { username = '', token, tokenSha256 } = peer;
  if (peer.transport === 'rpc') return { username, token: token ?? '', tokenDigest: undefined };
  if (socketOf(peer) === 'server' || peer.uri === undefined) {
    const tokenDigest = token === undefined ? tokenSha256 : digestOfToken(token);
    return { username, token: '', tokenDigest };
  }
  return { ...credentialsIn(peer.uri), tokenDigest: undefined };
}

function credentialsIn(uri: string): { username: string; token: string } {
  const { username, token } = parseBtpUri(uri);
  return { username, token };
}

function ledgerSettings(peer: PeerDocument, key: string, list: ProblemList): PeerLedgerSettings {
  const { ledger } = peer;
  const isOurs = isOursToKeep(peer);
  const { account, peerAccount } = accountsOf(peer);
  checkRequired(peer, key, list);
  if (account === peerAccount && account !== '')
    list.add(`${key}.peerAccount`, 'must differ from account');
  checkLimits(ledger, key, list);
  return {
    prefix: ledger.prefix,
    currencyCode: ledger.currencyCode,
    currencyScale: ledger.currencyScale,
    account,
    peerAccount,
    maxBalance: ledger.maxBalance ?? null,
    minBalance: isOurs ? (ledger.minBalance ?? null) : ledger.minBalance,
  };
}

/** Is there nobody but this configuration to say what the ledger is (SPEC §7.2)? */
function isOursToKeep({ authority }: PeerDocument): boolean {
  return authority === 'admin' || authority === 'symmetric';
}

/** The administrator is `server`; where both decide, whoever is dialled (SPEC §7.1, D-21). */
function accountsOf(peer: PeerDocument): { account: string; peerAccount: string } {
  const { authority, ledger } = peer;
  if (peer.discovery === 'webfinger') return { account: '', peerAccount: '' };
  const isServer = authority === 'symmetric' ? socketOf(peer) === 'server' : authority === 'admin';
  return {
    account: ledger.account ?? (isServer ? 'server' : 'client'),
    peerAccount: ledger.peerAccount ?? (isServer ? 'client' : 'server'),
  };
}

function checkRequired(peer: PeerDocument, key: string, list: ProblemList): void {
  const { authority, ledger } = peer;
  const isDerived = peer.discovery === 'webfinger';
  if (isOursToKeep(peer) && ledger.prefix === undefined && !isDerived) {
    list.add(`${key}.prefix`, `is required for authority: ${authority}`);
  }
  if (isOursToKeep(peer) && ledger.maxBalance === undefined) {
    list.add(`${key}.maxBalance`, `is required for authority: ${authority}; it may be unlimited`);
  }
  if (authority !== 'validated') return;
  // Its two parties agree on their names; the validator that we ask is neither of them (D-17).
  for (const name of ['account', 'peerAccount'] as const) {
    if (ledger[name] !== undefined) continue;
    list.add(`${key}.${name}`, 'is required for authority: validated, as agreed with the party');
  }
}

/** minBalance ≤ 0 ≤ maxBalance (SPEC §7.3). */
function checkLimits(ledger: PeerDocument['ledger'], key: string, list: ProblemList): void {
  const { maxBalance, minBalance } = ledger;
  if (typeof maxBalance === 'bigint' && maxBalance < 0n) {
    list.add(`${key}.maxBalance`, 'must not be negative: it is what the peer may owe us');
  }
  if (typeof minBalance === 'bigint' && minBalance > 0n) {
    list.add(`${key}.minBalance`, 'must not be positive: it is minus what we may owe');
  }
}

/** Ids, credentials and prefixes tell peers apart, so no two may share one (SPEC §2.3). */
export function checkPeersTogether(peers: readonly Keyed<PeerSettings>[], list: ProblemList): void {
  const ids = new Map<string, string>();
  const credentials = new Map<string, string>();
  peers.forEach(({ key, value: peer }, index) => {
    claim(ids, peer.id, { key: `${key}.id`, owner: key }, list);
    if (peer.tokenDigest !== undefined) {
      const identity = JSON.stringify([peer.username, peer.tokenDigest]);
      claim(credentials, identity, { key: `${key}.token`, owner: key }, list);
    }
    for (const other of peers.slice(0, index)) checkPrefixes({ key, value: peer }, other, list);
  });
  checkRelays(peers, list);
}

function claim(
  taken: Map<string, string>,
  value: string,
  { key, owner }: { key: string; owner: string },
  list: ProblemList,
): void {
  const other = taken.get(value);
  if (other === undefined) taken.set(value, owner);
  else list.add(key, `must not be the same as that of ${other}`);
}

function checkPrefixes(
  peer: Keyed<PeerSettings>,
  other: Keyed<PeerSettings>,
  list: ProblemList,
): void {
  const prefix = peer.value.ledger.prefix;
  const otherPrefix = other.value.ledger.prefix;
  if (prefix === undefined || otherPrefix === undefined) return;
  if (!areNested(prefix, otherPrefix) || isRelay(peer.value, other.value)) return;
  const rule = prefix === otherPrefix ? 'be the same as' : 'lie inside, or around,';
  list.add(`${peer.key}.ledger.prefix`, `must not ${rule} that of ${other.key}`);
}

/**
 * A next hop is an account of the peer's on a ledger of ours (SPEC §14.2). A shadow may learn its
 * prefix later, and a peer may be added while we run, so an unknown ledger is not wrong.
 */
export function checkRoute(
  { key, value: route }: Keyed<StaticRoute>,
  peers: readonly PeerSettings[],
  list: ProblemList,
): void {
  if (!route.connectorAccount.startsWith(route.connectorLedger)) {
    list.add(`${key}.connectorAccount`, 'must start with connectorLedger');
    return;
  }
  const peer = peers.find(({ ledger }) => ledger.prefix === route.connectorLedger);
  if (peer?.relaysTo !== undefined) {
    list.add(`${key}.connectorLedger`, 'must not be a ledger that relays: it carries nothing else');
    return;
  }
  if (
    peer !== undefined &&
    route.connectorAccount === `${route.connectorLedger}${peer.ledger.account}`
  ) {
    list.add(`${key}.connectorAccount`, 'is our own account on that ledger, not the next hop');
  }
}
