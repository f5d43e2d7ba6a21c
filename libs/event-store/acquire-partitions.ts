import type { DataSource } from 'typeorm';
import { checkOut } from './connection';
import { lockKeyOf } from './partition-lock';
import { PartitionWriter, type WriterLimits } from './partition-writer';

export interface WriterOptions extends WriterLimits {
  /** Names the connector, so that its locks are nobody else's. */
  readonly connector: string;
}

export interface AcquireOptions extends WriterOptions {
  /** Which partitions to try, in this order. */
  readonly partitions: readonly number[];
  /** How many of them to take. Default: all that are free. */
  readonly atMost?: number;
}

/**
 * A writer on a connection of its own that holds no partition yet; see its `take`.
 * @throws DatabaseUnreachableError, DatabaseRefusedError
 */
export async function openWriter(
  dataSource: DataSource,
  options: WriterOptions,
): Promise<PartitionWriter> {
  const client = await checkOut(dataSource);
  return new PartitionWriter(client, lockKeyOf(options.connector), options);
}

/**
 * Takes the locks of partitions that nobody holds and reads where their ledgers end.
 * @returns undefined if none was free.
 * @throws DatabaseUnreachableError, DatabaseRefusedError, WriterLostError
 */
export async function acquirePartitions(
  dataSource: DataSource,
  options: AcquireOptions,
): Promise<PartitionWriter | undefined> {
  const writer = await openWriter(dataSource, options);
  const taken = await writer.take(options.partitions, options.atMost);
  if (taken.length > 0) return writer;
  await writer.release();
  return undefined;
}
