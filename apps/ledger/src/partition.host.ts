import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import type { LedgerDescription, LedgerOpenReply, Subjects } from '#contracts';
import {
  EventReader,
  SnapshotStore,
  waitForPartitions,
  WriterLostError,
  type PartitionWriter,
} from '#event-store';
import type { BatchedLink } from '#messaging';
import type { Configuration } from '#platform';
import type { LedgerMetrics } from './ledger-metrics';
import { Ownership, type OwnershipObserver } from './ownership';

/** A pause before partitions are asked for again after a loss, so that a fault cannot spin. */
const PAUSE_AFTER_LOSS_MS = 200;
/** How long the rest of the partitions may take to become free once the first are ours. */
const TAKE_ALL_WITHIN_MS = 3_000;
const TAKE_AGAIN_MS = 25;

export interface PartitionHostParts {
  readonly dataSource: DataSource;
  readonly link: BatchedLink;
  readonly subjects: Subjects;
  readonly configuration: Configuration;
  readonly metrics: LedgerMetrics;
  readonly logger: Logger;
  readonly clock: () => number;
  /** A ledger was opened or its limits changed. */
  readonly announce: () => void;
  /** Called each time this process became the owner, before anything is decided. */
  readonly onOwner: (ownership: Ownership, partitions: readonly number[]) => Promise<void>;
  /** Called when it no longer is, however that came. */
  readonly onOwnerEnd: () => Promise<void>;
}

export type HostState = 'starting' | 'standby' | 'recovering' | 'owner' | 'stopped';

/**
 * Stands by for partitions, owns them for as long as the writer lives, and begins anew when it is
 * lost: memory is never repaired, the log is replayed.
 */
export class PartitionHost {
  state: HostState = 'starting';
  private ownership: Ownership | undefined;
  private writer: PartitionWriter | undefined;
  private readonly stopping = new AbortController();
  private done: Promise<void> | undefined;
  private settled: () => void = () => undefined;
  /** Resolves when the process first knows whether it is owner or standby. */
  readonly firstState: Promise<void>;

  constructor(private readonly parts: PartitionHostParts) {
    this.firstState = new Promise((resolve) => (this.settled = resolve));
    parts.metrics.watchBacklog(() => this.current?.backlog ?? { commands: 0, deliveries: 0 });
  }

  start(): void {
    this.done = this.run();
  }

  /** Takes nothing more in, finishes what is in, leaves snapshots and releases the locks. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ownership?.end();
    await this.done;
    this.state = 'stopped';
  }

  get current(): Ownership | undefined {
    return this.state === 'owner' ? this.ownership : undefined;
  }

  /** Round trip for readiness: an owner proves its locks; one that stands by is ready to take over. */
  async check(): Promise<void> {
    if (this.state === 'owner') await this.writer?.check();
    else if (this.state !== 'standby') throw new Error(`the partitions are ${this.state}`);
  }

  describe(): LedgerDescription[] | undefined {
    return this.current?.describe();
  }

  async ensure(wanted: LedgerDescription): Promise<LedgerOpenReply> {
    return (await this.current?.ensure(wanted)) ?? { outcome: 'unavailable' };
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const writer = await this.awaitPartitions();
      if (writer === undefined) return;
      await this.own(writer);
    }
  }

  private async awaitPartitions(): Promise<PartitionWriter | undefined> {
    const { dataSource, configuration, logger } = this.parts;
    const { partitions } = configuration.limits;
    const standingBy = setTimeout(() => {
      this.enter('standby');
    }, 1_000);
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    try {
      const writer = await waitForPartitions(dataSource, {
        partitions: all,
        connector: configuration.connector.address,
        signal: this.stopping.signal,
        onTrouble: (error) => {
          logger.warn({ err: error }, 'cannot take partitions yet');
        },
      });
      return await this.takeAll(writer, all);
    } catch (error) {
      if (this.stopping.signal.aborted) return undefined;
      if (!(error instanceof WriterLostError)) throw error;
      await sleep(PAUSE_AFTER_LOSS_MS);
      return await this.awaitPartitions();
    } finally {
      clearTimeout(standingBy);
    }
  }

  /**
   * A dying holder's locks become free one by one, so the first attempt may get only some of them.
   * Whoever does not get all in time gives them back, lest two processes wait for each other.
   */
  private async takeAll(
    writer: PartitionWriter,
    all: readonly number[],
  ): Promise<PartitionWriter | undefined> {
    const deadline = performance.now() + TAKE_ALL_WITHIN_MS;
    while (writer.partitions.length < all.length) {
      if (performance.now() > deadline) {
        await writer.release();
        await sleep(PAUSE_AFTER_LOSS_MS * (1 + Math.random()));
        return this.awaitPartitions();
      }
      await sleep(TAKE_AGAIN_MS);
      await writer.take(all);
    }
    return writer;
  }

  private async own(writer: PartitionWriter): Promise<void> {
    const { logger } = this.parts;
    this.writer = writer;
    try {
      await this.serve(writer);
    } catch (error) {
      this.parts.metrics.ownershipsLost.inc();
      logger.error({ err: error }, 'lost the partitions; replaying when they are ours again');
      if (!(error instanceof WriterLostError)) await writer.release();
      await sleep(PAUSE_AFTER_LOSS_MS);
    } finally {
      this.ownership = undefined;
      this.writer = undefined;
      await this.parts.onOwnerEnd();
    }
  }

  private async serve(writer: PartitionWriter): Promise<void> {
    const { partitions } = writer;
    this.enter('recovering');
    const ownership = new Ownership({ ...this.ownershipParts(), writer });
    const startedAt = performance.now();
    await ownership.recover();
    this.ownership = ownership;
    const serving = ownership.serve();
    this.parts.logger.info(
      { partitions: partitions.length, tookMs: Math.round(performance.now() - startedAt) },
      'owner of the partitions',
    );
    this.state = 'owner';
    await Promise.race([serving, this.parts.onOwner(ownership, partitions)]);
    this.settled();
    if (this.stopping.signal.aborted) await ownership.end();
    await serving;
    await ownership.leaveSnapshots();
    await writer.release();
  }

  private ownershipParts() {
    const { dataSource, link, subjects, configuration } = this.parts;
    return {
      reader: new EventReader(dataSource),
      snapshots: new SnapshotStore(dataSource),
      link,
      subjects,
      configuration,
      observer: this.observer(),
      clock: this.parts.clock,
    };
  }

  private observer(): OwnershipObserver {
    const { metrics, logger, announce } = this.parts;
    return {
      decided: (kind, refused) => {
        metrics.commands.inc({ kind, outcome: refused ? 'refused' : 'accepted' });
      },
      committed: (commands) => {
        metrics.batchCommands.observe(commands);
      },
      loss: (ledger, transfer, amount) => {
        metrics.losses.inc({ ledger });
        logger.error(
          { ledger, transfer, amount: String(amount) },
          'loss: we paid and can no longer be paid for it',
        );
      },
      unreadable: (error) => {
        metrics.unreadable.inc();
        logger.warn({ err: error }, 'unreadable message on the hot link');
      },
      ledgersChanged: announce,
    };
  }

  private enter(state: HostState): void {
    this.state = state;
    if (state === 'standby') {
      this.parts.logger.info('standing by: another process owns the partitions');
      this.settled();
    }
  }
}
