export interface BackOffSettings {
  readonly minMs: number;
  readonly maxMs: number;
  /** A connection that lasted this long starts the doubling afresh. */
  readonly steadyAfterMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Up to this share is taken off a delay, so that many peers of one host do not return at once. */
const JITTER_SHARE = 0.2;

/** How long to wait before the next attempt: doubling from least to most, less some jitter (SPEC D-7). */
export class BackOff {
  private attempts = 0;

  constructor(private readonly settings: BackOffSettings) {}

  /** The delay after a connection that lasted `uptimeMs`, 0 if it never came about. */
  afterMs(uptimeMs: number): number {
    const { minMs, maxMs, steadyAfterMs, random } = this.settings;
    if (uptimeMs >= steadyAfterMs) this.attempts = 0;
    const full = Math.min(maxMs, minMs * 2 ** this.attempts);
    if (full < maxMs) this.attempts += 1;
    return Math.round(full * (1 - JITTER_SHARE * random()));
  }
}
