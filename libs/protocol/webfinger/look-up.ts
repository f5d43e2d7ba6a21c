/** Path of RFC 7033. */
export const WEBFINGER_PATH = '/.well-known/webfinger';

const LOCALHOST = /^localhost(?::\d+)?$/;

/** Where a host is found: by https, except localhost (SPEC §8.2). */
export function httpOrigin(hostname: string): string {
  return `${LOCALHOST.test(hostname) ? 'http' : 'https'}://${hostname}`;
}

/** Where the host resource of `hostname` is asked for; unencoded, as peers of old do (SPEC §8.2). */
export function lookUpUrl(hostname: string): string {
  return `${httpOrigin(hostname)}${WEBFINGER_PATH}?resource=https://${hostname}`;
}

const RESOURCE = /(?:^|&)resource=([^&]*)/;

/**
 * Whether a query asks for the resource of this host: encoded or not, with a slash at its end or
 * not, in any case (SPEC §8.2).
 * @param query what follows the `?`
 */
export function asksForHost(query: string, hostname: string): boolean {
  const raw = RESOURCE.exec(query)?.[1];
  const resource = raw === undefined ? undefined : decoded(raw)?.toLowerCase();
  const own = `https://${hostname.toLowerCase()}`;
  return resource === own || resource === `${own}/`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
