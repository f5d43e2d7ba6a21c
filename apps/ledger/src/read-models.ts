import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { ProjectionRunner } from '#event-store';
import { PROJECTIONS } from '#read-models';
import { CatchUp } from './catch-up';
import type { LedgerMetrics } from './ledger-metrics';

/** For the last steps of each; a process that others outlive leaves the rest to them. */
const CATCH_UP_WITHIN_MS = 2_000;

export interface ReadModelsParts {
  readonly dataSource: DataSource;
  readonly partitions: number;
  readonly metrics: LedgerMetrics;
  readonly logger: Logger;
}

/** Carries every read model along the log, in whichever ledger process gets to it first. */
export class ReadModels {
  private readonly stopping = new AbortController();
  private readonly following: Promise<void>[] = [];

  constructor(private readonly parts: ReadModelsParts) {}

  start(): void {
    const { dataSource, partitions, metrics, logger } = this.parts;
    for (const projection of PROJECTIONS) {
      const runner = new ProjectionRunner(dataSource, { projection, partitions });
      const following = runner.follow({
        signal: this.stopping.signal,
        onAdvance: ({ lag }) => {
          metrics.projectionLag.set({ projection: projection.name }, lag);
        },
        onTrouble: (error) => {
          logger.warn({ err: error, projection: projection.name }, 'read model does not advance');
        },
      });
      this.following.push(following);
    }
  }

  /** Ends after some last steps, so that what was decided before can be read. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.following);
    const { dataSource, partitions } = this.parts;
    for (const projection of PROJECTIONS) {
      await new CatchUp(dataSource, projection, partitions).withinMs(CATCH_UP_WITHIN_MS);
    }
  }
}
