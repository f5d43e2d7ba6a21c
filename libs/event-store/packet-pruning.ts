import type { DataSource } from 'typeorm';
import { textRows, withConnection } from './connection';
import { safeInteger } from './exact-integer';

export interface PruneOptions {
  /** Number of partitions of the log. */
  readonly partitions: number;
  /** Packets of transfers that ended before this, and at least an hour ago, are taken away. */
  readonly endedBefore: Date;
  /** Who wants it; kept beside what was done. */
  readonly by: string;
  /** Events looked at in one transaction. Default 10,000. */
  readonly batchEvents?: number;
  /** Hears of every transaction. */
  readonly onProgress?: (sofar: Pruned) => void;
}

export interface Pruned {
  /** Events that were looked at. */
  readonly examined: number;
  readonly packets: number;
  readonly bytes: number;
}

const BATCH_EVENTS = 10_000;

/**
 * Takes the ILP packets of transfers that ended long ago out of the log. Their digests stay, and
 * with them every hash; a repetition of such a transfer is recognised as before, but for a packet
 * that differs. May be run at any time, beside everything else, and again.
 */
export async function prunePackets(dataSource: DataSource, options: PruneOptions): Promise<Pruned> {
  let sofar: Pruned = { examined: 0, packets: 0, bytes: 0 };
  for (let partition = 0; partition < options.partitions; partition += 1) {
    for (;;) {
      const step = await pruneStep(dataSource, partition, options);
      if (step.examined === 0) break;
      sofar = {
        examined: sofar.examined + step.examined,
        packets: sofar.packets + step.packets,
        bytes: sofar.bytes + step.bytes,
      };
      options.onProgress?.(sofar);
    }
  }
  return sofar;
}

async function pruneStep(
  dataSource: DataSource,
  partition: number,
  { endedBefore, by, batchEvents = BATCH_EVENTS }: PruneOptions,
): Promise<Pruned> {
  const [row] = await withConnection(dataSource, (client) =>
    textRows<[string, string, string]>(client, {
      name: 'causeway-prune-packets',
      text: 'SELECT examined, packets, bytes FROM prune_packets($1::int2, $2, $3, $4)',
      values: [partition, endedBefore.toISOString(), batchEvents, by],
    }),
  );
  const [examined = '0', packets = '0', bytes = '0'] = row ?? [];
  return {
    examined: safeInteger(examined),
    packets: safeInteger(packets),
    bytes: safeInteger(bytes),
  };
}
