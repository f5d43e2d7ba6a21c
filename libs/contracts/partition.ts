import { createHash } from 'node:crypto';

/** Number of partitions unless configured otherwise; part of the stored layout, never changed on a living database. */
export const DEFAULT_PARTITIONS = 64;

/**
 * The id under which the log keeps what happens to the connector itself: peers that come and go. No
 * ledger can have it, for a slug has no underscore.
 */
export const CONNECTOR_STREAM = '_connector';

/**
 * The partition of the connector's own stream: one beyond those that ledgers are spread over and
 * ledger processes share out. It has no owner; `ConnectorLog` writes to it.
 */
export function connectorPartition(partitions: number = DEFAULT_PARTITIONS): number {
  return partitions;
}

/** Every partition that events may lie in: those of ledgers, and the connector's own. */
export function allPartitions(partitions: number = DEFAULT_PARTITIONS): number[] {
  return Array.from({ length: partitions + 1 }, (_, partition) => partition);
}

const known = new Map<string, number>();

/**
 * The partition that a ledger's events, and its one writer, belong to: the first 32 bits of
 * SHA-256(id) modulo count. The connector's own stream has one to itself.
 */
export function partitionOf(ledgerId: string, partitions: number = DEFAULT_PARTITIONS): number {
  if (ledgerId === CONNECTOR_STREAM) return connectorPartition(partitions);
  const key = `${partitions}/${ledgerId}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const partition = createHash('sha256').update(ledgerId).digest().readUInt32BE(0) % partitions;
  if (known.size < 100_000) known.set(key, partition);
  return partition;
}
