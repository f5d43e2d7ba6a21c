import type { LimitSettings } from '#platform';

/** Every number that bounds a gateway. Times are milliseconds, sizes bytes. */
export interface GatewayLimits {
  readonly frameBytes: number;
  /** How long a socket may stay without authenticating, and how many may be so at once. */
  readonly authWaitMs: number;
  readonly unauthenticatedSockets: number;
  /** How long a request waits for its answer, in either direction (SPEC §5.4). */
  readonly requestTimeoutMs: number;
  /** Requests of one peer that we have not answered yet. */
  readonly inFlightPerPeer: number;
  readonly requestsPerPeerPerSecond: number;
  /** More bytes than this waiting to be sent, and the session is cut. */
  readonly sendQueueBytes: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** A session that lasted this long starts the back-off afresh (SPEC D-7). */
  readonly steadyAfterMs: number;
  /** How often a peer is tried that refused our credentials, or does not match (SPEC D-8). */
  readonly refusedRetryMs: number;
  readonly shutdownMs: number;
  readonly partitions: number;
  /** A ping this often; a peer that answered none of so many is gone. */
  readonly heartbeatMs: number;
  readonly heartbeatMisses: number;
  /** A question to the inside without an answer is asked again after this long… */
  readonly repeatInsideMs: number;
  /** …and for so long where the message must not be lost: Fulfill, Reject, refusals. */
  readonly settlingMs: number;
  /** How often a session that the owner of its ledger knows tells it that it still lives. */
  readonly confirmSessionMs: number;
  /** How often this gateway tells the others that it is there, and after how long without they take it for gone. */
  readonly gatewayPresenceMs: number;
  readonly gatewayGoneAfterMs: number;
  /** How long a gateway that has just come listens for others before it dials. */
  readonly gatewaySettleMs: number;
  /** How long a quote may take; less than the peer waits for it. */
  readonly quoteMs: number;
  /** Delays between repetitions of a Fulfill: the first, doubling to the last (SPEC §13.5). */
  readonly repeatFulfillMinMs: number;
  readonly repeatFulfillMaxMs: number;
  /** Deliveries remembered per session and kind, so that none is sent twice. */
  readonly deliveriesRemembered: number;
  /** Requests of a session that wait until its ledger is open; more are turned away. */
  readonly heldUntilOpen: number;
  /** Period of the one timer behind every time-out and repetition. */
  readonly sweepMs: number;
}

const HEARTBEAT_MS = 15_000;
const HEARTBEAT_MISSES = 2;
const STEADY_AFTER_MS = 60_000;
const REFUSED_RETRY_MS = 60_000;
const REPEAT_INSIDE_MS = 1_000;
const SETTLING_MS = 60_000;
const CONFIRM_SESSION_MS = 10_000;
const GATEWAY_SETTLE_MS = 300;
const QUOTE_SHARE = 0.9;
const REPEAT_FULFILL_MIN_MS = 10;
const REPEAT_FULFILL_MAX_MS = 1_000;
const HELD_UNTIL_OPEN = 1_000;
const SWEEP_MS = 20;

export function gatewayLimits(settings: LimitSettings): GatewayLimits {
  return {
    frameBytes: settings.btpFrameBytes,
    authWaitMs: settings.authWaitMs,
    unauthenticatedSockets: settings.unauthenticatedSockets,
    requestTimeoutMs: settings.requestTimeoutMs,
    inFlightPerPeer: settings.inFlightPerPeer,
    requestsPerPeerPerSecond: settings.requestsPerPeerPerSecond,
    sendQueueBytes: settings.sendQueueBytes,
    reconnectMinMs: settings.reconnectMinMs,
    reconnectMaxMs: settings.reconnectMaxMs,
    steadyAfterMs: STEADY_AFTER_MS,
    refusedRetryMs: REFUSED_RETRY_MS,
    shutdownMs: settings.shutdownMs,
    partitions: settings.partitions,
    heartbeatMs: HEARTBEAT_MS,
    heartbeatMisses: HEARTBEAT_MISSES,
    repeatInsideMs: REPEAT_INSIDE_MS,
    settlingMs: SETTLING_MS,
    confirmSessionMs: CONFIRM_SESSION_MS,
    gatewayPresenceMs: settings.gatewayPresenceMs,
    gatewayGoneAfterMs: settings.gatewayGoneAfterMs,
    gatewaySettleMs: GATEWAY_SETTLE_MS,
    quoteMs: Math.ceil(settings.requestTimeoutMs * QUOTE_SHARE),
    repeatFulfillMinMs: REPEAT_FULFILL_MIN_MS,
    repeatFulfillMaxMs: REPEAT_FULFILL_MAX_MS,
    deliveriesRemembered: 2 * settings.inFlightPerPeer,
    heldUntilOpen: HELD_UNTIL_OPEN,
    sweepMs: SWEEP_MS,
  };
}
