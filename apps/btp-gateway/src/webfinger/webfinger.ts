import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { type PeerSettings, publicLookup, type WebFingerSettings } from '#platform';
import type { SessionSurroundings } from '../sessions/peer-session';
import { Discovery, type DiscoveryParts } from './discovery';
import { HostPage } from './host-page';
import type { LookUp } from './look-ups';
import type { OwnIdentity } from './own-identity';

export interface WebFingerIdentity {
  readonly own: OwnIdentity;
  readonly settings: WebFingerSettings;
}

export interface WebFingerParts
  extends WebFingerIdentity, Pick<DiscoveryParts, 'random' | 'onFound' | 'onLost'> {
  readonly around: Pick<SessionSurroundings, 'limits' | 'states' | 'log' | 'clock' | 'openLedger'>;
  readonly lookUp: LookUp;
}

/** How connectors find us by our host, and we them (SPEC §8). */
export class WebFinger {
  private readonly page: HostPage;
  private readonly discovery: Discovery;

  constructor(parts: WebFingerParts) {
    const { own, settings, around, lookUp, random, onFound, onLost } = parts;
    const { limits, states, log, clock, openLedger } = around;
    this.page = new HostPage(own);
    this.discovery = new Discovery({
      own,
      settings,
      limits,
      states,
      log,
      clock,
      random,
      lookUp,
      openLedger,
      onFound,
      onLost,
    });
  }

  /** As `Discovery.learn`. */
  learn(peer: PeerSettings): void {
    this.discovery.learn(peer);
  }

  /** As `Discovery.forget`. */
  forget(peerId: string): void {
    this.discovery.forget(peerId);
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
