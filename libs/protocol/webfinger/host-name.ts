import { isHost } from '../btp/uri-host';

const SCHEME = /^https?:\/\//i;
const HOST_AND_PORT = /^(\[[^\]]+\]|[^:/]+)(?::(\d{1,5}))?\/?$/;
const MAX_PORT = 65_535;

/**
 * A hostname as people pass it on: `host` or `host:port` in lower case; a scheme that was pasted with
 * it goes, as does a slash at the end (SPEC §8.1). Undefined for anything else.
 */
export function hostnameOf(text: string): string | undefined {
  const match = HOST_AND_PORT.exec(text.trim().replace(SCHEME, ''));
  const [, host = '', port] = match ?? [];
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= MAX_PORT);
  if (!isHost(host) || !isPort) return undefined;
  return `${host.toLowerCase()}${port === undefined ? '' : `:${Number(port)}`}`;
}
