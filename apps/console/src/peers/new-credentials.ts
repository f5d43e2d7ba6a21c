import { digestOfToken, type PeerSettings } from '#platform';
import { formatBtpUri, parseBtpUri } from '#protocol';
import { unreadableOrder } from '../order-errors';
import { freshToken } from './invitation-desk';
import type { PeerDocument } from './peer-book';
import { notForThisPeer } from './peer-errors';
import type { PeerRegistry } from '#peers';

type Credentials = Parameters<PeerRegistry['rotateToken']>[0]['credentials'];

export interface NewCredentials {
  readonly credentials: Credentials;
  /** A token that was made here, so that nobody knows it yet. */
  readonly madeToken?: string;
}

interface Wanted {
  readonly token?: string | undefined;
  readonly uri?: string | undefined;
}

/**
 * What is presented from now on: for a peer that dials us a token, a fresh one if none is given; for
 * one that we dial its URI, or only the token in it.
 * @throws HttpException 409 | 422
 */
export function newCredentials(peer: PeerSettings, { token, uri }: Wanted): NewCredentials {
  if (peer.discovery === 'webfinger') {
    const message = `what ${peer.id} and we present follows from our keys; there is no other token`;
    throw notForThisPeer('token', 'derived', message);
  }
  if (peer.uri !== undefined) return { credentials: { uri: newUri(peer.uri, { token, uri }) } };
  if (uri !== undefined) throw unreadable('uri', 'is only for a peer that we dial');
  if (peer.rpcUri !== undefined) {
    if (token === undefined) throw unreadable('token', 'is required: both sides present it');
    return { credentials: { token } };
  }
  if (token !== undefined) return { credentials: { tokenSha256: digestOfToken(token) } };
  const madeToken = freshToken();
  return { credentials: { tokenSha256: digestOfToken(madeToken) }, madeToken };
}

/** The peer with these instead of those that it has. */
export function withCredentials(document: PeerDocument, credentials: Credentials): PeerDocument {
  const kept = Object.entries(document).filter(([name]) => !REPLACED.has(name));
  return { ...Object.fromEntries(kept), ...credentials };
}

const REPLACED: ReadonlySet<string> = new Set(['token', 'tokenSha256', 'uri']);

function newUri(current: string, { token, uri }: Wanted): string {
  if (uri !== undefined) return uri;
  if (token === undefined) throw unreadable('token', 'is required for a peer that we dial, or uri');
  return formatBtpUri({ ...parseBtpUri(current), token });
}

function unreadable(field: string, rule: string) {
  return unreadableOrder([{ field, rule }]);
}
