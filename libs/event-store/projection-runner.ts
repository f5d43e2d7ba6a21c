import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { CheckpointStore, type Progress } from './checkpoint-store';
import { execute, inTransaction, textRows } from './connection';
import { safeInteger } from './exact-integer';

/** A read model: tables and the statements that carry events into them. */
export interface Projection {
  /** Names the checkpoint. */
  readonly name: string;
  /** What `rebuild` empties; the projection alone writes to them. */
  readonly tables: readonly string[];
  /**
   * Run in this order for each step. Every one of them uses all three parameters:
   * $1 partition, $2 position after which (exclusive) and $3 up to which (inclusive) to apply.
   */
  readonly apply: readonly string[];
}

export interface RunnerOptions {
  readonly projection: Projection;
  /** Number of partitions of the log. */
  readonly partitions: number;
  /** Events per transaction at most. Default 2000. */
  readonly batchEvents?: number;
}

export interface Advance {
  /** Events applied by this call. */
  readonly applied: number;
  /** Events that the log had beyond the checkpoints when it ended. */
  readonly lag: number;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** How long to rest between rounds, unless far behind. Default 200 ms. */
  readonly intervalMs?: number;
  /** Hears of every round; for metrics. */
  readonly onAdvance?: (advance: Advance) => void;
  /** Hears of failed rounds; the next one tries again after `intervalMs`. */
  readonly onTrouble?: (error: unknown) => void;
}

const BATCH_EVENTS = 2_000;
const INTERVAL_MS = 200;

// A crash may take the newest rows and their checkpoint away together, and then they are made
// again: no reason to wait for the disk. Plans are made anew since tables grow from empty to huge.
const SETTINGS = ['synchronous_commit = off', 'plan_cache_mode = force_custom_plan'] as const;

/**
 * Carries a projection along the log. Rows and checkpoint change in one transaction, so each event
 * is applied exactly once, whatever crashes; several runners of the same projection share the work.
 */
export class ProjectionRunner {
  private readonly checkpoints: CheckpointStore;
  private readonly partitions: readonly number[];
  private readonly batchEvents: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: RunnerOptions,
  ) {
    this.checkpoints = new CheckpointStore(dataSource);
    this.partitions = Array.from({ length: options.partitions }, (_, partition) => partition);
    this.batchEvents = options.batchEvents ?? BATCH_EVENTS;
  }

  /** Events that the log has beyond the checkpoints. */
  async lag(): Promise<number> {
    return lagOf(await this.progress());
  }

  /** One transaction for each partition that is behind. */
  async advance(): Promise<Advance> {
    const before = await this.progress();
    let applied = 0;
    for (const { partition, position, head } of before) {
      if (position < head) applied += await this.advancePartition(partition);
    }
    return { applied, lag: applied === 0 ? lagOf(before) : await this.lag() };
  }

  /** Advances until nothing is left. Where another runner is at work it waits for it. */
  async catchUp(onProgress: (lag: number) => void = () => undefined): Promise<void> {
    for (;;) {
      const { applied, lag } = await this.advance();
      onProgress(lag);
      if (lag === 0) return;
      if (applied === 0) await sleep(INTERVAL_MS);
    }
  }

  /** Keeps up with the log until the signal. Never rejects. */
  async follow(options: FollowOptions): Promise<void> {
    const { signal, intervalMs = INTERVAL_MS } = options;
    while (!signal.aborted) {
      const advance = await this.attempt(options);
      // Nearly up to date: many small steps would cost more than they are worth.
      const mayRest = advance === undefined || advance.lag < this.batchEvents;
      if (mayRest) await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Empties the tables, goes back to the beginning and catches up; for readers the tables fill
   * again meanwhile. Services that follow the same projection help.
   * @param onProgress hears how far it is behind, after each round
   */
  async rebuild(onProgress: (lag: number) => void = () => undefined): Promise<void> {
    const { name, tables } = this.options.projection;
    await inTransaction(
      this.dataSource,
      ['lock_timeout = 0', 'statement_timeout = 0'],
      async (client) => {
        // Waits until no runner is in the middle of a step, and keeps new ones out.
        await client.query('SELECT pg_advisory_xact_lock($1::int8)', [lockOf(name)]);
        await client.query(`TRUNCATE ${tables.map(quoted).join(', ')}`);
        await client.query('UPDATE checkpoints SET position = 0 WHERE name = $1', [name]);
      },
    );
    await this.catchUp(onProgress);
  }

  private progress(): Promise<readonly Progress[]> {
    return this.checkpoints.progress(this.options.projection.name, this.partitions);
  }

  private advancePartition(partition: number): Promise<number> {
    return inTransaction(this.dataSource, SETTINGS, async (client) => {
      const { name, apply } = this.options.projection;
      const step = await claimStep(client, { name, partition, batchEvents: this.batchEvents });
      if (step === undefined) return 0;
      for (const text of apply) {
        await execute(client, {
          name: statementName(text),
          text,
          values: [partition, step.after, step.upTo],
        });
      }
      await execute(client, {
        name: 'causeway-projection-checkpoint',
        text: 'UPDATE checkpoints SET position = $3 WHERE name = $1 AND partition = $2',
        values: [name, partition, step.upTo],
      });
      return step.upTo - step.after;
    });
  }

  private async attempt(options: FollowOptions): Promise<Advance | undefined> {
    try {
      const advance = await this.advance();
      options.onAdvance?.(advance);
      return advance;
    } catch (error) {
      options.onTrouble?.(error);
      return undefined;
    }
  }
}

interface Step {
  readonly after: number;
  readonly upTo: number;
}

/**
 * Locks the checkpoint for this transaction; undefined if somebody else has it or nothing is left
 * to do.
 */
async function claimStep(
  client: PoolClient,
  of: { readonly name: string; readonly partition: number; readonly batchEvents: number },
): Promise<Step | undefined> {
  const [rebuilding] = await textRows<[string]>(client, {
    name: 'causeway-projection-guard',
    text: 'SELECT NOT pg_try_advisory_xact_lock_shared($1::int8)',
    values: [lockOf(of.name)],
  });
  if (rebuilding?.[0] !== 'f') return undefined;
  await execute(client, {
    name: 'causeway-projection-begin',
    text: 'INSERT INTO checkpoints VALUES ($1, $2, 0) ON CONFLICT DO NOTHING',
    values: [of.name, of.partition],
  });
  const [row] = await textRows<[string, string]>(client, {
    name: 'causeway-projection-claim',
    text: CLAIM,
    values: [of.name, of.partition],
  });
  if (row === undefined) return undefined;
  const after = safeInteger(row[0]);
  const upTo = Math.min(safeInteger(row[1]), after + of.batchEvents);
  return upTo > after ? { after, upTo } : undefined;
}

const CLAIM = `
SELECT c.position, coalesce(
  (SELECT e.position FROM ledger_events e WHERE e.partition = $2
   ORDER BY e.position DESC LIMIT 1), 0)
FROM checkpoints c WHERE c.name = $1 AND c.partition = $2
FOR UPDATE OF c SKIP LOCKED`;

function lagOf(progress: readonly Progress[]): number {
  return progress.reduce((lag, { head, position }) => lag + Math.max(0, head - position), 0);
}

function statementName(text: string): string {
  return `causeway-apply-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** Key of the advisory lock between the runners and the rebuilding of one projection. */
function lockOf(name: string): string {
  return createHash('sha256')
    .update(`causeway/projection/${name}`)
    .digest()
    .readBigInt64BE(0)
    .toString();
}

function quoted(table: string): string {
  return `"${table.replaceAll('"', '""')}"`;
}
