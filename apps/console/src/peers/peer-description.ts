import type { PeerSettings } from '#platform';
import { parseBtpUri, webSocketUrl } from '#protocol';

/** What everybody may know of a peer: nothing that it or we present. */
export interface PeerDescription {
  readonly peer: string;
  readonly discovery: PeerSettings['discovery'];
  /** null: as its host will tell. */
  readonly transport: 'btp' | 'rpc' | null;
  readonly btpVersion: PeerSettings['btpVersion'];
  /** server: it dials us. null: as its host will tell. */
  readonly socket: PeerSettings['socket'] | null;
  /** Where we dial, call or look it up; null if it dials us. */
  readonly address: string | null;
  readonly authority: PeerSettings['authority'];
}

export function describePeer(peer: PeerSettings): PeerDescription {
  const { id, discovery, btpVersion, socket, authority } = peer;
  const isFound = discovery === 'webfinger';
  const transport = peer.rpcUri === undefined ? 'btp' : 'rpc';
  return {
    peer: id,
    discovery,
    transport: isFound ? null : transport,
    btpVersion,
    socket: isFound ? null : socket,
    address: addressOf(peer),
    authority,
  };
}

function addressOf({ discovery, hostname, rpcUri, uri }: PeerSettings): string | null {
  if (discovery === 'webfinger') return hostname ?? null;
  if (rpcUri !== undefined) return rpcUri;
  return uri === undefined ? null : webSocketUrl(parseBtpUri(uri));
}
