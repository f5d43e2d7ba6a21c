import { parseBtpUri } from '../btp/btp-uri';
import { WebFingerError } from './webfinger-error';

const REL = 'https://interledger.org/rel/';

/** What a connector says of itself to whoever looks up its host (SPEC §8.3). */
export interface HostResource {
  /** X25519, 32 bytes, base64url without padding. */
  readonly publicKey: string;
  /** Where the historic RPC transport is spoken, and where BTP; at least one of them is there. */
  readonly peersRpcUri?: string;
  /** Without credentials (SPEC D-19). */
  readonly btpUri?: string;
}

/** What our own document says beyond that. */
export interface OwnHostResource extends HostResource {
  /** `host` or `host:port`. */
  readonly hostname: string;
  readonly title: string;
  readonly protocolVersion: string;
  readonly ledgerUri: string;
  readonly settlementMethodsUri: string;
}

/** The JSON Resource Descriptor that answers for our host. */
export function hostDocument(own: OwnHostResource): object {
  const links = {
    ledgerUri: own.ledgerUri,
    peersRpcUri: own.peersRpcUri,
    btpUri: own.btpUri,
    settlementMethods: own.settlementMethodsUri,
  };
  return {
    subject: `https://${own.hostname}`,
    properties: {
      [`${REL}publicKey`]: own.publicKey,
      [`${REL}title`]: own.title,
      [`${REL}protocolVersion`]: own.protocolVersion,
    },
    links: Object.entries(links).flatMap(([name, href]) =>
      href === undefined ? [] : [{ rel: REL + name, href }],
    ),
  };
}

/** Of a document that is looked at, bytes. */
const MAX_BYTES = 65_536;
const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;
const KEY_BYTES = 32;
/** No credentials, and no query, which is ours to add. */
const HTTP = /^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/i;

/**
 * Reads a peer's document. Members that are not ours to know are passed over.
 * @throws WebFingerError
 */
export function readHostResource(document: Buffer): HostResource {
  if (document.length > MAX_BYTES) throw new WebFingerError('document', 'too-large');
  const members = objectOf(parse(document), 'document');
  const properties = objectOf(members.properties, 'properties');
  const links = linksOf(members.links);
  const peersRpcUri = links.get(`${REL}peersRpcUri`);
  const btpUri = links.get(`${REL}btpUri`);
  if (peersRpcUri === undefined && btpUri === undefined) {
    throw new WebFingerError('links.peersRpcUri', 'missing');
  }
  return {
    publicKey: keyOf(properties[`${REL}publicKey`]),
    ...(peersRpcUri === undefined ? {} : { peersRpcUri: httpUri(peersRpcUri) }),
    ...(btpUri === undefined ? {} : { btpUri: plainBtpUri(btpUri) }),
  };
}

function parse(document: Buffer): unknown {
  try {
    return JSON.parse(document.toString('utf8'));
  } catch {
    throw new WebFingerError('document', 'not-json');
  }
}

function objectOf(value: unknown, field: string): Record<string, unknown> {
  if (value === undefined) throw new WebFingerError(field, 'missing');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WebFingerError(field, 'not-an-object');
  }
  return { ...value };
}

/** Targets by relation; of several of one relation the first counts. */
function linksOf(value: unknown): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  if (!Array.isArray(value)) return links;
  for (const link of value as readonly unknown[]) {
    if (typeof link !== 'object' || link === null) continue;
    const { rel, href }: { rel?: unknown; href?: unknown } = link;
    if (typeof rel === 'string' && typeof href === 'string' && !links.has(rel)) {
      links.set(rel, href);
    }
  }
  return links;
}

function keyOf(value: unknown): string {
  const field = 'properties.publicKey';
  if (value === undefined) throw new WebFingerError(field, 'missing');
  if (typeof value !== 'string') throw new WebFingerError(field, 'not-text');
  const bytes = Buffer.from(value, 'base64');
  const isKey = KEY.test(value) && bytes.length === KEY_BYTES && bytes.some((byte) => byte !== 0);
  if (!isKey) throw new WebFingerError(field, 'not-a-key');
  return bytes.toString('base64url');
}

function httpUri(href: string): string {
  if (HTTP.test(href) && URL.canParse(href)) return href;
  throw new WebFingerError('links.peersRpcUri', 'not-a-uri');
}

/** Credentials in a public document would be nobody's. */
function plainBtpUri(href: string): string {
  const uri = tryBtpUri(href);
  if (uri?.username === '' && uri.token === '') return href;
  throw new WebFingerError('links.btpUri', 'not-a-uri');
}

function tryBtpUri(href: string): ReturnType<typeof parseBtpUri> | undefined {
  try {
    return parseBtpUri(href);
  } catch {
    return undefined;
  }
}
