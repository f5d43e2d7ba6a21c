import { createHash } from 'node:crypto';

/** Number of partitions unless configured otherwise; part of the stored layout, never changed on a living database. */
export const DEFAULT_PARTITIONS = 64;

const known = new Map<string, number>();

/** The partition that a ledger's events, and its one writer, belong to: the first 32 bits of SHA-256(id) modulo count. */
export function partitionOf(ledgerId: string, partitions: number = DEFAULT_PARTITIONS): number {
  const key = `${partitions}/${ledgerId}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const partition = createHash('sha256').update(ledgerId).digest().readUInt32BE(0) % partitions;
  if (known.size < 100_000) known.set(key, partition);
  return partition;
}
