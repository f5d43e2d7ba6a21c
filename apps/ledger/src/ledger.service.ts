import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { DataSource } from 'typeorm';
import {
  allPartitions,
  CONTROL,
  eventStream,
  subjectsOf,
  type LedgerDescription,
  type LedgerListReply,
  type LedgerOpenReply,
  type LedgerOrder,
  type LedgerOrderReply,
  type PaymentOrderQuestion,
  type PaymentOrderReply,
  type PeersListReply,
  readLedgerOpenReply,
} from '#contracts';
import { CheckpointStore, EventReader, SettingsStore, SignedHeadStore } from '#event-store';
import { BatchedLink, ControlClient, ControlListener, EventPublisher } from '#messaging';
import {
  CONFIGURATION,
  FatalExit,
  HealthChecks,
  keptSigningKey,
  ServiceIdentity,
  ShutdownSequence,
  type Configuration,
} from '#platform';
import { figuresAnnouncer } from './announce-figures';
import { openConfigured } from './configured-ledgers';
import { HeadSigner } from './head-signer';
import { LedgerDirectoryReader } from './ledger-directory.reader';
import { LedgerMetrics } from './ledger-metrics';
import { takeOrders } from './ledger-orders';
import { LogPublisher } from './log-publisher';
import { OwnerRelay } from './owner-relay';
import { PartitionHost } from './partition.host';
import { takePayments } from './payment-orders';
import { publishedWith } from './published-partitions';
import { ReadModels } from './read-models';
import { RunTimePeers } from './run-time-peers';
import { wantedLedger } from './wanted-ledger';

/** The life of the ledger service: partitions, read models and publisher, from start to drain. */
@Injectable()
export class LedgerService implements OnApplicationBootstrap {
  /** Brings questions about one ledger to the process that decides on it. */
  readonly relay: OwnerRelay;
  private readonly host: PartitionHost;
  private readonly readModels: ReadModels;
  private readonly directory: LedgerDirectoryReader;
  private readonly publisher: LogPublisher;
  private readonly runTimePeers: RunTimePeers;
  /** Absent where nobody said where the key is kept. */
  private readonly signer: HeadSigner | undefined;
  private readonly openedHere = new Set<string>();
  /** Has an operator's order obeyed by the ledger's owner; answered after the commit. */
  readonly order: (order: LedgerOrder) => Promise<LedgerOrderReply>;
  /** As `order`, of an order to pay. */
  readonly pay: (order: PaymentOrderQuestion) => Promise<PaymentOrderReply>;
  private readonly askToOpen: (id: string, wanted: LedgerDescription) => Promise<LedgerOpenReply>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly link: BatchedLink,
    private readonly control: ControlClient,
    private readonly listener: ControlListener,
    private readonly events: EventPublisher,
    private readonly metrics: LedgerMetrics,
    private readonly logger: PinoLogger,
    private readonly identity: ServiceIdentity,
    private readonly health: HealthChecks,
    private readonly shutdown: ShutdownSequence,
    private readonly fatal: FatalExit,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {
    const { partitions } = configuration.limits;
    this.host = this.makeHost();
    this.relay = this.makeRelay();
    this.publisher = this.makePublisher();
    this.signer = this.makeSigner();
    this.directory = new LedgerDirectoryReader(dataSource, partitions);
    this.readModels = new ReadModels({ dataSource, partitions, metrics, logger: logger.logger });
    this.runTimePeers = new RunTimePeers(dataSource, configuration, logger.logger);
    this.order = takeOrders(this.relay, this.host);
    this.pay = takePayments(this.relay, this.host);
    this.askToOpen = this.relay.register({
      name: CONTROL.ledgerOpen,
      answer: (wanted: LedgerDescription) => this.host.ensure(wanted),
      readQuestion: wantedLedger,
      readAnswer: readLedgerOpenReply,
    });
  }

  /** Returns when this process serves its share, or what of it the others have not given up yet. */
  async onApplicationBootstrap(): Promise<void> {
    const { connector, limits } = this.configuration;
    const identity = { address: connector.address, partitions: limits.partitions };
    await new SettingsStore(this.dataSource).settleIdentity(identity);
    await this.runTimePeers.requireNoConflict();
    const publishing = new AbortController();
    const published = this.publisher.follow(publishing.signal);
    this.health.register('log', () => this.host.check());
    this.shutdown.add('finish', 'partitions', () => this.host.stop());
    this.shutdown.add('finish', 'publisher', () => {
      publishing.abort();
      return published;
    });
    this.shutdown.add('flush', 'read models', () => this.readModels.stop());
    this.shutdown.add('flush', 'signed heads', async () => this.signer?.stop());
    this.shutdown.add('disconnect', 'database', () => this.dataSource.destroy());
    this.readModels.start();
    this.signer?.start();
    this.host.start();
    await this.host.firstState;
  }

  /** Complete and current, whoever owns them: from memory if that is us, else from the read model. */
  list(): Promise<LedgerListReply> {
    const ownsAll = this.host.partitions.length === this.configuration.limits.partitions;
    if (!ownsAll) return this.directory.read();
    return Promise.resolve({ ledgers: this.host.describe(), figures: this.host.listFigures() });
  }

  /** The peers that were added at run time, as of now. */
  peers(): Promise<PeersListReply> {
    return this.runTimePeers.list();
  }

  /** Answered by the ledger's owner after the commit; `unavailable` means: ask again. */
  open(wanted: LedgerDescription): Promise<LedgerOpenReply> {
    return this.askToOpen(wanted.ledgerId, wanted);
  }

  private makeHost(): PartitionHost {
    const subjects = subjectsOf(this.configuration.connector.slug);
    return new PartitionHost({
      instanceId: this.identity.instanceId,
      dataSource: this.dataSource,
      link: this.link,
      subjects,
      configuration: this.configuration,
      metrics: this.metrics,
      logger: this.logger.logger,
      clock: Date.now,
      announce: () => {
        this.control.announce(subjects.ledgersChanged, {});
      },
      announceFigures: figuresAnnouncer(this.control, subjects),
      onTaken: (partitions) => this.beginServing(partitions),
      onGoing: (partitions) => this.endServing(partitions),
    });
  }

  private makeRelay(): OwnerRelay {
    const { connector, limits } = this.configuration;
    return new OwnerRelay({
      control: this.control,
      listener: this.listener,
      subjects: subjectsOf(connector.slug),
      partitions: limits.partitions,
      owns: (ledgerId) => this.host.owns(ledgerId),
    });
  }

  private makePublisher(): LogPublisher {
    const { slug } = this.configuration.connector;
    return new LogPublisher({
      connector: slug,
      partitions: [],
      reader: new EventReader(this.dataSource),
      checkpoints: new CheckpointStore(this.dataSource),
      ensureStream: () => this.events.streams.ensure(eventStream(slug)),
      publish: (batch) => this.events.publishBatch(batch),
      metrics: this.metrics,
      logger: this.logger.logger,
    });
  }

  /** Of every stream: what is committed is the connector's, whoever decided it. */
  private makeSigner(): HeadSigner | undefined {
    const { audit, connector, limits } = this.configuration;
    if (audit.keyFile === undefined) return undefined;
    const every = allPartitions(limits.partitions);
    return new HeadSigner({
      connector: connector.address,
      key: keptSigningKey(audit.keyFile),
      heads: new SignedHeadStore(this.dataSource),
      partitions: () => every,
      everyMs: audit.signHeadsEveryMs,
      clock: Date.now,
      logger: this.logger.logger,
    });
  }

  private async beginServing(partitions: readonly number[]): Promise<void> {
    this.publisher.add(publishedWith(partitions, this.configuration.limits.partitions));
    this.relay.listen(partitions);
    try {
      await openConfigured(this.configuration, this.host, this.openedHere);
    } catch (error) {
      this.fatal.because('cannot start', error);
    }
  }

  private async endServing(partitions: readonly number[]): Promise<void> {
    const published = publishedWith(partitions, this.configuration.limits.partitions);
    await Promise.all([this.publisher.remove(published), this.relay.stop(partitions)]);
  }
}
