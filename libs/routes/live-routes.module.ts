import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { eventStream } from '#contracts';
import { ROUTE_LIMITS } from '#domain/routing';
import {
  BusConnection,
  ConnectedPeers,
  ConnectedPeersModule,
  KeyValue,
  LedgerDirectory,
  LedgerDirectoryModule,
  MessagingModule,
  RatesDirectory,
  RatesDirectoryModule,
} from '#messaging';
import { type Configuration, CONFIGURATION, HealthChecks, relaysOf } from '#platform';
import { LiveRoutes, type LiveRoutesSettings } from './live-routes';

/** Provides the `LiveRoutes` of a service, which is not ready before these are caught up. */
@Module({
  imports: [MessagingModule, LedgerDirectoryModule, ConnectedPeersModule, RatesDirectoryModule],
  providers: [
    {
      provide: KeyValue,
      inject: [BusConnection, CONFIGURATION],
      useFactory: routesBucket,
    },
    {
      provide: LiveRoutes,
      inject: [
        CONFIGURATION,
        LedgerDirectory,
        ConnectedPeers,
        RatesDirectory,
        KeyValue,
        HealthChecks,
      ],
      useFactory: liveRoutes,
    },
  ],
  exports: [
    KeyValue,
    LiveRoutes,
    LedgerDirectoryModule,
    ConnectedPeersModule,
    RatesDirectoryModule,
  ],
})
export class LiveRoutesModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly routes: LiveRoutes) {}

  onApplicationBootstrap(): void {
    this.routes.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.routes.stop();
  }
}

/** What peers told of routes, and what they confirmed to have heard from us. */
function routesBucket(bus: BusConnection, { connector }: Configuration): KeyValue {
  return new KeyValue(bus, {
    name: `CAUSEWAY_ROUTES_${connector.slug.toUpperCase()}`,
    replicasOf: eventStream(connector.slug).name,
  });
}

function liveRoutes(
  configuration: Configuration,
  ledgers: LedgerDirectory,
  ...[peers, rates, bucket, health]: [ConnectedPeers, RatesDirectory, KeyValue, HealthChecks]
): LiveRoutes {
  const clock = (): number => Date.now();
  const routes = new LiveRoutes(settingsOf(configuration), {
    ledgers,
    peers,
    rates,
    bucket,
    clock,
  });
  health.register('routes', () =>
    routes.isCaughtUp
      ? Promise.resolve()
      : Promise.reject(new Error('what peers told of routes is not known yet')),
  );
  return routes;
}

function settingsOf(configuration: Configuration): LiveRoutesSettings {
  const { connector, limits, rates, routes } = configuration;
  const { spreadPpm, minMessageWindowMs, sectionRule, broadcastCurves, storeCurves } = connector;
  const { routesPerPeer, pointsPerCurveIn, pointsPerCurveOut } = limits;
  const { remoteQuotesPerPeer: quotesPerPeer, remoteQuotes: quotesInAll } = limits;
  return {
    routing: {
      spreadPpm,
      minMessageWindowMs,
      sectionRule,
      broadcastCurves,
      storeCurves,
      staticRoutes: routes,
      limits: {
        ...ROUTE_LIMITS,
        routesPerPeer,
        pointsReceived: pointsPerCurveIn,
        pointsSent: pointsPerCurveOut,
        quotesPerPeer,
        quotesInAll,
      },
    },
    pairs: { spreadPpm, pairs: rates.pairs },
    relays: relaysOf(configuration),
    isOneToOne: rates.source.backend === 'one-to-one',
    sessionGraceMs: limits.sessionGraceMs,
  };
}
