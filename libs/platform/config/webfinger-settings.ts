import { httpOrigin, parseBtpUri } from '#protocol';
import type { z } from 'zod';
import type { PeerSettings, WebFingerSettings } from './configuration';
import type { PeerDocument } from './peer-schema';
import type { ProblemList } from './problem-list';
import type { SECTIONS } from './settings-schema';

type Section<K extends keyof typeof SECTIONS> = z.output<(typeof SECTIONS)[K]>;

/** What the section says, with what follows from other sections where it says nothing. */
export function webfingerSettings(sections: {
  readonly connector: Pick<Section<'connector'>, 'address'>;
  readonly gateway: Pick<Section<'gateway'>, 'rpcPath' | 'publicUri'>;
  readonly webfinger: Section<'webfinger'>;
}): WebFingerSettings {
  const { connector, gateway, webfinger } = sections;
  const { hostname, secret, title, publicRpcUri, publicBtpUri, ...bounds } = webfinger;
  const derived = hostname === undefined ? undefined : httpOrigin(hostname) + gateway.rpcPath;
  return {
    ...bounds,
    hostname,
    secret,
    title: title ?? connector.address,
    publicRpcUri: publicRpcUri ?? derived,
    publicBtpUri: publicBtpUri ?? fitToBeFound(gateway.publicUri, hostname),
  };
}

/** Whoever finds us would refuse to send a token without TLS, but to localhost. */
function fitToBeFound(
  publicUri: string | undefined,
  hostname: string | undefined,
): string | undefined {
  if (publicUri === undefined || hostname === undefined) return undefined;
  const isSecure = parseBtpUri(publicUri).scheme === 'wss';
  return isSecure || httpOrigin(hostname).startsWith('http:') ? publicUri : undefined;
}

const LOOKED_UP = ['socket', 'uri', 'rpcUri', 'username', 'token', 'tokenSha256'] as const;
const DERIVED = ['prefix', 'account', 'peerAccount'] as const;

/** Of a peer that is looked up nothing is said but where, in which currency and how far we trust it. */
export function checkWebFinger(peer: PeerDocument, key: string, list: ProblemList): void {
  const rule = 'is not for discovery: webfinger, which finds it out';
  if (peer.hostname === undefined) {
    list.add(`${key}.hostname`, 'is required for discovery: webfinger');
  }
  for (const name of LOOKED_UP) if (peer[name] !== undefined) list.add(`${key}.${name}`, rule);
  for (const name of DERIVED) {
    if (peer.ledger[name] !== undefined) list.add(`${key}.ledger.${name}`, rule);
  }
  if (peer.transport !== 'btp') list.add(`${key}.transport`, rule);
  if (peer.btpVersion !== 'BTP/1.0') {
    list.add(`${key}.btpVersion`, 'must be BTP/1.0 for discovery: webfinger');
  }
  if (peer.authority !== 'symmetric') {
    const both = 'must be symmetric for discovery: webfinger, where both sides decide';
    list.add(`${key}.authority`, both);
  }
  if (peer.relaysTo !== undefined) {
    list.add(`${key}.relaysTo`, 'is not for discovery: webfinger: a validator decides alone');
  }
}

export function checkNotWebFinger(peer: PeerDocument, key: string, list: ProblemList): void {
  for (const name of ['hostname', 'publicKey'] as const) {
    if (peer[name] !== undefined) list.add(`${key}.${name}`, 'is for discovery: webfinger only');
  }
}

/** Whoever looks others up is looked up by them; and between two hosts a currency has one ledger. */
export function checkDiscovery(
  ownHostname: string | undefined,
  peers: readonly PeerSettings[],
  list: ProblemList,
): void {
  const ledgers = new Map<string, string>();
  for (const { id, discovery, hostname, ledger } of peers) {
    if (discovery !== 'webfinger' || hostname === undefined) continue;
    if (ownHostname === undefined) {
      list.add('webfinger.hostname', `is required for the peer ${id}, which is to look us up`);
    } else if (hostname === ownHostname) {
      list.add('webfinger.hostname', `must not be that of the peer ${id}`);
    }
    const name = `${hostname} ${ledger.currencyCode} ${ledger.currencyScale}`;
    const other = ledgers.get(name);
    if (other !== undefined) {
      list.add(
        'peers',
        `${id} and ${other} must differ in hostname, currencyCode or currencyScale`,
      );
    }
    ledgers.set(name, other ?? id);
  }
}
