import { isDeepStrictEqual } from 'node:util';
import type { PeerSettings } from '#platform';

/**
 * What a new description of a peer asks for.
 * none: nothing that we go by has changed.
 * credentials: what a peer that comes to us presents, or who we think is behind it; whoever is with us
 *   has shown who it is.
 * way: how we reach the peer, or what we present there, or who we think is behind it.
 * agreement: anything else; as good as another peer.
 */
export type PeerChange = 'none' | 'credentials' | 'way' | 'agreement';

export function changeBetween(known: PeerSettings, now: PeerSettings): PeerChange {
  if (isDeepStrictEqual(known, now)) return 'none';
  if (!isDeepStrictEqual(agreementOf(known), agreementOf(now))) return 'agreement';
  return now.socket === 'server' ? 'credentials' : 'way';
}

function agreementOf(peer: PeerSettings): PeerSettings {
  const noWay = { uri: undefined, rpcUri: undefined, party: undefined };
  return { ...peer, ...noWay, username: '', token: '', tokenDigest: undefined };
}
