import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { PeerSettings, WebFingerSettings } from '#platform';
import type { SessionSurroundings } from '../sessions/peer-session';
import type { TrustedAuthorities } from '../sockets/trusted-authorities';
import { Discovery, type DiscoveryParts } from './discovery';
import { fetchHostResource } from './fetch-host-resource';
import { HostPage } from './host-page';
import type { OwnIdentity } from './own-identity';
import { publicLookup } from './public-lookup';

export interface WebFingerIdentity {
  readonly own: OwnIdentity;
  readonly settings: WebFingerSettings;
}

export interface WebFingerParts
  extends WebFingerIdentity, Pick<DiscoveryParts, 'random' | 'onFound' | 'onLost'> {
  /** Those that are found by their hosts; others are passed over. */
  readonly peers: readonly PeerSettings[];
  readonly around: Pick<SessionSurroundings, 'limits' | 'states' | 'log' | 'clock' | 'openLedger'>;
  readonly authorities: Pick<TrustedAuthorities, 'secureContext'>;
}

/** How connectors find us by our host, and we them (SPEC §8). */
export class WebFinger {
  private readonly page: HostPage;
  private readonly discovery: Discovery;

  constructor(parts: WebFingerParts) {
    const { own, settings, around, authorities, random, onFound, onLost } = parts;
    const { limits, states, log, clock, openLedger } = around;
    const { timeoutMs, maxBytes, allowPrivateAddresses } = settings;
    this.page = new HostPage(own);
    this.discovery = new Discovery({
      peers: parts.peers.filter(isLookedUp),
      own,
      settings,
      repeatInsideMs: limits.repeatInsideMs,
      states,
      log,
      clock,
      random,
      lookUp: (hostname) => {
        const secureContext = authorities.secureContext();
        const options = { timeoutMs, maxBytes, allowPrivateAddresses, secureContext };
        return fetchHostResource(hostname, options);
      },
      openLedger,
      onFound,
      onLost,
    });
  }

  /** As `Discovery.isSearching`. */
  get isSearching(): boolean {
    return this.discovery.isSearching;
  }

  /** @returns whether the request was for our host resource */
  receive(request: IncomingMessage, response: ServerResponse): boolean {
    return this.page.receive(request, response);
  }

  sweep(nowMs: number): void {
    this.discovery.sweep(nowMs);
  }

  /** Looks up nobody any more. */
  stop(): void {
    this.discovery.stop();
  }
}

export function isLookedUp({ discovery }: PeerSettings): boolean {
  return discovery === 'webfinger';
}

/** How names are resolved of URIs that the host of a peer has told us; undefined: as all others. */
export type LookupOf = (peer: PeerSettings) => LookupFunction | undefined;

export function lookupOf(settings: WebFingerSettings | undefined): LookupOf {
  const allowsAll = settings?.allowPrivateAddresses ?? false;
  return (peer) => (isLookedUp(peer) && !allowsAll ? publicLookup : undefined);
}
