import { setImmediate as turn } from 'node:timers/promises';
import type { AnnouncedRoute, ReceivedRoutingUpdate } from '#protocol';
import type { HeardLimits } from '../heard-draft';
import type { HeardStore } from '../heard-store';
import { MemoryBucket } from './memory-bucket';
import { described, OneProcess } from './one-process';

export const LIMITS: HeardLimits = {
  routesPerPeer: 1_000,
  routeBytesPerPeer: 1_000_000,
  routeDetailsPerPeer: 100_000,
};

export interface Made {
  readonly process: OneProcess;
  readonly store: HeardStore;
}

/** Processes that share one bucket and one clock, and what peer `b` tells them. */
export class HeardStory {
  nowMs = 1_000_000;
  bucket = new MemoryBucket();
  private readonly processes: OneProcess[] = [];

  /** A process that is caught up with the bucket, on ledgers `a`, `b` and `c`. */
  async made(instanceId: string, limits = LIMITS): Promise<Made> {
    const process = this.process(() => this.nowMs);
    process.open(described('a'), described('b'), described('c'));
    await settled();
    return { process, store: process.routes.store(limits, instanceId) };
  }

  /** A process that knows of no ledger yet. */
  process(clock: () => number): OneProcess {
    const process = new OneProcess(this.bucket, clock);
    this.processes.push(process);
    return process;
  }

  told(update: ReceivedRoutingUpdate): Parameters<HeardStore['take']>[0] {
    return { peerId: 'b', update, untilMs: this.nowMs + 2_000 };
  }

  /** What of 1,000 on ledger `a` arrives below the destination, where a learnt route leads there. */
  reaches({ process }: Made, destination: string): bigint | undefined {
    const query = {
      sourceLedgerId: 'a',
      destination: `${destination}x`,
      nowMs: this.nowMs,
      sourceAmount: 1_000n,
    };
    const found = process.routes.tables.routeFor(query);
    return found?.kind === 'learnt' ? found.tail.amountAt(1_000n) : undefined;
  }

  async end(): Promise<void> {
    await Promise.all(this.processes.map(({ routes }) => routes.stop()));
  }
}

export async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await turn();
}

export const route = (destination: string, more: Partial<AnnouncedRoute> = {}): AnnouncedRoute => ({
  sourceLedger: 'test.b.',
  destinationLedger: destination,
  sourceAccount: 'test.b.peer',
  minMessageWindowS: 1,
  points: [
    [0n, 0n],
    [1_000_000n, 900_000n],
  ],
  paths: [[]],
  ...more,
});

export const saying = (
  newRoutes: readonly AnnouncedRoute[],
  more: Partial<ReceivedRoutingUpdate> = {},
): ReceivedRoutingUpdate => ({
  holdDownMs: 45_000,
  newRoutes,
  unreachable: [],
  requestFullTable: false,
  skipped: [],
  showsV21: false,
  ...more,
});
