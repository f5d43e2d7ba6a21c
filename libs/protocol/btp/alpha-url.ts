import { type BtpUri, percentDecode, percentEncode, webSocketUrl } from './btp-uri';

/**
 * Where a BTP/alpha client opens its WebSocket: the credentials are two more segments of the path
 * (SPEC §5.3). Both empty: the URL unchanged; only the token empty: `/<username>/` (D-5). A query
 * stays at the end. Holds the token: never log it.
 */
export function alphaWebSocketUrl(uri: BtpUri): string {
  if (uri.username === '' && uri.token === '') return webSocketUrl(uri);
  const question = uri.path.indexOf('?');
  const path = question < 0 ? uri.path : uri.path.slice(0, question);
  const query = question < 0 ? '' : uri.path.slice(question);
  const base = path.endsWith('/') ? path.slice(0, -1) : path;
  const credentials = `/${percentEncode(uri.username)}/${percentEncode(uri.token)}`;
  return webSocketUrl({ ...uri, path: `${base}${credentials}${query}` });
}

/**
 * The credentials in the path of a BTP/alpha connection: what is below `basePath` must be exactly
 * the two segments. Undefined where it is not; a path that ends at the base means both are empty.
 */
export function alphaCredentials(
  requestPath: string,
  basePath: string,
): { username: string; token: string } | undefined {
  const [path = ''] = requestPath.split('?', 1);
  const base = basePath.endsWith('/') ? basePath.slice(0, -1) : basePath;
  if (path === base || path === `${base}/`) return { username: '', token: '' };
  if (!path.startsWith(`${base}/`)) return undefined;
  const segments = path.slice(base.length + 1).split('/');
  const username = percentDecode(segments[0] ?? '');
  const token = percentDecode(segments[1] ?? '');
  if (segments.length !== 2 || username === undefined || token === undefined) return undefined;
  return { username, token };
}
