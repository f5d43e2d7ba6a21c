import type { GatewayLimits } from '../gateway-limits';
import { TokenBucket } from './token-bucket';

export type Admittance = 'admitted' | 'rate-limited' | 'too-many';

/** How much one peer asks of us; outlives its sessions, so that reconnecting gains it nothing. */
export class PeerLoad {
  private readonly requests: TokenBucket;
  /** What is of no use to anybody: requests turned away, frames that mean nothing. */
  private readonly refusals: TokenBucket;
  private inFlight = 0;

  constructor(
    private readonly limits: Pick<
      GatewayLimits,
      'inFlightPerPeer' | 'requestsPerPeerPerSecond' | 'refusalsPerPeerPerSecond'
    >,
    nowMs: number,
  ) {
    this.requests = new TokenBucket(limits.requestsPerPeerPerSecond, nowMs);
    this.refusals = new TokenBucket(limits.refusalsPerPeerPerSecond, nowMs);
  }

  /** Requests that we owe an answer. */
  get unanswered(): number {
    return this.inFlight;
  }

  /** Whether there is room for one more request; takes a token if there is, a refusal if not. */
  admit(nowMs: number): Admittance {
    const admittance = this.admittance(nowMs);
    if (admittance !== 'admitted') this.refusals.draw(nowMs);
    return admittance;
  }

  /** A frame that was of no use. */
  waste(nowMs: number): void {
    this.refusals.draw(nowMs);
  }

  /** Whether the peer keeps us busy for nothing, and should not be read for a while. */
  isOverdrawn(nowMs: number): boolean {
    return this.refusals.isOverdrawn(nowMs);
  }

  begin(): void {
    this.inFlight += 1;
  }

  end(): void {
    this.inFlight -= 1;
  }

  private admittance(nowMs: number): Admittance {
    if (this.inFlight >= this.limits.inFlightPerPeer) return 'too-many';
    return this.requests.take(nowMs) ? 'admitted' : 'rate-limited';
  }
}
