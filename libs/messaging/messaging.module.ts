import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import {
  CONFIGURATION,
  FatalExit,
  HealthChecks,
  MetricsRegistry,
  ServiceIdentity,
  type Configuration,
} from '#platform';
import { BatchedLink, type LinkFault } from './batched-link';
import { ControlClient } from './control-client';
import { ControlListener } from './control-listener';
import { EventPublisher } from './jetstream-publisher';
import { registerLinkMetrics } from './link-metrics';
import { BusConnection, type BusStatus } from './nats-connection';

/** The connection is made before anything that needs it, and closed after everything else. */
@Module({
  providers: [
    {
      provide: BusConnection,
      inject: [CONFIGURATION, ServiceIdentity, FatalExit],
      useFactory: connectBus,
    },
    {
      provide: BatchedLink,
      inject: [BusConnection],
      useFactory: (bus: BusConnection) => new BatchedLink(bus, { onFault: logFault }),
    },
    {
      provide: ControlClient,
      inject: [BusConnection],
      useFactory: (bus: BusConnection) => new ControlClient(bus),
    },
    {
      provide: ControlListener,
      inject: [BusConnection],
      useFactory: (bus: BusConnection) => new ControlListener(bus),
    },
    {
      provide: EventPublisher,
      inject: [BusConnection],
      useFactory: (bus: BusConnection) => new EventPublisher(bus),
    },
  ],
  exports: [BusConnection, BatchedLink, ControlClient, ControlListener, EventPublisher],
})
export class MessagingModule implements OnApplicationShutdown {
  constructor(
    private readonly bus: BusConnection,
    private readonly link: BatchedLink,
    private readonly publisher: EventPublisher,
    @Inject(HealthChecks) health: HealthChecks,
    @Inject(MetricsRegistry) metrics: MetricsRegistry,
  ) {
    health.register('nats', () => bus.roundTrip());
    registerLinkMetrics(link.counters, metrics);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.link.close();
    this.publisher.close();
    await this.bus.drain();
  }
}

/** No URL at all is a mistake of whoever started this process. */
export class NoBusError extends Error {
  override readonly name = 'NoBusError';

  constructor() {
    super('NATS_URL is not set, and a service alone starts no nats-server');
  }
}

const log = new Logger('Bus');

async function connectBus(
  { natsUrl }: Configuration,
  { instanceId }: ServiceIdentity,
  fatal: FatalExit,
): Promise<BusConnection> {
  if (natsUrl === undefined) throw new NoBusError();
  return BusConnection.connect({
    url: natsUrl,
    name: instanceId,
    onStatus: (status) => {
      tell(status, fatal);
    },
  });
}

function tell(status: BusStatus, fatal: FatalExit): void {
  switch (status.kind) {
    case 'disconnected':
      log.warn('the connection to NATS is lost; trying again');
      return;
    case 'reconnected':
      log.log('the connection to NATS is back');
      return;
    case 'error':
      log.error(`NATS: ${status.reason}`);
      return;
    case 'closed':
      fatal.because(`the connection to NATS ended: ${status.reason}`);
  }
}

function logFault({ kind, subject, error }: LinkFault): void {
  log.error({ err: error, subject }, `hot link: ${kind}`);
}
