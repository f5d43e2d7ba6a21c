import { Module } from '@nestjs/common';
import { subjectsOf } from '#contracts';
import type { RemoteQuoteNeeded } from '#domain/routing';
import { BatchedLink, LedgerDirectory, MessagingModule } from '#messaging';
import {
  type Configuration,
  CONFIGURATION,
  MetricsRegistry,
  relaysOf,
  ServiceIdentity,
  ShutdownSequence,
} from '#platform';
import { LiveRoutes, LiveRoutesModule, RemoteQuotes, RemoteQuotesModule } from '#routes';
import { AnnouncingModule } from './announcing/announcing.module';
import { broadcastDesk, broadcastMetrics } from './broadcasts/broadcast-assembly';
import { BroadcastDesk } from './broadcasts/broadcast-desk';
import { BroadcastMetrics } from './broadcasts/broadcast-metrics';
import { BroadcastController } from './broadcasts/broadcast.controller';
import { connectorSecret } from './connector-secret';
import { PaymentPlanner } from './payment-planner';
import { PlanningMetrics } from './planning-metrics';
import { PrepareDesk } from './prepare-desk';
import { PrepareListener, sendToOwner } from './prepare-listener';
import { QUOTING_BYTES } from './quoting-prepares';

/**
 * Plans payments: next hop, amount, expiry, id; or why not (SPEC §13). Takes in what peers tell of
 * routes (SPEC §11). Holds nothing but tables.
 */
@Module({
  imports: [MessagingModule, LiveRoutesModule, RemoteQuotesModule, AnnouncingModule],
  controllers: [BroadcastController],
  providers: [
    {
      provide: PaymentPlanner,
      inject: [CONFIGURATION, ServiceIdentity, LiveRoutes],
      useFactory: paymentPlanner,
    },
    {
      provide: BroadcastMetrics,
      inject: [MetricsRegistry, LiveRoutes],
      useFactory: broadcastMetrics,
    },
    {
      provide: BroadcastDesk,
      inject: [CONFIGURATION, ServiceIdentity, LiveRoutes, BroadcastMetrics],
      useFactory: broadcastDesk,
    },
    {
      provide: PlanningMetrics,
      inject: [MetricsRegistry],
      useFactory: (registry: MetricsRegistry) => {
        const metrics = new PlanningMetrics();
        metrics.expose(registry);
        return metrics;
      },
    },
    {
      provide: PrepareDesk,
      inject: [
        PaymentPlanner,
        PlanningMetrics,
        LedgerDirectory,
        RemoteQuotes,
        BatchedLink,
        CONFIGURATION,
      ],
      useFactory: prepareDesk,
    },
    {
      provide: PrepareListener,
      inject: [BatchedLink, PrepareDesk, CONFIGURATION, ShutdownSequence],
      useFactory: prepareListener,
    },
  ],
})
export class RouterModule {}

async function paymentPlanner(
  configuration: Configuration,
  identity: ServiceIdentity,
  routes: LiveRoutes,
): Promise<PaymentPlanner> {
  const { address, slippagePpm, minMessageWindowMs, maxHoldTimeMs } = configuration.connector;
  return new PaymentPlanner({
    routes,
    plan: { connectorAddress: address, slippagePpm, minMessageWindowMs, maxHoldTimeMs },
    secret: await connectorSecret(configuration, identity.instanceId),
    relays: relaysOf(configuration),
  });
}

/** Of the time that a peer waits for its answer, so much may be spent on asking others. */
const SHARE_OF_TIME = 0.8;

function prepareDesk(
  planner: PaymentPlanner,
  metrics: PlanningMetrics,
  ...[directory, remote, link, { connector, limits }]: [
    LedgerDirectory,
    RemoteQuotes,
    BatchedLink,
    Configuration,
  ]
): PrepareDesk {
  const ports = {
    send: sendToOwner(link, subjectsOf(connector.slug), limits.partitions),
    refreshLedgers: () => directory.refresh(),
    askNextHop: (needed: RemoteQuoteNeeded) => remote.ask(needed),
    nowMs: () => Date.now(),
  };
  const timeMs = Math.floor(limits.requestTimeoutMs * SHARE_OF_TIME);
  return new PrepareDesk(planner, ports, metrics, { bytes: QUOTING_BYTES, timeMs });
}

function prepareListener(
  link: BatchedLink,
  desk: PrepareDesk,
  { connector }: Configuration,
  shutdown: ShutdownSequence,
): PrepareListener {
  const subject = subjectsOf(connector.slug).routerPrepare;
  return new PrepareListener(link, desk, { subject, shutdown });
}
