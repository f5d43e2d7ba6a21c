import type { Sight } from '#event-store';

/**
 * How many partitions each of the instances should hold: as equal as can be, those that come first
 * in the order have one more. When one instance joins, no other's share grows, and when one leaves,
 * none shrinks: nothing moves but what has to.
 * @param instances ids, sorted, each once
 */
export function fairShares(
  instances: readonly string[],
  partitions: number,
): ReadonlyMap<string, number> {
  const count = instances.length;
  const share = Math.floor(partitions / count);
  const withOneMore = partitions % count;
  return new Map(instances.map((id, place) => [id, place < withOneMore ? share + 1 : share]));
}

/** What an instance should do next about its partitions. */
export interface Adjustment {
  readonly giveUp: readonly number[];
  /** Free partitions to try, in this order, until `takeAtMost` of them are ours. */
  readonly candidates: readonly number[];
  readonly takeAtMost: number;
}

export interface Standpoint {
  /** Takes part itself. */
  readonly instanceId: string;
  /** In ascending order. */
  readonly held: readonly number[];
  readonly partitions: number;
  /** Left alone for a while, because they could not be recovered. */
  readonly setAside: ReadonlySet<number>;
}

/** Brings an instance nearer to its fair share of what it sees; nothing to do when it has that. */
export function adjustment(sight: Sight, standpoint: Standpoint): Adjustment {
  const { instanceId, held, partitions, setAside } = standpoint;
  // Who looks is there, also when its own sign of life is late: others may think otherwise, and act.
  const sharers = [...new Set([...sight.sharers, instanceId])].sort();
  const share = fairShares(sharers, partitions).get(instanceId) ?? 0;
  const place = sharers.indexOf(instanceId);
  const free = everyPartition(partitions).filter(
    (one) => !sight.taken.has(one) && !setAside.has(one),
  );
  return {
    giveUp: held.slice(share),
    // Who look at the same moment begin at different ends, and seldom reach for the same one.
    candidates: rotated(free, Math.floor((free.length * place) / sharers.length)),
    takeAtMost: Math.max(0, share - held.length),
  };
}

export function everyPartition(partitions: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by), ...items.slice(0, by)];
}
