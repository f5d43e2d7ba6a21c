import { connectorPartition } from '#contracts';

/**
 * The connector's own partition has no owner, and its events are as good as any: whoever serves the
 * first partition of ledgers publishes them too.
 */
export function publishedWith(served: readonly number[], partitions: number): readonly number[] {
  return served.includes(0) ? [...served, connectorPartition(partitions)] : served;
}
