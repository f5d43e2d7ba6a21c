import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address';

/** What was named leads into a network that is not public. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';

  constructor(host: string) {
    super(`${host} is not an address of the public internet`);
  }
}

/** Names are judged by the address that is then connected to, so that a second answer fools nobody. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const found =
      error === null ? addresses.find(({ address }) => isPublicAddress(address)) : undefined;
    if (error !== null) done(error, '', 0);
    else if (found === undefined) done(new PrivateAddressError(hostname), '', 0);
    else if (options.all === true) done(null, [found]);
    else done(null, found.address, found.family);
  });
};

/** Whether a host of a URL is an address, for which nothing is resolved, and not a public one. */
export function isPrivateLiteral(urlHost: string): boolean {
  const host = urlHost.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && !isPublicAddress(host);
}
