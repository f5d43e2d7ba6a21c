import { isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const GROUPS = 8;
/** Who has one IPv6 address has the whole /64: its first four groups tell hosts apart. */
const NETWORK_GROUPS = 4;

/** Whom a connection counts for: an IPv4 address, or the /64 network of an IPv6 address. */
export function originOf(remoteAddress: string): string {
  const [address = ''] = remoteAddress.split('%', 1);
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  return `${expand(address).slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

function expand(address: string): string[] {
  const [before = '', after] = address.toLowerCase().split('::');
  const head = groupsOf(before);
  const tail = after === undefined ? [] : groupsOf(after);
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail];
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''));
}
