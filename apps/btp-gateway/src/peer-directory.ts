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
 * Who a username and token belong to, of the peers that dial us. Only keyed digests of credentials
 * are compared, under a key that dies with the process: how long a comparison takes tells nothing
 * about a token. The tokens themselves are not known here.
 */
export class PeerDirectory {
  private readonly key = randomBytes(KEY_BYTES);
  private readonly byDigest = new Map<string, Credentials>();
  /** What each peer is found under. */
  private readonly keys = new Map<string, string>();

  /** @param onOtherVersion a peer has the right credentials, but speaks another version of BTP */
  constructor(private readonly onOtherVersion: (peer: PeerSettings, spoken: BtpVersion) => void) {}

  /** Takes what is said of a peer now, in place of what was known of it. */
  learn(peer: PeerSettings): void {
    this.forget(peer.id);
    if (peer.socket !== 'server' || peer.tokenDigest === undefined) return;
    const digest = this.digestOf(peer.username, peer.tokenDigest);
    const key = digest.toString('latin1');
    this.byDigest.set(key, { digest, peer });
    this.keys.set(peer.id, key);
  }

  /** Nobody is recognised as this peer any more. */
  forget(peerId: string): void {
    const key = this.keys.get(peerId);
    if (key === undefined) return;
    this.keys.delete(peerId);
    if (this.byDigest.get(key)?.peer.id === peerId) this.byDigest.delete(key);
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

  private digestOf(username: string, tokenDigest: string): Buffer {
    const name = Buffer.from(username);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(name.length);
    return createHmac('sha256', this.key).update(length).update(name).update(tokenDigest).digest();
  }
}
