import type { JsonObject, JsonValue } from '#eventsourcing';
import {
  type NamedPeer,
  PeerDocumentError,
  type PeerSettings,
  readPeerDocument,
  requireRoomForPeer,
} from '#platform';
import { PeerRegistryError, type PeerRegistryRule } from './peer-registry-error';
import { type PeerCredentials, withoutSecrets, withSecrets } from './peer-secrets';

export interface SoundPeer {
  readonly document: JsonObject;
  readonly settings: PeerSettings;
}

/** @throws PeerRegistryError unfit: what is no description of a peer, or cannot be kept */
export function requireSound(given: unknown): SoundPeer {
  const document = jsonObject(given);
  return { document, settings: settingsOf(document) };
}

/** @throws PeerRegistryError unfit */
export function settingsOf(document: JsonObject): PeerSettings {
  return naming('unfit', () => readPeerDocument(document));
}

/** @throws PeerRegistryError conflict, which names the peer in the way */
export function requireRoom(
  newcomer: PeerSettings,
  surroundings: {
    readonly configured: readonly NamedPeer[];
    readonly ownHostname: string | undefined;
  },
  others: readonly NamedPeer[],
): void {
  const all = [...surroundings.configured, ...others];
  naming('conflict', () => {
    requireRoomForPeer(newcomer, all, surroundings.ownHostname);
  });
}

/**
 * The peer with other credentials: of the same kind, and leading to the same place.
 * @throws PeerRegistryError wrong-credentials | unfit
 */
export function withOtherCredentials(
  document: JsonObject,
  credentials: PeerCredentials,
): PeerSettings {
  requireKind(document, credentials);
  const changed = withSecrets(document, credentials);
  const { settings } = requireSound(changed);
  if (withoutSecrets(changed).uri === document.uri) return settings;
  const message = 'the URI may differ in its credentials only';
  throw new PeerRegistryError('wrong-credentials', 'credentials.uri', message);
}

function requireKind(document: JsonObject, credentials: PeerCredentials): void {
  const given = Object.keys(credentials).join();
  const needed = kindOf(document);
  if (given === needed) return;
  const message =
    needed === undefined
      ? 'this peer has no token: it is found by its host'
      : `this peer has a ${needed}, which alone can be replaced`;
  throw new PeerRegistryError('wrong-credentials', 'credentials', message);
}

function kindOf({ discovery, transport, socket }: JsonObject) {
  if (discovery === 'webfinger') return undefined;
  if (transport === 'rpc') return 'token';
  return socket === 'client' ? 'uri' : 'tokenSha256';
}

function naming<T>(rule: PeerRegistryRule, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PeerDocumentError) {
      const [first] = error.problems;
      const field = ['peer', first?.field].filter(Boolean).join('.');
      throw new PeerRegistryError(rule, field, error.message);
    }
    throw error;
  }
}

/** What no store of text can hold: U+0000, and half of a surrogate pair. */
const UNSTORABLE = /[\0\p{Cs}]/u;

function jsonObject(given: unknown): JsonObject {
  if (isObject(given) && Object.values(given).every(isJson)) return given as JsonObject;
  throw new PeerRegistryError('unfit', 'peer', 'peer must be a JSON object of printable text');
}

function isJson(value: unknown): value is JsonValue | undefined {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (isObject(value)) {
    return Object.entries(value).every(([key, member]) => !UNSTORABLE.test(key) && isJson(member));
  }
  return value === null || value === undefined || typeof value === 'boolean';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
