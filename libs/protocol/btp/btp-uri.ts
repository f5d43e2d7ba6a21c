import { isHost } from './uri-host';

/** The part of a BTP URI that breaks the grammar of SPEC §5.9. */
export type BtpUriRule = 'scheme' | 'userinfo' | 'hostname' | 'port' | 'path' | 'fragment';

const REASON: Readonly<Record<BtpUriRule, string>> = {
  scheme: 'it must start with btp+ws:// or btp+wss://',
  userinfo: 'username and token must be percent-encoded, and an @ needs one of them before it',
  hostname: 'it has no valid hostname',
  port: 'the port must be a number from 1 to 65535',
  path: 'path and query must be printable ASCII without spaces',
  fragment: 'a fragment is not allowed',
};

/** A text that is no BTP URI. Nothing of the text is repeated, for it may hold a token. */
export class BtpUriError extends Error {
  override readonly name = 'BtpUriError';

  constructor(readonly rule: BtpUriRule) {
    super(`not a BTP URI: ${REASON[rule]}`);
  }
}

/** The parts of a BTP URI (SPEC §5.9). Holds a secret: log `webSocketUrl` of it, not this. */
export interface BtpUri {
  readonly scheme: 'ws' | 'wss';
  /** Decoded; may be empty. */
  readonly username: string;
  /** Decoded; may be empty. */
  readonly token: string;
  /** Lower case; an IPv6 address keeps its brackets. */
  readonly host: string;
  /** As written; undefined stands for the default of the scheme, 80 or 443. */
  readonly port: number | undefined;
  /** Path and query, verbatim, without credentials; empty or starting with `/`. */
  readonly path: string;
}

const SCHEME = /^btp\+(wss?):\/\//i;
const ENCODED = /^(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*$/;
const PORT = /^\d{1,5}$/;
const PATH = /^(?:\/[!-"$-~]*)?$/;
const MAX_PORT = 65_535;

/**
 * Reads a BTP URI.
 * @throws BtpUriError naming the broken part, never its text
 */
export function parseBtpUri(text: string): BtpUri {
  const match = SCHEME.exec(text);
  if (match === null) throw new BtpUriError('scheme');
  const scheme = match[1]?.toLowerCase() === 'wss' ? 'wss' : 'ws';
  const rest = text.slice(match[0].length);
  if (rest.includes('#')) throw new BtpUriError('fragment');
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const at = authority.indexOf('@');
  return {
    scheme,
    ...readUserinfo(at < 0 ? undefined : authority.slice(0, at)),
    ...readHostAndPort(authority.slice(at + 1)),
    path: requirePath(slash < 0 ? '' : rest.slice(slash)),
  };
}

/**
 * Writes a BTP URI: everything but unreserved characters of username and token percent-encoded,
 * an empty token left out, and the userinfo left out if both are empty. Holds the token.
 * @throws BtpUriError for parts that have no place in a URI
 */
export function formatBtpUri(uri: BtpUri): string {
  const token = uri.token === '' ? '' : `:${percentEncode(uri.token)}`;
  const userinfo = `${percentEncode(uri.username)}${token}`;
  return `btp+${uri.scheme}://${userinfo === '' ? '' : `${userinfo}@`}${location(uri)}`;
}

/** Where the WebSocket is opened: the URI without its credentials, so fit to be logged. */
export function webSocketUrl(uri: BtpUri): string {
  return `${uri.scheme}://${location(uri)}`;
}

/** The port a connection is made to. */
export function effectivePort(uri: BtpUri): number {
  return uri.port ?? (uri.scheme === 'ws' ? 80 : 443);
}

/**
 * Encodes all but the unreserved characters of RFC 3986.
 * @throws BtpUriError for half a surrogate pair, which has no UTF-8 form
 */
export function percentEncode(text: string): string {
  if (!isUtf8Text(text)) throw new BtpUriError('userinfo');
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function isUtf8Text(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Decodes percent-encoded UTF-8, or undefined where it is not that. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readUserinfo(userinfo: string | undefined): { username: string; token: string } {
  if (userinfo === undefined) return { username: '', token: '' };
  if (!ENCODED.test(userinfo)) throw new BtpUriError('userinfo');
  const colon = userinfo.indexOf(':');
  const username = percentDecode(colon < 0 ? userinfo : userinfo.slice(0, colon));
  const token = percentDecode(colon < 0 ? '' : userinfo.slice(colon + 1));
  if (username === undefined || token === undefined) throw new BtpUriError('userinfo');
  if (username === '' && token === '') throw new BtpUriError('userinfo');
  return { username, token };
}

function readHostAndPort(text: string): { host: string; port: number | undefined } {
  const end = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':');
  const host = end < 0 ? text : text.slice(0, end);
  const rest = end < 0 ? '' : text.slice(end);
  if (!isHost(host)) throw new BtpUriError('hostname');
  return { host: host.toLowerCase(), port: readPort(rest) };
}

function readPort(text: string): number | undefined {
  if (text === '') return undefined;
  const digits = text.slice(1);
  if (!text.startsWith(':') || !PORT.test(digits)) throw new BtpUriError('port');
  return requirePort(Number.parseInt(digits, 10));
}

function requirePort(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) throw new BtpUriError('port');
  return port;
}

function requirePath(path: string): string {
  if (!PATH.test(path)) throw new BtpUriError('path');
  return path;
}

function location(uri: BtpUri): string {
  if (!isHost(uri.host)) throw new BtpUriError('hostname');
  const port = uri.port === undefined ? '' : `:${requirePort(uri.port)}`;
  return `${uri.host}${port}${requirePath(uri.path)}`;
}
