import {
  type NamedPeer,
  PeerDocumentError,
  type PeerSettings,
  requireRoomForPeer,
} from '#platform';
import { nameOf } from './peer-name';
import type { RegisteredPeer, Surroundings } from './peer-registry';

/** A peer of the configuration and one that was added at run time get in each other's way. */
export class PeerConflictError extends Error {
  override readonly name = 'PeerConflictError';
}

/** The peers of the configuration under the names by which an operator finds them there. */
export function configuredPeers(peers: readonly PeerSettings[]): readonly NamedPeer[] {
  return peers.map((peer) => ({ name: `peers.${peer.id} in the configuration`, peer }));
}

/**
 * Does a configuration that may have changed leave the peers that were added at run time what is
 * theirs?
 * @throws PeerConflictError that names both
 */
export function requireNoConflict(
  peers: readonly RegisteredPeer[],
  { configured, ownHostname }: Surroundings,
): void {
  for (const peer of peers) {
    try {
      requireRoomForPeer(peer.settings, configured, ownHostname);
    } catch (error) {
      if (!(error instanceof PeerDocumentError)) throw error;
      throw new PeerConflictError(`${nameOf(peer)}: ${error.message}`);
    }
  }
}
