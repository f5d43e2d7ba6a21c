import type { GatewaySettings } from '#platform';
import { type BtpUri, effectivePort, parseBtpUri } from '#protocol';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '[::]']);

/** Is it us whom the URI leads to, as the world calls us or as we listen? */
export function leadsToUs(
  uri: BtpUri,
  { publicUri, listen }: Pick<GatewaySettings, 'publicUri' | 'listen'>,
): boolean {
  if (publicUri !== undefined && isSamePlace(uri, parseBtpUri(publicUri))) return true;
  if (effectivePort(uri) !== listen.port) return false;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host.toLowerCase();
  if (uri.host === host) return true;
  const isHere = LOOPBACK.test(host) || EVERYWHERE.has(host);
  return isHere && (LOOPBACK.test(uri.host) || EVERYWHERE.has(uri.host));
}

function isSamePlace(one: BtpUri, other: BtpUri): boolean {
  return one.host === other.host && effectivePort(one) === effectivePort(other);
}
