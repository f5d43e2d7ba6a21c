import { Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { BatchedLink, ControlClient, ControlListener, MessagingModule } from '#messaging';
import {
  CONFIGURATION,
  type Configuration,
  HealthChecks,
  MetricsRegistry,
  ServiceIdentity,
  ShutdownSequence,
} from '#platform';
import { Gateway } from './gateway';
import { gatewayLimits } from './gateway-limits';
import { exposeMetrics } from './gateway-metrics';
import { ownIdentity } from './webfinger/own-identity';
import { webfingerSecret } from './webfinger/webfinger-secret';

@Module({
  imports: [MessagingModule],
  providers: [
    {
      provide: Gateway,
      inject: [
        CONFIGURATION,
        ServiceIdentity,
        BatchedLink,
        ControlClient,
        ControlListener,
        PinoLogger,
      ],
      useFactory: makeGateway,
    },
  ],
})
export class GatewayModule {
  constructor(
    gateway: Gateway,
    health: HealthChecks,
    metrics: MetricsRegistry,
    shutdown: ShutdownSequence,
  ) {
    health.register('btp', () => gateway.checkListening());
    exposeMetrics(gateway.metrics, gateway, metrics);
    shutdown.add('stop-accepting', 'btp listener', () => {
      gateway.stopAccepting();
      return Promise.resolve();
    });
    shutdown.add('finish', 'answers owed to peers', () => gateway.finish());
    shutdown.add('flush', 'btp sessions', () => gateway.close());
  }
}

async function makeGateway(
  configuration: Configuration,
  identity: ServiceIdentity,
  link: BatchedLink,
  control: ControlClient,
  listener: ControlListener,
  log: PinoLogger,
): Promise<Gateway> {
  const { webfinger: settings } = configuration;
  const secret = await webfingerSecret(configuration, identity.instanceId);
  const own = ownIdentity(settings, secret);
  const limits = gatewayLimits(configuration.limits);
  return new Gateway({
    gatewayId: identity.instanceId,
    configuration,
    limits,
    link,
    control,
    listener,
    log,
    ...(own && { webfinger: { own, settings } }),
  });
}
