import type { LimitSettings, PeerLimitSettings } from '#platform';

/** Every number that bounds a gateway. Times are milliseconds, sizes bytes. */
export interface GatewayLimits
  extends
    Omit<PeerLimitSettings, 'btpFrameBytes' | 'quoteSharePercent'>,
    Pick<
      LimitSettings,
      | 'shutdownMs'
      | 'partitions'
      | 'gatewayPresenceMs'
      | 'gatewayGoneAfterMs'
      | 'gatewaySettleMs'
      | 'confirmSessionMs'
    > {
  readonly frameBytes: number;
  /** How long a quote may take; less than the peer waits for it. */
  readonly quoteMs: number;
  /** Deliveries remembered per session and kind, so that none is sent twice. */
  readonly deliveriesRemembered: number;
  /** Period of the one timer behind every time-out and repetition. */
  readonly sweepMs: number;
}

const PERCENT = 100;

/** No setting: finer costs CPU for nothing, and coarser would make a lie of every other time. */
const SWEEP_MS = 20;

/** No setting: as many deliveries as may be in flight, and as many again that have just ended. */
const REMEMBERED_PER_IN_FLIGHT = 2;

export function gatewayLimits(settings: LimitSettings): GatewayLimits {
  const { btpFrameBytes, quoteSharePercent, ...limits } = settings;
  return {
    ...limits,
    frameBytes: btpFrameBytes,
    quoteMs: Math.ceil((limits.requestTimeoutMs * quoteSharePercent) / PERCENT),
    deliveriesRemembered: REMEMBERED_PER_IN_FLIGHT * limits.inFlightPerPeer,
    sweepMs: SWEEP_MS,
  };
}
