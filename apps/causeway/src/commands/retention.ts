import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { DEFAULT_PARTITIONS } from '#contracts';
import { prunePackets, SettingsStore, type Pruned } from '#event-store';
import { loadConfiguration } from '#platform';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';

export interface PruneOptions extends StoreOptions {
  readonly olderThanDays?: number;
  readonly by?: string;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;
const TELL_EVERY_MS = 1_000;

/** Nobody said how old a packet must be. */
export class NoRetentionError extends Error {
  override readonly name = 'NoRetentionError';
}

/**
 * `causeway retention prune`: takes the ILP packets of transfers that ended long ago out of the log;
 * digests, hashes and everything else stay. May be run beside a running connector, from a timer.
 * @throws NoRetentionError when neither option nor configuration says after how many days
 */
export async function prune(options: PruneOptions, shell: Shell): Promise<void> {
  const days = options.olderThanDays ?? configuredDays(options, shell);
  if (days === undefined) {
    throw new NoRetentionError(
      'say --older-than-days, or set retention.packetsForDays and give --config',
    );
  }
  const pruned = await withStore(options, shell, async (dataSource) => {
    const stored = await new SettingsStore(dataSource).get('partitions');
    return prunePackets(dataSource, {
      partitions: stored === undefined ? DEFAULT_PARTITIONS : Number(stored),
      endedBefore: new Date(Date.now() - days * DAY_MS),
      by: options.by ?? userInfo().username,
      onProgress: progress(shell),
    });
  });
  if (options.json === true) {
    shell.print(JSON.stringify({ olderThanDays: days, ...pruned }));
    return;
  }
  shell.print(
    `${pruned.packets} packets (${pruned.bytes} bytes) of transfers that ended more than ${days} days ago are gone`,
  );
}

function configuredDays(options: PruneOptions, shell: Shell): number | undefined {
  if (options.config === undefined) return undefined;
  const configuration = loadConfiguration({ file: resolve(options.config), env: shell.env });
  return configuration.retention.packetsForDays;
}

function progress(shell: Shell): (sofar: Pruned) => void {
  let toldAt = performance.now();
  return ({ examined, packets }) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    shell.note(`${examined} events looked at, ${packets} packets taken away`);
  };
}
