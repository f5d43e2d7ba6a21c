import type { DataSource } from 'typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkOut } from './connection';
import { isConnectionFailure } from './database-failure';
import { WriterLostError } from './event-store-errors';
import { lockKeyOf } from './partition-lock';
import { PartitionWriter, type WriterLimits } from './partition-writer';

export interface AcquireOptions extends WriterLimits {
  /** Which partitions to try, in this order. */
  readonly partitions: readonly number[];
  /** How many of them to take. Default: all that are free. */
  readonly atMost?: number;
  /** Names the connector, so that its locks are nobody else's. */
  readonly connector: string;
}

/**
 * Takes the locks of partitions that nobody holds and reads where their ledgers end, on one
 * connection of its own.
 * @returns undefined if none was free.
 * @throws DatabaseUnreachableError, WriterLostError
 */
export async function acquirePartitions(
  dataSource: DataSource,
  options: AcquireOptions,
): Promise<PartitionWriter | undefined> {
  const client = await checkOut(dataSource);
  const writer = new PartitionWriter(client, lockKeyOf(options.connector), options);
  const taken = await writer.take(options.partitions, options.atMost);
  if (taken.length > 0) return writer;
  await writer.release();
  return undefined;
}

export interface WaitOptions extends AcquireOptions {
  /** Gives up waiting; the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Mean time between two attempts. Default 500 ms. */
  readonly pollMs?: number;
  /** Hears why an attempt failed; waiting goes on, since a database may come back. */
  readonly onTrouble?: (error: Error) => void;
}

const POLL_MS = 500;

/**
 * Stands by until at least one of the partitions is free, then takes what is free. Locks are given
 * back one after the other, so it may be a part only: ask the writer's `take` for the others later.
 */
export async function waitForPartitions(
  dataSource: DataSource,
  options: WaitOptions,
): Promise<PartitionWriter> {
  const pollMs = options.pollMs ?? POLL_MS;
  for (;;) {
    options.signal.throwIfAborted();
    const writer = await attempt(dataSource, options);
    if (writer !== undefined) return writer;
    // Jitter keeps several waiters from asking in step for ever.
    const pauseMs = pollMs * (0.5 + Math.random());
    await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

async function attempt(
  dataSource: DataSource,
  options: WaitOptions,
): Promise<PartitionWriter | undefined> {
  try {
    return await acquirePartitions(dataSource, options);
  } catch (error) {
    if (!(error instanceof WriterLostError) && !isConnectionFailure(error)) throw error;
    if (error instanceof Error) options.onTrouble?.(error);
    return undefined;
  }
}
