import type { Configuration, MetricsRegistry, ServiceIdentity } from '#platform';
import { BROADCAST_LIMITS } from '#protocol';
import type { LiveRoutes } from '#routes';
import { BroadcastDesk } from './broadcast-desk';
import { BroadcastMetrics } from './broadcast-metrics';

/** Of the time that a peer waits for its answer, so much may be spent on keeping an update. */
const SHARE_OF_TIME = 0.6;
/** A peer may tell everything so many times in a row before it is slowed down. */
const TABLES_AT_ONCE = 4;

export function broadcastMetrics(registry: MetricsRegistry, routes: LiveRoutes): BroadcastMetrics {
  return new BroadcastMetrics(registry, {
    routesByPeer: () => routes.heardPeers.map(({ peerId, routes: count }) => [peerId, count]),
  });
}

export function broadcastDesk(
  { limits }: Configuration,
  { instanceId }: ServiceIdentity,
  routes: LiveRoutes,
  metrics: BroadcastMetrics,
): BroadcastDesk {
  const { routesPerPeer, broadcastBytes, broadcastRoutes, pointsPerCurveIn } = limits;
  return new BroadcastDesk({
    routes,
    metrics,
    store: routes.store(limits, instanceId),
    limits: {
      ...BROADCAST_LIMITS,
      maxBytes: broadcastBytes,
      maxRoutes: broadcastRoutes,
      maxPoints: pointsPerCurveIn,
    },
    allowance: {
      updates: limits.broadcastsPerPeerAtOnce,
      updatesPerSecond: limits.broadcastsPerPeerPerSecond,
      routes: TABLES_AT_ONCE * routesPerPeer,
      routesPerSecond: limits.broadcastRoutesPerPeerPerSecond,
    },
    withinMs: Math.floor(limits.requestTimeoutMs * SHARE_OF_TIME),
    clock: () => Date.now(),
  });
}
