const REG_NAME = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
const ENDS_IN_NUMBER = /(?:^|\.)\d+\.?$/;
const IPV4_PART = /^(?:0|[1-9]\d{0,2})$/;
const IPV6_GROUP = /^[0-9A-Fa-f]{1,4}$/;
const IPV6_GROUPS = 8;

/**
 * A registered name, an IPv4 address, or an IPv6 address in brackets (RFC 3986 §3.2.2), as far as
 * something can be reached under it: what no URL parser takes, nobody can dial.
 */
export function isHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && isIpv6(host.slice(1, -1));
  if (!REG_NAME.test(host) || !URL.canParse(`https://${host}/`)) return false;
  // What ends in a number is meant as an address, and every URL parser takes it for one.
  return ENDS_IN_NUMBER.test(host) ? isIpv4(host) : true;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => IPV4_PART.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const counts = halves.map((half, index) => countGroups(half, index === halves.length - 1));
  if (counts.includes(undefined)) return false;
  const groups = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  // The gap `::` stands for one group of zeros at least.
  return halves.length === 2 ? groups < IPV6_GROUPS : groups === IPV6_GROUPS;
}

/** Groups of 16 bits in a colon-separated list, or undefined where it is none. */
function countGroups(list: string, isLast: boolean): number | undefined {
  if (list === '') return 0;
  const groups = list.split(':');
  const tail = groups.at(-1) ?? '';
  if (isLast && tail.includes('.')) {
    const isWhole = isIpv4(tail) && groups.slice(0, -1).every((group) => IPV6_GROUP.test(group));
    return isWhole ? groups.length + 1 : undefined;
  }
  return groups.every((group) => IPV6_GROUP.test(group)) ? groups.length : undefined;
}
