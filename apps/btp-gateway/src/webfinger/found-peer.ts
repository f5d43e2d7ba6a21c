import { agreeWith, deriveSharedLedger, normalPublicKey } from '#domain/peering';
import { digestOfToken, isPrivateLiteral, type PeerSettings } from '#platform';
import { formatBtpUri, type HostResource, httpOrigin, parseBtpUri } from '#protocol';
import type { OwnIdentity } from './own-identity';
import { PeeringError } from './peering-error';

interface Shown {
  readonly resource: HostResource;
  readonly own: OwnIdentity;
  readonly allowPrivateAddresses: boolean;
}

export interface Finding extends Shown {
  /** As configured: with `hostname`. */
  readonly peer: PeerSettings;
}

interface ShownAt extends Shown {
  readonly hostname: string;
}

/**
 * Could whoever shows this at its host be a peer of ours, whatever the currency?
 * @throws PeeringError | KeyAgreementError
 */
export function requirePeerable(shown: ShownAt): void {
  const { own, resource } = shown;
  if (normalPublicKey(resource.publicKey) === own.publicKey) throw new PeeringError('ourselves');
  transport(shown, agreeWith(own.secret, resource.publicKey).authToken);
}

/**
 * A peer as it would stand in the configuration, if everything that its host tells and that follows
 * from the keys had been written there (SPEC §8.4, §8.6).
 * @throws PeeringError | KeyAgreementError
 */
export function foundPeer(finding: Finding): PeerSettings {
  const { peer, resource, own } = finding;
  const peerPublicKey = normalPublicKey(resource.publicKey);
  if (peerPublicKey === own.publicKey) throw new PeeringError('ourselves');
  if (peer.publicKey !== undefined && normalPublicKey(peer.publicKey) !== peerPublicKey) {
    throw new PeeringError('not-the-pinned-key', `${peerPublicKey}, not ${peer.publicKey}`);
  }
  const shared = deriveSharedLedger({ secret: own.secret, peerPublicKey }, peer.ledger);
  const { prefix, account, peerAccount } = shared;
  return {
    ...peer,
    ...transport({ ...finding, hostname: peer.hostname ?? '' }, shared.authToken),
    ledger: { ...peer.ledger, prefix, account, peerAccount },
  };
}

type Transport = Pick<
  PeerSettings,
  'socket' | 'uri' | 'rpcUri' | 'username' | 'token' | 'tokenDigest'
>;

/** BTP if both publish where they are dialled, else the RPC of old (SPEC D-19). */
function transport(shown: ShownAt, authToken: string): Transport {
  const { hostname, resource, own } = shown;
  if (own.btpUri !== undefined && resource.btpUri !== undefined) {
    // Code units compare as both sides can without agreeing on a language.
    const isServer = own.hostname < hostname;
    return isServer ? dialledByIt(authToken) : weDial(checked(resource.btpUri, shown), authToken);
  }
  if (resource.peersRpcUri === undefined) throw new PeeringError('no-common-transport');
  return {
    socket: 'client',
    uri: undefined,
    rpcUri: checked(resource.peersRpcUri, shown),
    username: '',
    token: authToken,
    tokenDigest: undefined,
  };
}

function dialledByIt(authToken: string): Transport {
  const tokenDigest = digestOfToken(authToken);
  return {
    socket: 'server',
    uri: undefined,
    rpcUri: undefined,
    username: '',
    token: '',
    tokenDigest,
  };
}

function weDial(uri: string, token: string): Transport {
  return {
    socket: 'client',
    uri: formatBtpUri({ ...parseBtpUri(uri), username: '', token }),
    rpcUri: undefined,
    username: '',
    token,
    tokenDigest: undefined,
  };
}

const SECURE = /^(?:https|btp\+wss):/i;

/** What a stranger's host tells must neither give the token away nor lead us into our own network. */
function checked(uri: string, { hostname: from, allowPrivateAddresses }: ShownAt): string {
  const isSecure = SECURE.test(uri) || httpOrigin(from).startsWith('http:');
  if (!isSecure) throw new PeeringError('insecure-uri', uri);
  const { hostname } = new URL(uri.replace(/^btp\+ws/i, 'http'));
  if (!allowPrivateAddresses && isPrivateLiteral(hostname)) {
    throw new PeeringError('private-address', hostname);
  }
  return uri;
}
