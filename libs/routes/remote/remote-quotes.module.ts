import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { eventStream, subjectsOf } from '#contracts';
import { BusConnection, ControlClient, KeyValue, MessagingModule, RemotePeers } from '#messaging';
import {
  type Configuration,
  CONFIGURATION,
  HealthChecks,
  MetricsRegistry,
  ServiceIdentity,
} from '#platform';
import { LiveRoutes } from '../live-routes';
import { LiveRoutesModule } from '../live-routes.module';
import { RemoteQuoteMetrics } from './remote-quote-metrics';
import { RemoteQuotes } from './remote-quotes';

/** Points of a curve that a next hop quotes; a historic one answers with five at most. */
const MAX_POINTS = 100;
/** Time that the way behind the next hop may need: more than any transfer is held. */
const MAX_WINDOW_MS = 3_600_000;
/** A shared quote outlives its end by that much, for whoever's clock is slow. */
const KEPT_LONGER_MS = 60_000;
const WRITE_WITHIN_MS = 1_000;

/** Provides the `RemoteQuotes` of a service that has `LiveRoutes`. */
@Module({
  imports: [MessagingModule, LiveRoutesModule],
  providers: [
    {
      provide: RemoteQuotes,
      inject: [
        CONFIGURATION,
        BusConnection,
        ControlClient,
        LiveRoutes,
        ServiceIdentity,
        MetricsRegistry,
        HealthChecks,
      ],
      useFactory: remoteQuotes,
    },
  ],
  exports: [RemoteQuotes],
})
export class RemoteQuotesModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly quotes: RemoteQuotes) {}

  onApplicationBootstrap(): void {
    this.quotes.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.quotes.stop();
  }
}

function remoteQuotes(
  configuration: Configuration,
  bus: BusConnection,
  control: ControlClient,
  ...[routes, { instanceId }, registry, health]: [
    LiveRoutes,
    ServiceIdentity,
    MetricsRegistry,
    HealthChecks,
  ]
): RemoteQuotes {
  const { connector, limits } = configuration;
  const quotes = new RemoteQuotes({
    tables: routes.tables,
    peers: new RemotePeers(control, subjectsOf(connector.slug)),
    bucket: quotesBucket(bus, configuration),
    instanceId,
    limits,
    rules: { keptMs: limits.remoteQuoteKeptMs, maxPoints: MAX_POINTS, maxWindowMs: MAX_WINDOW_MS },
    maxKeys: limits.remoteQuotes,
    metrics: new RemoteQuoteMetrics(registry),
    clock: () => Date.now(),
  });
  // Never unready for it: no restart of ours brings a quote.
  health.register('remote-quotes', () =>
    Promise.resolve({ ...quotes.figures, quotingAmountsOnly: quotes.quotingAmountsOnly }),
  );
  return quotes;
}

/** Apart from what was heard of routes: it is full of what nobody needs for long. */
function quotesBucket(bus: BusConnection, { connector, limits }: Configuration): KeyValue {
  return new KeyValue(bus, {
    name: `CAUSEWAY_QUOTES_${connector.slug.toUpperCase()}`,
    replicasOf: eventStream(connector.slug).name,
    writeWithinMs: WRITE_WITHIN_MS,
    keptMs: limits.remoteQuoteKeptMs + KEPT_LONGER_MS,
    maxKeys: limits.remoteQuotes,
  });
}
