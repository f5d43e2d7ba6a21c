import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { subjectsOf } from '#contracts';
import { type Configuration, CONFIGURATION, HealthChecks } from '#platform';
import { ConnectedPeers } from './connected-peers';
import { ControlClient } from './control-client';
import { ControlListener } from './control-listener';
import { MessagingModule } from './messaging.module';
import { BusConnection } from './nats-connection';

/** Provides the `ConnectedPeers` of a service, which is not ready before the gateways were asked. */
@Module({
  imports: [MessagingModule],
  providers: [
    {
      provide: ConnectedPeers,
      inject: [BusConnection, ControlClient, ControlListener, CONFIGURATION, HealthChecks],
      useFactory: connectedPeers,
    },
  ],
  exports: [ConnectedPeers],
})
export class ConnectedPeersModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly peers: ConnectedPeers) {}

  onApplicationBootstrap(): void {
    this.peers.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.peers.stop();
  }
}

function connectedPeers(
  bus: BusConnection,
  control: ControlClient,
  listener: ControlListener,
  { connector }: Configuration,
  health: HealthChecks,
): ConnectedPeers {
  const subjects = subjectsOf(connector.slug);
  const isBusConnected = (): boolean => bus.connected;
  const peers = new ConnectedPeers({ control, listener, subjects, isBusConnected });
  health.register('peers', () =>
    peers.isKnown
      ? Promise.resolve()
      : Promise.reject(new Error('which peers are connected is not known yet')),
  );
  return peers;
}
