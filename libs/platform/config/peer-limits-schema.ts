import { count, duration, wholeNumber } from './setting';

/** What bounds the gateway's dealings with peers; all stand under `limits`. */
export const peerLimits = {
  btpFrameBytes: wholeNumber({ min: 1024, max: 131_072 })
    .prefault(65_536)
    .describe('Largest BTP frame, bytes'),
  tlsHandshakeMs: duration(10)
    .prefault(5_000)
    .describe('How long the TLS handshake of a new connection may take, ms'),
  httpRequestMs: duration(10)
    .prefault(5_000)
    .describe('How long the HTTP request of a new connection may take to come in, ms'),
  httpHeaderBytes: wholeNumber({ min: 1_024, max: 65_536 })
    .prefault(8_192)
    .describe('Largest HTTP header of a request, bytes'),
  authWaitMs: duration(10)
    .prefault(2_000)
    .describe('How long an open WebSocket may take to say who it is, ms'),
  requestTimeoutMs: duration(10).prefault(5_000).describe('How long a peer may take to answer, ms'),
  inFlightPerPeer: count().prefault(10_000).describe('Transfers of one peer that are not final'),
  requestsPerPeerPerSecond: count().prefault(5_000).describe('Requests of one peer, per second'),
  refusalsPerPeerPerSecond: count()
    .prefault(1_000)
    .describe(
      'Requests turned away and frames without use, per second; beyond it a peer is not read',
    ),
  unauthenticatedSockets: count(100_000)
    .prefault(1_000)
    .describe(
      'Sockets that have not said who they are, at once; the one that has waited longest goes',
    ),
  unauthenticatedSocketsPerAddress: count(100_000)
    .prefault(500)
    .describe('The same of one address (IPv6: one /64); behind a load balancer all have one'),
  heldUntilOpen: count(100_000)
    .prefault(1_000)
    .describe('Requests of a peer that wait until its ledger is open; further ones are refused'),
  reconnectMinMs: duration(10).prefault(1_000).describe('First pause before dialling again, ms'),
  reconnectMaxMs: duration(10).prefault(60_000).describe('Longest such pause, ms'),
  steadyAfterMs: duration()
    .prefault(60_000)
    .describe('A session that lasted so long lets the pauses begin at the first again, ms'),
  refusedRetryMs: duration(10)
    .prefault(60_000)
    .describe('Before a peer is dialled again that refused us or does not match, ms'),
  foundPeerRetryMs: duration(10)
    .prefault(30_000)
    .describe(
      'Before one that was found at its host and refused us is tried again: it may not have agreed yet, ms',
    ),
  heartbeatMs: duration(100).prefault(15_000).describe('Between two pings to a peer, ms'),
  heartbeatMisses: count(1_000)
    .prefault(2)
    .describe('Pings in a row without a sign of life that end a session'),
  sendQueueBytes: wholeNumber({ min: 65_536, max: 1_073_741_824 })
    .prefault(8_388_608)
    .describe('Bytes that may wait to be sent to one peer'),
  rpcTimeoutMs: duration(10)
    .prefault(2_000)
    .describe('How long a peer with transport: rpc may take to answer a call, ms'),
  rpcCallsPerPeer: count(1_000)
    .prefault(64)
    .describe('Calls to one such peer at once; further ones wait'),
  rpcRetryMs: duration(10)
    .prefault(30_000)
    .describe('Pause before such a peer that was not reached is tried again, ms'),
  sendHighWaterBytes: wholeNumber({ min: 4_096, max: 1_073_741_824 })
    .prefault(1_048_576)
    .describe('When more waits for a peer, it is not read until it has taken enough'),
  sendLowWaterBytes: wholeNumber({ min: 1_024, max: 1_073_741_824 })
    .prefault(262_144)
    .describe('What may still wait then, bytes'),
  sendStallMs: duration(100)
    .prefault(30_000)
    .describe('A peer that takes nothing (not even 128 KiB) for so long is cut off, ms'),
  quoteSharePercent: wholeNumber({ min: 1, max: 99 })
    .prefault(90)
    .describe('How much of requestTimeoutMs a quote may take, percent: the peer waits no longer'),
  repeatInsideMs: duration(10)
    .prefault(1_000)
    .describe('After so long a gateway asks the other services again, ms'),
  settlingMs: duration(100)
    .prefault(60_000)
    .describe('How long it goes on asking about a Fulfill or a Reject, ms'),
  repeatFulfillMinMs: duration()
    .prefault(10)
    .describe('First pause before a Fulfill is sent to a peer again, ms'),
  repeatFulfillMaxMs: duration().prefault(1_000).describe('Longest such pause, ms'),
  peersRefreshMs: duration(100)
    .prefault(30_000)
    .describe(
      'How often a gateway asks which peers were added at run time, unless told sooner, ms',
    ),
  lookUpsAtOnce: count(1_000)
    .prefault(16)
    .describe('Hosts that a gateway looks up at once for its peers, and as many for operators'),
  peerTrialsAtOnce: count(1_000)
    .prefault(8)
    .describe('Peers that a gateway dials on trial at once; further ones are refused'),
  peerTrialMs: duration(100).prefault(10_000).describe('How long such a trial may take, ms'),
};
