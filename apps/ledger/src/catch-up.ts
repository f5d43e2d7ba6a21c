import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { CheckpointStore, EventReader, ProjectionRunner, type Projection } from '#event-store';
import { everyPartition } from './fair-share';

/** Before another look, while another process is at work on the read model. */
const LOOK_AGAIN_MS = 20;

/**
 * Carries one read model to where the log is at the time of asking. What is appended meanwhile, by
 * whichever process, is not waited for: under load there would be no end.
 */
export class CatchUp {
  private readonly checkpoints: CheckpointStore;
  private readonly runner: ProjectionRunner;
  private readonly reader: EventReader;
  private readonly partitions: readonly number[];

  constructor(
    dataSource: DataSource,
    private readonly projection: Projection,
    partitions: number,
  ) {
    this.partitions = everyPartition(partitions);
    this.checkpoints = new CheckpointStore(dataSource);
    this.reader = new EventReader(dataSource);
    this.runner = new ProjectionRunner(dataSource, { projection, partitions });
  }

  /** @returns whether it arrived in time. */
  async withinMs(limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    const heads = await this.reader.partitionHeads(this.partitions);
    while (!(await this.hasReached(heads))) {
      if (performance.now() > deadline) return false;
      const { applied } = await this.runner.advance();
      if (applied === 0) await sleep(LOOK_AGAIN_MS);
    }
    return true;
  }

  private async hasReached(heads: ReadonlyMap<number, number>): Promise<boolean> {
    const progress = await this.checkpoints.progress(this.projection.name, this.partitions);
    return progress.every(({ partition, position }) => position >= (heads.get(partition) ?? 0));
  }
}
