import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { DataSource } from 'typeorm';
import { subjectsOf, type LedgerDescription, type LedgerOpenReply } from '#contracts';
import { CheckpointStore, EventReader, SettingsStore } from '#event-store';
import { BatchedLink, ControlClient, EventPublisher } from '#messaging';
import {
  CONFIGURATION,
  FatalExit,
  HealthChecks,
  ShutdownSequence,
  type Configuration,
} from '#platform';
import { openConfigured } from './configured-ledgers';
import { eventStream } from './event-stream';
import { readLedgerDirectory } from './ledger-directory.reader';
import { LedgerMetrics } from './ledger-metrics';
import { LogPublisher } from './log-publisher';
import type { Ownership } from './ownership';
import { PartitionHost } from './partition.host';
import { ReadModels } from './read-models';

/** The life of the ledger service: partitions, read models and publisher, from start to drain. */
@Injectable()
export class LedgerService implements OnApplicationBootstrap {
  private readonly host: PartitionHost;
  private readonly readModels: ReadModels;
  private publishing: { stop: AbortController; done: Promise<void> } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly link: BatchedLink,
    private readonly control: ControlClient,
    private readonly events: EventPublisher,
    private readonly metrics: LedgerMetrics,
    private readonly logger: PinoLogger,
    private readonly health: HealthChecks,
    private readonly shutdown: ShutdownSequence,
    private readonly fatal: FatalExit,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {
    this.host = this.makeHost();
    const { partitions } = configuration.limits;
    this.readModels = new ReadModels({ dataSource, partitions, metrics, logger: logger.logger });
  }

  /** Returns when the partitions are ours and replayed, or another process has them. */
  async onApplicationBootstrap(): Promise<void> {
    const { connector, limits } = this.configuration;
    const identity = { address: connector.address, partitions: limits.partitions };
    await new SettingsStore(this.dataSource).settleIdentity(identity);
    this.health.register('log', () => this.host.check());
    this.shutdown.add('finish', 'partitions', () => this.host.stop());
    this.shutdown.add('flush', 'read models', () => this.readModels.stop());
    this.shutdown.add('disconnect', 'database', () => this.dataSource.destroy());
    this.readModels.start();
    this.host.start();
    await this.host.firstState;
  }

  /** The owner answers from memory; whoever stands by answers from the read model. */
  async list(): Promise<readonly LedgerDescription[]> {
    return this.host.describe() ?? (await readLedgerDirectory(this.dataSource));
  }

  /** Answered after the commit; `unavailable` means: ask again. */
  open(wanted: LedgerDescription): Promise<LedgerOpenReply> {
    return this.host.ensure(wanted);
  }

  private makeHost(): PartitionHost {
    const subjects = subjectsOf(this.configuration.connector.slug);
    return new PartitionHost({
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
      onOwner: (ownership, partitions) => this.becomeOwner(ownership, partitions),
      onOwnerEnd: () => this.stopPublishing(),
    });
  }

  private async becomeOwner(ownership: Ownership, partitions: readonly number[]): Promise<void> {
    try {
      await openConfigured(this.configuration, (wanted) => ownership.ensure(wanted));
    } catch (error) {
      this.fatal.because('cannot start', error);
      return;
    }
    this.startPublishing(partitions);
  }

  private startPublishing(partitions: readonly number[]): void {
    const { slug } = this.configuration.connector;
    const publisher = new LogPublisher({
      connector: slug,
      partitions,
      reader: new EventReader(this.dataSource),
      checkpoints: new CheckpointStore(this.dataSource),
      ensureStream: () => this.events.streams.ensure(eventStream(slug)),
      publish: (batch) => this.events.publishBatch(batch),
      metrics: this.metrics,
      logger: this.logger.logger,
    });
    const stop = new AbortController();
    this.publishing = { stop, done: publisher.follow(stop.signal) };
  }

  private async stopPublishing(): Promise<void> {
    const { publishing } = this;
    this.publishing = undefined;
    publishing?.stop.abort();
    await publishing?.done;
  }
}
