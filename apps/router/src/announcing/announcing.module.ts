import { Module } from '@nestjs/common';
import {
  BusConnection,
  ConnectedPeers,
  ControlClient,
  ControlListener,
  LedgerDirectory,
  MessagingModule,
  RatesDirectory,
} from '#messaging';
import { CONFIGURATION, MetricsRegistry, ShutdownSequence } from '#platform';
import { LiveRoutes, LiveRoutesModule } from '#routes';
import { RoutesDesk } from '../operators/routes-desk';
import { RoutesController } from '../operators/routes.controller';
import { type AnnouncingSurroundings, assembleAnnouncing } from './announcing-assembly';
import { Broadcaster } from './broadcaster';

/** Tells peers our routes, if this process is the one that does, and operators all about routes. */
@Module({
  imports: [MessagingModule, LiveRoutesModule],
  controllers: [RoutesController],
  providers: [
    {
      provide: RoutesDesk,
      inject: [LiveRoutes],
      useFactory: (routes: LiveRoutes) =>
        new RoutesDesk({
          tables: routes.tables,
          heardOf: (peerId) => routes.heard(peerId),
          clock: () => Date.now(),
        }),
    },
    {
      provide: Broadcaster,
      inject: [
        CONFIGURATION,
        MetricsRegistry,
        ShutdownSequence,
        BusConnection,
        ControlClient,
        ControlListener,
        LedgerDirectory,
        ConnectedPeers,
        RatesDirectory,
        LiveRoutes,
      ],
      useFactory: broadcaster,
    },
  ],
})
export class AnnouncingModule {}

type S = AnnouncingSurroundings;

function broadcaster(
  configuration: S['configuration'],
  metrics: S['metrics'],
  ...[shutdown, bus, control, listener, ledgers, connected, rates, routes]: [
    S['shutdown'],
    S['bus'],
    S['control'],
    S['listener'],
    S['ledgers'],
    S['connected'],
    S['rates'],
    S['routes'],
  ]
): Broadcaster {
  const told = { ledgers, connected, rates, routes };
  return assembleAnnouncing({ configuration, metrics, shutdown, bus, control, listener, ...told });
}
