/** The address without user, password or parameters: the only form in which a URL may be shown or logged. */
export function withoutSecrets(url: string): string {
  return url
    .split(',')
    .map((part) => {
      const bare = part.trim().replace(/\?.*$/s, '');
      const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(bare)?.[0] ?? '';
      const rest = bare.slice(scheme.length);
      return scheme + rest.slice(rest.lastIndexOf('@') + 1);
    })
    .join(',');
}

/** What NATS_URL says, in the form that a NATS client wants it: the client reads no credentials from a URL. */
export interface NatsAddress {
  /** `host:port`, `tls://host:port`, `ws://…`: each without credentials. */
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

/**
 * Reads `nats://user:password@host:4222`, `nats://token@host`, `tls://host`, `host:4222`, or several separated by
 * commas; credentials are those of the first that has any. Percent escapes in credentials are decoded.
 */
export function parseNatsUrl(url: string): NatsAddress {
  const parts = url
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const parsed = parts.map((part) => new URL(part.includes('://') ? part : `nats://${part}`));
  const first = parsed.find((part) => part.username !== '');
  const servers = parsed.map((part) => {
    const scheme = part.protocol === 'nats:' ? '' : `${part.protocol}//`;
    return `${scheme}${part.hostname}:${part.port === '' ? '4222' : part.port}`;
  });
  if (first === undefined) return { servers };
  const user = decodeURIComponent(first.username);
  if (first.password === '') return { servers, token: user };
  return { servers, user, pass: decodeURIComponent(first.password) };
}
