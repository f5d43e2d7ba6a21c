import { parseBtpUri, webSocketUrl } from '#protocol';
import type { PeerDocument } from './peer-schema';

/**
 * Names the connector behind a peer, so that it is known again where it is attached as several peers
 * (SPEC D-36): as configured, else by where it is found or reached. A validator is reached for
 * somebody else.
 * @returns undefined where nothing tells; a `uri` that cannot be read does not either
 */
export function partyOf(
  peer: Pick<PeerDocument, 'party' | 'hostname' | 'uri' | 'rpcUri' | 'authority'>,
): string | undefined {
  if (peer.party !== undefined) return peer.party;
  if (peer.authority === 'validated') return undefined;
  return peer.hostname ?? addressOf(peer);
}

function addressOf({ uri, rpcUri }: Pick<PeerDocument, 'uri' | 'rpcUri'>): string | undefined {
  if (uri === undefined) return rpcUri;
  try {
    return webSocketUrl(parseBtpUri(uri));
  } catch {
    return undefined;
  }
}
