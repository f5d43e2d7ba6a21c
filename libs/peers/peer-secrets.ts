import type { PublicPeerDocument } from '#domain/peering';
import type { JsonObject, JsonValue } from '#eventsourcing';
import { digestOfToken, type PeerSettings } from '#platform';
import { formatBtpUri, parseBtpUri } from '#protocol';

/** What tells a peer from a stranger, or us from one; never part of an event. */
export type PeerCredentials =
  /** Of a peer that dials us: SHA-256 of what it presents, 64 lower-case hex digits. */
  | { readonly tokenSha256: string }
  /** Of a peer that we dial: the URI, with what we present. */
  | { readonly uri: string }
  /** Of a peer that is called over HTTP, and calls us: what both present. */
  | { readonly token: string };

export interface SplitPeer {
  /** Fit for the log, and what is compared in one spelling. */
  readonly document: PublicPeerDocument;
  /** undefined: nothing is secret, for all follows from the keys of two hosts. */
  readonly credentials: PeerCredentials | undefined;
}

const SECRET_MEMBERS = ['token', 'tokenSha256'] as const;

/** The document without anything secret: no token, no digest of one, a URI without credentials. */
export function withoutSecrets(document: JsonObject): JsonObject {
  const members = Object.entries(document).filter(
    ([name, value]) => value !== undefined && !SECRET_MEMBERS.some((secret) => secret === name),
  );
  return Object.fromEntries(
    members.map(([name, value]) => [name, name === 'uri' ? withoutCredentials(value) : value]),
  );
}

/** The document as it was added, but that of a token which is only compared its digest stands there. */
export function withSecrets(
  document: JsonObject,
  credentials: PeerCredentials | undefined,
): JsonObject {
  return { ...document, ...credentials };
}

/** Takes apart what was read as `settings`: what may be known to all, and what may not. */
export function splitPeer(document: JsonObject, settings: PeerSettings): SplitPeer {
  const { id, hostname, ledger } = settings;
  const terms = withoutSecrets(document);
  return {
    document: {
      ...terms,
      id,
      ...(hostname === undefined ? {} : { hostname }),
      ledger: { ...membersOf(terms.ledger), currencyCode: ledger.currencyCode },
    },
    credentials: credentialsIn(document),
  };
}

function credentialsIn({ token, tokenSha256, uri, transport }: JsonObject) {
  if (typeof uri === 'string') return { uri };
  if (typeof tokenSha256 === 'string') return { tokenSha256 };
  if (typeof token !== 'string') return undefined;
  return transport === 'rpc' ? { token } : { tokenSha256: digestOfToken(token) };
}

function withoutCredentials(uri: JsonValue | undefined): JsonValue | undefined {
  if (typeof uri !== 'string') return uri;
  return formatBtpUri({ ...parseBtpUri(uri), username: '', token: '' });
}

function membersOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {};
}
