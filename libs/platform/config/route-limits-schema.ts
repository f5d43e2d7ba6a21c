import { count, duration, wholeNumber } from './setting';

/** What bounds what peers tell of routes, and what we tell them; all stand under `limits`. */
export const routeLimits = {
  routesPerPeer: count().prefault(100_000).describe('Routes that one peer may have told us'),
  routeBytesPerPeer: wholeNumber({ min: 65_536, max: 1_073_741_824 })
    .prefault(67_108_864)
    .describe('What these may take up, bytes'),
  routeDetailsPerPeer: count(100_000_000)
    .prefault(1_500_000)
    .describe('Points of their curves, alternatives and ledgers of their paths, in all'),
  pointsPerCurveIn: wholeNumber({ min: 2, max: 1_000 })
    .prefault(1_000)
    .describe('Points of a curve that a peer tells us'),
  pointsPerCurveOut: wholeNumber({ min: 2, max: 1_000 })
    .prefault(10)
    .describe('Points of a curve that we tell peers'),
  broadcastBytes: wholeNumber({ min: 1_024, max: 720_896 })
    .prefault(524_288)
    .describe('Largest broadcast of routes that is read, bytes'),
  broadcastRoutes: count(100_000)
    .prefault(10_000)
    .describe('New routes in one broadcast, and withdrawn ones'),
  broadcastsPerPeerPerSecond: count()
    .prefault(20)
    .describe('Broadcasts of one peer that routers read, per second in the long run'),
  broadcastsPerPeerAtOnce: count()
    .prefault(2_000)
    .describe('Broadcasts of one peer that routers read at once'),
  broadcastRoutesPerPeerPerSecond: count()
    .prefault(5_000)
    .describe(
      'Routes and withdrawals in them, per second in the long run; at once 4 × routesPerPeer',
    ),
  remoteQuoteMs: duration(10)
    .prefault(5_000)
    .describe('How long a peer may take to quote a route that it told us no curve of, ms'),
  remoteQuoteKeptMs: duration(100)
    .prefault(300_000)
    .describe('How long such a quote counts at most, whatever it says of itself, ms'),
  remoteQuotesPerPeer: count(1_000_000)
    .prefault(1_000)
    .describe('Such quotes of one peer that are kept; for each further one the oldest goes'),
  remoteQuotes: count(1_000_000).prefault(10_000).describe('The same of all peers together'),
  remoteQuotesPerPeerAtOnce: count(100_000)
    .prefault(64)
    .describe('Questions for such quotes to one peer at once, of one process; beyond it T05'),
  remoteQuotesAtOnce: count(1_000_000)
    .prefault(1_024)
    .describe('The same to all peers together; beyond it T03'),
};
