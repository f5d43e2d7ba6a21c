import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import type { LedgerDescription, LedgerFigures, LedgerOpenReply, Subjects } from '#contracts';
import {
  EventReader,
  InstanceRegistry,
  openWriter,
  SnapshotStore,
  type PartitionWriter,
} from '#event-store';
import type { BatchedLink } from '#messaging';
import { type Configuration, relaysOf } from '#platform';
import { everyPartition } from './fair-share';
import { Lease } from './lease';
import type { LedgerMetrics } from './ledger-metrics';
import { LedgerOpening } from './ledger-opening';
import type { LoopCommand } from './loop-command';
import { observeOwnership } from './observe-ownership';
import { Ownership } from './ownership';
import { NotOwnerRefusal } from './owner-relay';
import { PartitionShare } from './partition-share';

/** A pause before this process joins the others again after a loss, so that a fault cannot spin. */
const PAUSE_AFTER_LOSS_MS = 200;

export interface PartitionHostParts {
  /** Unlike that of any other process, also of the one before a restart. */
  readonly instanceId: string;
  readonly dataSource: DataSource;
  readonly link: BatchedLink;
  readonly subjects: Subjects;
  readonly configuration: Configuration;
  readonly metrics: LedgerMetrics;
  readonly logger: Logger;
  readonly clock: () => number;
  /** A ledger was opened or its limits changed. */
  readonly announce: () => void;
  /** What some of the ledgers can carry has changed. */
  readonly announceFigures: (figures: readonly LedgerFigures[]) => void;
  /** Called each time partitions have come to be served here. */
  readonly onTaken: (partitions: readonly number[]) => Promise<void>;
  /** Called before partitions go, or as soon as they are lost; nobody else has them before it ends. */
  readonly onGoing: (partitions: readonly number[]) => Promise<void>;
}

export type HostState = 'starting' | 'standby' | 'recovering' | 'owner' | 'stopped';

/** What the health page shows. */
export interface HostDetail {
  readonly state: HostState;
  readonly partitions: readonly number[];
}

/**
 * Shares the partitions with the other ledger processes and owns its part of them for as long as
 * its writer lives. When that is lost it begins anew: memory is never repaired, the log is replayed.
 */
export class PartitionHost {
  state: HostState = 'starting';
  private ownership: Ownership | undefined;
  private writer: PartitionWriter | undefined;
  private readonly registry: InstanceRegistry;
  private readonly opening: LedgerOpening;
  private readonly stopping = new AbortController();
  private done: Promise<void> | undefined;
  private settled: () => void = () => undefined;
  /** Resolves when the process serves what it could take at first, be it nothing. */
  readonly firstState: Promise<void>;

  constructor(private readonly parts: PartitionHostParts) {
    const { dataSource, instanceId, configuration, metrics } = parts;
    this.firstState = new Promise((resolve) => (this.settled = resolve));
    this.opening = new LedgerOpening(dataSource, relaysOf(configuration));
    this.registry = new InstanceRegistry(dataSource, {
      instanceId,
      connector: configuration.connector.address,
      staleAfterMs: configuration.limits.ledgerStaleAfterMs,
    });
    metrics.watchBacklog(
      () => this.ownership?.backlog ?? { commands: 0, deliveries: 0, errands: 0 },
    );
    metrics.watchPartitions(() => this.partitions.length);
    metrics.watchDifferences(() => this.ownership?.differences ?? { disputed: 0, diverged: 0 });
  }

  start(): void {
    this.done = this.run();
  }

  /** Gives everything up in good order: finishes what is in and leaves snapshots behind. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
    this.state = 'stopped';
  }

  /** Those that are served here now, in ascending order. */
  get partitions(): readonly number[] {
    return this.ownership?.partitions ?? [];
  }

  /** Is the ledger, if there is one of this id, decided on here and now? */
  owns(ledgerId: string): boolean {
    return this.ownership?.owns(ledgerId) ?? false;
  }

  /** Round trip for readiness: proves the locks, or that there is a connection to take some with. */
  async check(): Promise<HostDetail> {
    const { writer, state } = this;
    if (writer === undefined || (state !== 'owner' && state !== 'standby')) {
      throw new Error(`the partitions are ${state}`);
    }
    await writer.check();
    return { state, partitions: this.partitions };
  }

  /** The ledgers of the partitions that are served here. */
  describe(): LedgerDescription[] {
    return this.ownership?.describe() ?? [];
  }

  /** What the ledgers of the partitions that are served here can carry. */
  listFigures(): readonly LedgerFigures[] {
    return this.ownership?.listFigures() ?? [];
  }

  /** Answered after the commit; `unavailable` means: ask again. @throws NotOwnerRefusal */
  async ensure(wanted: LedgerDescription): Promise<LedgerOpenReply> {
    const { ownership } = this;
    if (ownership?.owns(wanted.ledgerId) !== true) throw new NotOwnerRefusal(wanted.ledgerId);
    if (ownership.knows(wanted.ledgerId)) return ownership.ensure(wanted);
    try {
      return await this.opening.alone(wanted, () => ownership.ensure(wanted));
    } catch (error) {
      this.parts.logger.warn({ err: error, ledger: wanted.ledgerId }, 'cannot open a ledger now');
      return { outcome: 'unavailable' };
    }
  }

  /**
   * Puts a command about one ledger before the loop that decides on it; see `Ownership.ask`.
   * @throws NotOwnerRefusal
   */
  ask<R>(
    ledgerId: string,
    command: (reply: (reply: R) => void) => LoopCommand,
  ): Promise<R | undefined> {
    const { ownership } = this;
    if (ownership?.owns(ledgerId) !== true) throw new NotOwnerRefusal(ledgerId);
    return ownership.ask(command);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.takePart();
      } catch (error) {
        this.parts.logger.warn({ err: error }, 'cannot take part in sharing out partitions yet');
      }
      await sleep(PAUSE_AFTER_LOSS_MS, undefined, { signal }).catch(() => undefined);
    }
    await this.registry.close().catch(() => undefined);
  }

  /** From joining the others to the end or the loss of the writer. */
  private async takePart(): Promise<void> {
    const { dataSource, configuration } = this.parts;
    const { address } = configuration.connector;
    const writer = await openWriter(dataSource, { connector: address });
    try {
      const backendPid = await writer.backendPid();
      const lease = new Lease(configuration.limits.ledgerStaleAfterMs);
      await this.registry.join(backendPid);
      await this.serve(writer, lease);
    } finally {
      this.writer = undefined;
      this.ownership = undefined;
      await writer.release();
    }
  }

  private async serve(writer: PartitionWriter, lease: Lease): Promise<void> {
    const isTrusted = (): boolean => lease.holds;
    const ownership = new Ownership({ ...this.ownershipParts(), writer, isTrusted });
    const over = new AbortController();
    const share = this.makeShare(writer, ownership, lease);
    this.writer = writer;
    this.ownership = ownership;
    const serving = ownership.serve();
    const beating = share.keepBeating(over.signal);
    const sharing = share.keepFair(AbortSignal.any([this.stopping.signal, over.signal]));
    try {
      await Promise.race([serving, sharing]);
      await this.leave(writer, ownership);
      ownership.end();
      await serving;
    } catch (error) {
      this.state = 'recovering';
      await this.tellLoss(error, lease.longestSilenceMs);
    } finally {
      over.abort();
      const all = everyPartition(this.parts.configuration.limits.partitions);
      await Promise.all([sharing, beating, this.parts.onGoing(all)]);
    }
  }

  /** Others take over what goes, while the last of it is still being finished here. */
  private async leave(writer: PartitionWriter, ownership: Ownership): Promise<void> {
    await this.registry.leave().catch(() => undefined);
    await this.giveUp(writer, ownership, ownership.partitions);
  }

  private makeShare(writer: PartitionWriter, ownership: Ownership, lease: Lease): PartitionShare {
    const { instanceId, configuration, metrics, logger } = this.parts;
    const { partitions, ledgerHeartbeatMs } = configuration.limits;
    return new PartitionShare({
      registry: this.registry,
      instanceId,
      partitions,
      heartbeatMs: ledgerHeartbeatMs,
      lease,
      proveLocks: () => writer.check(),
      held: () => writer.partitions,
      take: (candidates, atMost) => this.take(writer, ownership, { candidates, atMost }),
      giveUp: (surplus) => this.giveUp(writer, ownership, surplus),
      settled: () => {
        this.settle();
      },
      metrics,
      logger,
    });
  }

  /** @returns those that could not be replayed; they are given back. */
  private async take(
    writer: PartitionWriter,
    ownership: Ownership,
    { candidates, atMost }: { candidates: readonly number[]; atMost: number },
  ): Promise<readonly number[]> {
    const startedAt = performance.now();
    const taken = await writer.take(candidates, atMost);
    if (taken.length === 0) return [];
    if (this.state === 'starting') this.state = 'recovering';
    const failed = await ownership.takeOn(taken);
    await writer.giveBack([...failed.keys()]);
    const { logger, metrics } = this.parts;
    for (const [partition, error] of failed) {
      logger.error(
        { err: error, partition },
        'a partition cannot be replayed, so nobody serves it',
      );
    }
    const served = taken.filter((partition) => !failed.has(partition));
    metrics.handOvers.inc({ direction: 'taken' }, served.length);
    const tookMs = Math.round(performance.now() - startedAt);
    const held = ownership.partitions.length;
    logger.info({ partitions: served.length, held, tookMs }, 'took partitions');
    await this.parts.onTaken(served);
    return [...failed.keys()];
  }

  private async giveUp(
    writer: PartitionWriter,
    ownership: Ownership,
    partitions: readonly number[],
  ): Promise<void> {
    if (partitions.length === 0) return;
    const startedAt = performance.now();
    await this.parts.onGoing(partitions);
    await ownership.handOver(partitions);
    await writer.giveBack(partitions);
    const { logger, metrics } = this.parts;
    metrics.handOvers.inc({ direction: 'given-up' }, partitions.length);
    const tookMs = Math.round(performance.now() - startedAt);
    const held = ownership.partitions.length;
    logger.info({ partitions: partitions.length, held, tookMs }, 'gave partitions up');
  }

  private settle(): void {
    const state = this.partitions.length > 0 ? 'owner' : 'standby';
    if (state === 'standby' && this.state !== state) {
      this.parts.logger.info('standing by: other processes serve all partitions');
    }
    this.state = state;
    this.settled();
  }

  private async tellLoss(error: unknown, silentForMs: number): Promise<void> {
    const { metrics, logger } = this.parts;
    metrics.ownershipsLost.inc();
    const wasFenced = await this.registry.wasFenced().catch(() => false);
    if (!wasFenced) {
      logger.error({ err: error }, 'lost the partitions; replaying when some are ours again');
      return;
    }
    metrics.fenced.inc({ who: 'self' });
    logger.error(
      { silentForMs: Math.round(silentForMs) },
      'lost the partitions: this process was away too long (paused, or starved of time), so ' +
        'another one ended its connection to the log and took over; nothing was written since',
    );
  }

  private ownershipParts() {
    const { dataSource, link, subjects, configuration, clock, announceFigures } = this.parts;
    return {
      reader: new EventReader(dataSource),
      snapshots: new SnapshotStore(dataSource),
      link,
      subjects,
      configuration,
      observer: observeOwnership(this.parts),
      clock,
      announceFigures,
    };
  }
}
