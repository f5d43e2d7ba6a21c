import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { subjectsOf } from '#contracts';
import { EventReader, openServiceDatabase } from '#event-store';
import { ControlClient, MessagingModule } from '#messaging';
import {
  CONFIGURATION,
  HealthChecks,
  MetricsRegistry,
  ShutdownSequence,
  type Configuration,
} from '#platform';
import { EventSchemasController } from './event-schemas.controller';
import { EventsFeed } from './events-feed';
import { EventsStreams } from './events-streams';
import { EventsWatch } from './events-watch';
import { EventsController } from './events.controller';
import { LedgersController } from './ledgers.controller';
import { OrderDesk } from './order-desk';
import { OrdersController } from './orders.controller';
import { RatesDesk } from './rates-desk';
import { RatesController } from './rates.controller';
import { PaymentsController } from './payments/payments.controller';
import { PAYMENT_PROVIDERS } from './payments/providers';
import { QuotesController } from './payments/quotes.controller';
import { PeersController } from './peers/peers.controller';
import { PEER_PROVIDERS } from './peers/providers';
import { WebFingerPeersController } from './peers/webfinger-peers.controller';
import { RoutesDesk } from './routes-desk';
import { RoutesController } from './routes.controller';
import { TokenGuard } from './token.guard';

@Module({
  imports: [MessagingModule],
  controllers: [
    LedgersController,
    OrdersController,
    RatesController,
    PeersController,
    WebFingerPeersController,
    RoutesController,
    QuotesController,
    PaymentsController,
    EventsController,
    EventSchemasController,
  ],
  providers: [
    { provide: APP_GUARD, useClass: TokenGuard },
    {
      provide: DataSource,
      inject: [CONFIGURATION, HealthChecks, ShutdownSequence],
      useFactory: openDatabase,
    },
    {
      provide: EventReader,
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => new EventReader(dataSource),
    },
    {
      provide: OrderDesk,
      inject: [ControlClient, CONFIGURATION],
      useFactory: (control: ControlClient, { connector }: Configuration) =>
        new OrderDesk(control, subjectsOf(connector.slug).ledgerOrder),
    },
    {
      provide: RatesDesk,
      inject: [ControlClient, CONFIGURATION],
      useFactory: (control: ControlClient, { connector }: Configuration) =>
        new RatesDesk(control, subjectsOf(connector.slug)),
    },
    {
      provide: RoutesDesk,
      inject: [ControlClient, CONFIGURATION],
      useFactory: (control: ControlClient, { connector }: Configuration) =>
        new RoutesDesk(control, subjectsOf(connector.slug)),
    },
    {
      provide: EventsFeed,
      inject: [EventReader, CONFIGURATION],
      useFactory: (reader: EventReader, { limits }: Configuration) =>
        new EventsFeed(reader, limits.partitions),
    },
    {
      provide: EventsStreams,
      inject: [EventsFeed, CONFIGURATION, ShutdownSequence, MetricsRegistry],
      useFactory: makeStreams,
    },
    ...PAYMENT_PROVIDERS,
    ...PEER_PROVIDERS,
  ],
})
export class ConsoleModule {}

async function openDatabase(
  { databaseUrl }: Configuration,
  health: HealthChecks,
  shutdown: ShutdownSequence,
): Promise<DataSource> {
  const dataSource = await openServiceDatabase(databaseUrl, 'causeway-console');
  health.register('database', () => dataSource.query('SELECT 1'));
  shutdown.add('disconnect', 'database', () => dataSource.destroy());
  return dataSource;
}

function makeStreams(
  feed: EventsFeed,
  { connector, limits }: Configuration,
  shutdown: ShutdownSequence,
  metrics: MetricsRegistry,
): EventsStreams {
  const streams = new EventsStreams({
    connector: connector.slug,
    feed,
    watch: new EventsWatch(() => feed.heads()),
    limits: { streams: limits.feedStreams, stallMs: limits.feedStallMs },
  });
  new Gauge({
    name: 'causeway_console_event_streams',
    help: 'Readers of the event feed that are served now',
    registers: [metrics],
    collect() {
      this.set(streams.count);
    },
  });
  shutdown.add('stop-accepting', 'event streams', () => {
    streams.close();
    return Promise.resolve();
  });
  return streams;
}
