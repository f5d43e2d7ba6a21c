import { hostnameOf } from '#protocol';
import { ProposalError } from './proposal-error';

/**
 * A hostname in the one spelling that is compared: see `hostnameOf`.
 * @throws ProposalError
 */
export function readHostname(value: unknown, field = 'hostname'): string {
  if (value === undefined) throw new ProposalError(field, 'missing');
  const hostname = typeof value === 'string' ? hostnameOf(value) : undefined;
  if (hostname === undefined) throw new ProposalError(field, 'not-a-hostname');
  return hostname;
}
