import { TokenBucket } from './token-bucket';

export type Admittance = 'admitted' | 'rate-limited' | 'too-many';

/** How much one peer asks of us; outlives its sessions, so that reconnecting gains it nothing. */
export class PeerLoad {
  private readonly bucket: TokenBucket;
  private inFlight = 0;

  constructor(
    private readonly limits: {
      readonly inFlightPerPeer: number;
      readonly requestsPerPeerPerSecond: number;
    },
    nowMs: number,
  ) {
    this.bucket = new TokenBucket(limits.requestsPerPeerPerSecond, nowMs);
  }

  /** Requests that we owe an answer. */
  get unanswered(): number {
    return this.inFlight;
  }

  /** Whether there is room for one more request; takes a token if there is. */
  admit(nowMs: number): Admittance {
    if (this.inFlight >= this.limits.inFlightPerPeer) return 'too-many';
    return this.bucket.take(nowMs) ? 'admitted' : 'rate-limited';
  }

  begin(): void {
    this.inFlight += 1;
  }

  end(): void {
    this.inFlight -= 1;
  }
}
