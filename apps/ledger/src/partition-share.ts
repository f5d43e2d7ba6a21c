import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { WriterLostError, type InstanceRegistry } from '#event-store';
import { adjustment, type Adjustment } from './fair-share';
import type { Lease } from './lease';
import type { LedgerMetrics } from './ledger-metrics';

/** Between two looks at who is there and what is free. */
const LOOK_EVERY_MS = 200;
/** A partition that could not be replayed is left alone for so long. */
const SET_ASIDE_MS = 10_000;

export interface PartitionShareParts {
  readonly registry: InstanceRegistry;
  readonly instanceId: string;
  /** Number of partitions of the log. */
  readonly partitions: number;
  readonly heartbeatMs: number;
  readonly lease: Lease;
  /** Asks the log whether our locks are still ours. @throws WriterLostError */
  readonly proveLocks: () => Promise<void>;
  readonly held: () => readonly number[];
  /** Takes as many of the free candidates as it is told; gives back those that it could not use. */
  readonly take: (candidates: readonly number[], atMost: number) => Promise<readonly number[]>;
  readonly giveUp: (partitions: readonly number[]) => Promise<void>;
  /** After each look that succeeded, and what it led to. */
  readonly settled: () => void;
  readonly metrics: LedgerMetrics;
  readonly logger: Logger;
}

/**
 * Keeps this process's share of the partitions fair: shows a sign of life, looks who else is there,
 * takes what is free, gives up what others lack, and ends the connection of who has been silent too
 * long and still holds locks.
 */
export class PartitionShare {
  private readonly setAside = new Map<number, number>();
  private inTrouble = false;

  constructor(private readonly parts: PartitionShareParts) {}

  /** Until the signal. Never rejects. */
  async keepFair(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.attempt(() => this.look());
      await rest(LOOK_EVERY_MS, signal);
    }
  }

  /** Until the signal: also while this process only finishes what it has. Never rejects. */
  async keepBeating(signal: AbortSignal): Promise<void> {
    while (await rest(this.parts.heartbeatMs, signal)) await this.attempt(() => this.beat());
  }

  private async beat(): Promise<void> {
    const { registry, lease, proveLocks } = this.parts;
    const askedAt = lease.moment();
    await registry.beat();
    // Came it too late, others may have acted on it before: now that they no longer can, look.
    if (!lease.holds) await proveLocks();
    lease.renew(askedAt);
  }

  private async look(): Promise<void> {
    const { registry, instanceId, partitions, held, lease } = this.parts;
    const sight = await registry.look();
    // Who is late itself is no judge of others: perhaps it was the machine, or the database.
    if (lease.holds) for (const other of sight.overdue) await this.fence(other);
    const setAside = this.stillSetAside();
    const next = adjustment(sight, { instanceId, held: held(), partitions, setAside });
    if (next.giveUp.length > 0) await this.parts.giveUp(next.giveUp);
    if (next.takeAtMost > 0 && next.candidates.length > 0) await this.take(next);
    this.parts.settled();
  }

  private async take({ candidates, takeAtMost }: Adjustment): Promise<void> {
    const failed = await this.parts.take(candidates, takeAtMost);
    for (const partition of failed) this.setAside.set(partition, performance.now() + SET_ASIDE_MS);
  }

  private async fence(other: string): Promise<void> {
    const { registry, instanceId, metrics, logger } = this.parts;
    if (other === instanceId || !(await registry.fence(other))) return;
    metrics.fenced.inc({ who: 'other' });
    logger.warn(
      { other },
      'ended the connection of a ledger process that has been silent too long',
    );
  }

  private stillSetAside(): ReadonlySet<number> {
    for (const [partition, untilMs] of this.setAside) {
      if (untilMs <= performance.now()) this.setAside.delete(partition);
    }
    return new Set(this.setAside.keys());
  }

  /** Says once that something is wrong, and once that it no longer is. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.inTrouble) this.parts.logger.info('partitions are shared out again');
      this.inTrouble = false;
    } catch (error) {
      // The end of everything here, and told of as such.
      if (error instanceof WriterLostError) return;
      if (!this.inTrouble)
        this.parts.logger.warn({ err: error }, 'cannot share out partitions now');
      this.inTrouble = true;
    }
  }
}

/** @returns whether there is to be another round. */
async function rest(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
