/** The role that a service acts as; made by the first migration. */
export const RUNTIME_ROLE = 'causeway_runtime';

/**
 * What every connection asks of the server. An operator's defaults for the database or the user
 * cannot weaken it: options of the connection win.
 * - a commit is on disk before it is answered;
 * - statements find our tables and no others of the same name;
 * - the server notices within half a minute that a client's machine is gone, and frees its locks.
 */
const ALWAYS = {
  synchronous_commit: 'on',
  search_path: 'public',
  bytea_output: 'hex',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
} as const;

export type ServerOptions = Readonly<Record<string, string | number>>;

/**
 * Adds server options to a connection URL; those that the URL already has stay, ours come last and
 * win.
 */
export function withServerOptions(url: string, options: ServerOptions): string {
  const own = Object.entries({ ...ALWAYS, ...options }).map(
    ([name, value]) => `-c ${name}=${value}`,
  );
  const all = [...givenOptions(url), ...own].join(' ');
  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(all)}`;
}

function givenOptions(url: string): string[] {
  const given = /[?&]options=([^&]*)/.exec(url)?.[1];
  return given === undefined ? [] : [decodeURIComponent(given.replaceAll('+', ' '))];
}
