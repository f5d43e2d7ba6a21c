import { isHost } from '#protocol';
import { ProposalError } from './proposal-error';

const SCHEME = /^https?:\/\//i;
const HOST_AND_PORT = /^(\[[^\]]+\]|[^:/]+)(?::(\d{1,5}))?\/?$/;
const MAX_PORT = 65_535;

/**
 * A hostname as people pass it on: `host` or `host:port` in lower case; a scheme that was pasted with
 * it goes, as does a slash at the end (SPEC §8.1).
 * @throws ProposalError
 */
export function readHostname(value: unknown, field = 'hostname'): string {
  if (value === undefined) throw new ProposalError(field, 'missing');
  if (typeof value !== 'string') throw new ProposalError(field, 'not-a-hostname');
  const match = HOST_AND_PORT.exec(value.trim().replace(SCHEME, ''));
  const [, host = '', port] = match ?? [];
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= MAX_PORT);
  if (!isHost(host) || !isPort) throw new ProposalError(field, 'not-a-hostname');
  return `${host.toLowerCase()}${port === undefined ? '' : `:${Number(port)}`}`;
}
