import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { digestOfToken, type PeerSettings } from '#platform';

const KEY_BYTES = 32;
const LENGTH_BYTES = 4;

export type BtpVersion = PeerSettings['btpVersion'];

interface Credentials {
  readonly digest: Buffer;
  readonly peer: PeerSettings;
}

/**
 * The configured peers, and who a username and token belong to. Only keyed digests of credentials
 * are compared, under a key that dies with the process: how long a comparison takes tells nothing
 * about a token. The tokens themselves are not known here.
 */
export class PeerDirectory {
  private readonly key = randomBytes(KEY_BYTES);
  private readonly byDigest = new Map<string, Credentials>();

  /** @param onOtherVersion a peer has the right credentials, but speaks another version of BTP */
  constructor(
    readonly peers: readonly PeerSettings[],
    private readonly onOtherVersion: (peer: PeerSettings, spoken: BtpVersion) => void,
  ) {
    for (const peer of peers) this.add(peer);
  }

  /** The peers that we dial; those that are yet to be found are not known to be among them. */
  get dialled(): readonly PeerSettings[] {
    return this.peers.filter(({ socket, discovery }) => socket === 'client' && discovery === 'btp');
  }

  /** Takes what is said of a peer now, in place of what was known of it. */
  learn(peer: PeerSettings): void {
    this.forget(peer.id);
    this.add(peer);
  }

  /** Nobody is recognised as this peer any more. */
  forget(peerId: string): void {
    for (const [key, { peer }] of this.byDigest) if (peer.id === peerId) this.byDigest.delete(key);
  }

  /** The peer that dials us with these credentials and speaks this version of BTP. */
  recognise(version: BtpVersion, username: string, token: string): PeerSettings | undefined {
    const digest = this.digestOf(username, digestOfToken(token));
    const found = this.byDigest.get(digest.toString('latin1'));
    if (found === undefined || !timingSafeEqual(found.digest, digest)) return undefined;
    if (found.peer.btpVersion === version) return found.peer;
    this.onOtherVersion(found.peer, version);
    return undefined;
  }

  private add(peer: PeerSettings): void {
    if (peer.socket !== 'server' || peer.tokenDigest === undefined) return;
    const digest = this.digestOf(peer.username, peer.tokenDigest);
    this.byDigest.set(digest.toString('latin1'), { digest, peer });
  }

  private digestOf(username: string, tokenDigest: string): Buffer {
    const name = Buffer.from(username);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(name.length);
    return createHmac('sha256', this.key).update(length).update(name).update(tokenDigest).digest();
  }
}
