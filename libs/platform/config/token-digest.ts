import { createHash } from 'node:crypto';

/**
 * What is kept of a token that is only ever compared: its SHA-256 as 64 lower-case hex digits, as
 * `printf %s TOKEN | sha256sum` prints it.
 */
export function digestOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The document with the digests of all tokens that are only compared, fit to be handed on. */
export function withoutComparedTokens(
  document: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { peers } = document;
  return Array.isArray(peers) ? { ...document, peers: peers.map(withDigest) } : document;
}

function withDigest(peer: unknown): unknown {
  if (typeof peer !== 'object' || peer === null) return peer;
  if (!('token' in peer) || !('socket' in peer) || peer.socket !== 'server') return peer;
  const { token, ...rest } = peer;
  return typeof token === 'string' ? { ...rest, tokenSha256: digestOfToken(token) } : peer;
}
