import { Module } from '@nestjs/common';
import {
  ConnectedPeers,
  ConnectedPeersModule,
  LedgerDirectory,
  LedgerDirectoryModule,
  MessagingModule,
  RatesDirectory,
  RatesDirectoryModule,
} from '#messaging';
import { type Configuration, CONFIGURATION, relaysOf } from '#platform';
import { LiveRoutes } from './live-routes';

/** Provides the `LiveRoutes` of a service with a control plane. */
@Module({
  imports: [MessagingModule, LedgerDirectoryModule, ConnectedPeersModule, RatesDirectoryModule],
  providers: [
    {
      provide: LiveRoutes,
      inject: [CONFIGURATION, LedgerDirectory, ConnectedPeers, RatesDirectory],
      useFactory: liveRoutes,
    },
  ],
  exports: [LiveRoutes, LedgerDirectoryModule, ConnectedPeersModule, RatesDirectoryModule],
})
export class LiveRoutesModule {}

function liveRoutes(
  configuration: Configuration,
  ledgers: LedgerDirectory,
  peers: ConnectedPeers,
  rates: RatesDirectory,
): LiveRoutes {
  const { spreadPpm, minMessageWindowMs } = configuration.connector;
  return new LiveRoutes(
    {
      routing: { spreadPpm, minMessageWindowMs, staticRoutes: configuration.routes },
      pairs: { spreadPpm, pairs: configuration.rates.pairs },
      relays: relaysOf(configuration),
    },
    { ledgers, peers, rates, clock: () => Date.now() },
  );
}
