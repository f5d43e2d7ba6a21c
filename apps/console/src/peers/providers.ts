import type { Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { subjectsOf } from '#contracts';
import { ConnectorLog } from '#event-store';
import { ControlClient } from '#messaging';
import { configuredPeers, PeerRegistry } from '#peers';
import { CONFIGURATION, type Configuration } from '#platform';
import { readLedgers, readPeers } from '#read-models';
import { OrderDesk } from '../order-desk';
import { AcceptanceDesk } from './acceptance-desk';
import { InvitationDesk } from './invitation-desk';
import { PeerBook } from './peer-book';
import { PeerDesk } from './peer-desk';
import { PeerServices } from './peer-services';
import { PeerViews } from './peer-views';
import { SessionWatch } from './session-watch';
import { WebFingerDesk } from './webfinger-desk';

/** Everything that the controllers of peers stand on. */
export const PEER_PROVIDERS: readonly Provider[] = [
  {
    provide: PeerRegistry,
    inject: [DataSource, CONFIGURATION],
    useFactory: (dataSource: DataSource, { connector, limits }: Configuration) => {
      const identity = { connector: connector.address, partitions: limits.partitions };
      return new PeerRegistry(new ConnectorLog(dataSource, identity));
    },
  },
  {
    provide: PeerServices,
    inject: [ControlClient, CONFIGURATION],
    useFactory: (control: ControlClient, { connector, webfinger, limits }: Configuration) =>
      new PeerServices(control, subjectsOf(connector.slug), {
        lookUpMs: webfinger.timeoutMs,
        trialMs: limits.peerTrialMs,
      }),
  },
  {
    provide: PeerBook,
    inject: [PeerRegistry, PeerServices, DataSource, CONFIGURATION],
    useFactory: (
      registry: PeerRegistry,
      services: PeerServices,
      dataSource: DataSource,
      { peers, webfinger }: Configuration,
    ) =>
      new PeerBook({
        registry,
        services,
        ledgers: () => readLedgers(dataSource),
        surroundings: {
          configured: configuredPeers(peers),
          ownHostname: webfinger.hostname,
        },
      }),
  },
  {
    provide: SessionWatch,
    inject: [PeerServices],
    useFactory: (services: PeerServices) => new SessionWatch(services),
  },
  {
    provide: InvitationDesk,
    inject: [PeerBook, CONFIGURATION],
    useFactory: (book: PeerBook, { gateway }: Configuration) => new InvitationDesk(book, gateway),
  },
  {
    provide: AcceptanceDesk,
    inject: [PeerBook, PeerServices, SessionWatch, CONFIGURATION],
    useFactory: (
      book: PeerBook,
      services: PeerServices,
      watch: SessionWatch,
      { gateway }: Configuration,
    ) => new AcceptanceDesk(book, services, watch, gateway),
  },
  {
    provide: WebFingerDesk,
    inject: [PeerBook, PeerRegistry, PeerServices, SessionWatch, CONFIGURATION],
    useFactory: (
      book: PeerBook,
      registry: PeerRegistry,
      services: PeerServices,
      watch: SessionWatch,
      { webfinger }: Configuration,
    ) => new WebFingerDesk({ book, registry, services, watch, ownHostname: webfinger.hostname }),
  },
  {
    provide: PeerDesk,
    inject: [PeerBook, PeerRegistry, PeerServices, OrderDesk, CONFIGURATION],
    useFactory: (
      book: PeerBook,
      registry: PeerRegistry,
      services: PeerServices,
      orders: OrderDesk,
      { gateway }: Configuration,
    ) => new PeerDesk({ book, registry, services, orders, gateway }),
  },
  {
    provide: PeerViews,
    inject: [PeerRegistry, PeerServices, DataSource, CONFIGURATION],
    useFactory: (
      registry: PeerRegistry,
      services: PeerServices,
      dataSource: DataSource,
      { peers }: Configuration,
    ) =>
      new PeerViews({
        registry,
        services,
        configured: peers,
        ledgers: () => readLedgers(dataSource),
        dealings: () => readPeers(dataSource),
      }),
  },
];
