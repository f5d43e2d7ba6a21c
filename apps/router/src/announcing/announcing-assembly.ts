import { Logger } from '@nestjs/common';
import { eventStream, subjectsOf } from '#contracts';
import { BROADCAST_DEFAULTS, type BroadcastFailure } from '#domain/routing';
import { ElectedLock, openServiceDatabase } from '#event-store';
import {
  type BusConnection,
  type ConnectedPeers,
  type ControlClient,
  type ControlListener,
  KeyValue,
  type LedgerDirectory,
  type RatesDirectory,
  RemotePeers,
} from '#messaging';
import {
  type Configuration,
  type MetricsRegistry,
  relaysOf,
  type ShutdownSequence,
} from '#platform';
import type { LiveRoutes } from '#routes';
import { ToldDesk } from '../operators/told-desk';
import type { AnnouncementSettings } from './announcements';
import { AnnouncingMetrics } from './announcing-metrics';
import { Broadcaster } from './broadcaster';
import { GonePeers } from './gone-peers';
import { Leadership } from './leadership';
import { PeerBook } from './peer-book';
import { peersToTell } from './peers-to-tell';
import { ToldMemories } from './told-memories';

export interface AnnouncingSurroundings {
  readonly configuration: Configuration;
  readonly metrics: MetricsRegistry;
  readonly shutdown: ShutdownSequence;
  readonly bus: BusConnection;
  readonly control: ControlClient;
  readonly listener: ControlListener;
  readonly ledgers: LedgerDirectory;
  readonly connected: ConnectedPeers;
  readonly rates: RatesDirectory;
  readonly routes: LiveRoutes;
}

/** What stands around an update in a frame. */
const AROUND_UPDATE_BYTES = 500;
/** Without rates there is nothing to tell; but somebody who never comes is not waited for. */
const RATES_WITHIN_MS = 10_000;

const logger = new Logger('Announcing');

/** Everything that has to do with telling peers our routes in this process, started. */
export function assembleAnnouncing(around: AnnouncingSurroundings): Broadcaster {
  const { configuration, control, routes, shutdown, listener } = around;
  const subjects = subjectsOf(configuration.connector.slug);
  const clock = (): number => Date.now();
  const startedAtMs = clock();
  const peers = new PeerBook(configuration.peers, { control, subjects, clock });
  const gonePeers = new GonePeers({ routes, peers, clock });
  const leadership = new Leadership({ openLock: lockOpener(around), clock });
  const told: ToldDesk = new ToldDesk({
    listener,
    subjects,
    announcementsTo: (peerId) => broadcaster.announcementsTo(peerId),
    exportedOver: (ledgerId) =>
      routes.tables.exportOver(ledgerId, clock())?.routes ?? new Map<string, never>(),
  });
  const broadcaster: Broadcaster = new Broadcaster({
    settings: settingsOf(configuration),
    leadership,
    peers: new RemotePeers(control, subjects),
    busSession: busSessions(around.bus),
    keeper: new ToldMemories(toldBucket(around)),
    exportOver: (ledgerId, nowMs) => routes.tables.exportOver(ledgerId, nowMs),
    invalidate: (peerId, failure) => {
      forget(routes, peerId, failure);
    },
    metrics: new AnnouncingMetrics(around.metrics),
    peersToTell: () => whoToTell(around, { peers, waitedMs: clock() - startedAtMs }),
    wishesOf: (peerId) => routes.heard(peerId),
    refreshPeers: () => peers.refresh(),
    forgetGonePeers: () => gonePeers.sweep(),
    onElected: (isLeader) => {
      // What was known when somebody else led may be old.
      peers.hurry();
      told.elected(isLeader);
    },
    clock,
  });
  follow(around, broadcaster, peers);
  shutdown.add('stop-accepting', 'broadcasts', async () => {
    await broadcaster.stop();
    await told.close();
  });
  broadcaster.start();
  return broadcaster;
}

function follow(
  { connected, ledgers, routes, listener, configuration }: AnnouncingSurroundings,
  broadcaster: Broadcaster,
  peers: PeerBook,
): void {
  const wake = (): void => {
    broadcaster.wake();
  };
  connected.listen({ onOpened: wake, onClosed: wake });
  ledgers.onChange(wake);
  routes.listen({
    onReset: () => {
      broadcaster.askForFullTables();
    },
  });
  listener.listen(subjectsOf(configuration.connector.slug).peersChanged, () => {
    peers.hurry();
    wake();
    return Promise.resolve(null);
  });
}

function whoToTell(
  around: AnnouncingSurroundings,
  { peers, waitedMs }: { readonly peers: PeerBook; readonly waitedMs: number },
) {
  const { configuration, ledgers, connected, rates, routes } = around;
  const isOneToOne = configuration.rates.source.backend === 'one-to-one';
  const areRatesKnown = isOneToOne || rates.rates !== undefined || waitedMs > RATES_WITHIN_MS;
  return peersToTell({
    ledgers,
    connected,
    peers,
    relays: relaysOf(configuration),
    isTelling: configuration.connector.broadcastRoutes,
    isCaughtUp: () => routes.isCaughtUp && areRatesKnown,
  });
}

function busSessions(bus: BusConnection): () => number | undefined {
  let losses = 0;
  bus.onLoss(() => {
    losses += 1;
  });
  return () => (bus.connected ? losses : undefined);
}

/** One that is only between two sessions tells its routes again. */
function forget(routes: LiveRoutes, peerId: string, failure: BroadcastFailure): void {
  const isGone = failure === 'disconnected';
  const forgetting = isGone ? routes.forgetUnlessBack(peerId) : routes.forget(peerId);
  forgetting.catch((error: unknown) => {
    logger.warn(`the routes of ${peerId} are still relied on: ${String(error)}`);
  });
}

/** Payments do without it, so that nothing here is opened before it is needed. */
function lockOpener({ configuration, shutdown }: AnnouncingSurroundings) {
  const { databaseUrl, connector } = configuration;
  return async (onLost: () => void): Promise<ElectedLock> => {
    const dataSource = await openServiceDatabase(databaseUrl, 'causeway-router');
    shutdown.add('disconnect', 'database', () => dataSource.destroy());
    const lock = new ElectedLock(dataSource, { connector: connector.address, name: 'routes' });
    lock.onLoss(onLost);
    return lock;
  };
}

/** Apart from what was heard, as every router follows that. */
function toldBucket({ bus, configuration }: AnnouncingSurroundings): KeyValue {
  const { slug } = configuration.connector;
  const name = `CAUSEWAY_TOLD_${slug.toUpperCase()}`;
  return new KeyValue(bus, { name, replicasOf: eventStream(slug).name });
}

function settingsOf({ connector, limits }: Configuration): AnnouncementSettings {
  return {
    curvelessV17: connector.curvelessV17,
    intervalMs: connector.routeBroadcastIntervalMs,
    holdDownMs: connector.routeExpiryMs,
    maxUpdateBytes: Math.min(
      BROADCAST_DEFAULTS.maxUpdateBytes,
      limits.btpFrameBytes - AROUND_UPDATE_BYTES,
    ),
    answerWithinMs: limits.requestTimeoutMs,
  };
}
