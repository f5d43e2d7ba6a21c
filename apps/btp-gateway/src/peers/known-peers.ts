import type { PeerSettings } from '#platform';
import type { PeerDirectory } from '../peer-directory';
import type { DialledPeers } from '../presence/dialled-peers';
import type { RpcTransport } from '../rpc/rpc-transport';
import type { PeerStates } from '../sessions/peer-states';
import type { SessionRegistry } from '../sessions/session-registry';
import { isLookedUp, type WebFinger } from '../webfinger/webfinger';
import { changeBetween } from './peer-change';

export interface KnownPeersParts {
  readonly directory: Pick<PeerDirectory, 'learn' | 'forget'>;
  readonly rpc: Pick<RpcTransport, 'learn' | 'forget'>;
  readonly dialled: Pick<DialledPeers, 'learn' | 'forget'>;
  readonly registry: Pick<SessionRegistry, 'close' | 'forget'>;
  readonly states: Pick<PeerStates, 'add' | 'isBehind' | 'remove'>;
  /** Undefined where nobody is looked up. */
  readonly webfinger: Pick<WebFinger, 'learn' | 'forget'> | undefined;
}

/**
 * The peers of this gateway, from wherever it knows them: its configuration, the list of those that
 * were added while it runs, the hosts of those that are looked up. Whoever needs to know a peer is told
 * here, and told again when the peer changes or goes.
 */
export class KnownPeers {
  private readonly described = new Map<string, PeerSettings>();

  constructor(private readonly parts: KnownPeersParts) {}

  /**
   * One more peer.
   * @throws BtpUriError if it is to be dialled and its `uri` is none
   */
  add(peer: PeerSettings): void {
    this.parts.states.add(peer.id, { party: peer.party });
    this.described.set(peer.id, peer);
    if (isLookedUp(peer)) this.parts.webfinger?.learn(peer);
    else this.teach(peer);
  }

  /**
   * What is said of a peer now, in place of what was said before. A session that it has opened with
   * what it presented before stays; one that we have opened, or about something else, ends.
   * @throws as `add`
   */
  replace(peer: PeerSettings): void {
    const known = this.described.get(peer.id);
    const change = known === undefined ? 'agreement' : changeBetween(known, peer);
    if (change === 'none') return;
    if (change === 'agreement') {
      this.withdraw(peer.id, 'the peer is described otherwise now');
      this.add(peer);
      return;
    }
    this.described.set(peer.id, peer);
    this.parts.states.isBehind(peer.id, peer.party);
    this.teach(peer);
    if (change === 'way') this.parts.registry.close(peer.id, 'it is reached in another way now');
  }

  /** The peer is none of ours any more: its session ends with `reason`, and nothing is left of it. */
  withdraw(peerId: string, reason: string): void {
    const { webfinger, registry, states } = this.parts;
    this.described.delete(peerId);
    webfinger?.forget(peerId);
    this.unteach(peerId);
    registry.forget(peerId, reason);
    states.remove(peerId);
  }

  /** What the host of a peer has told, or tells now in place of what it told before. */
  found(peer: PeerSettings): void {
    this.teach(peer);
  }

  /** What the host of a peer has told does not hold any more. */
  lost(peerId: string, reason: string): void {
    this.unteach(peerId);
    this.parts.registry.close(peerId, reason);
  }

  private teach(peer: PeerSettings): void {
    const { directory, rpc, dialled } = this.parts;
    directory.learn(peer);
    rpc.learn(peer);
    if (peer.socket === 'client') dialled.learn(peer);
    else dialled.forget(peer.id);
  }

  private unteach(peerId: string): void {
    const { directory, rpc, dialled } = this.parts;
    directory.forget(peerId);
    rpc.forget(peerId);
    dialled.forget(peerId);
  }
}
