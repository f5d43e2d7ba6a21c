import type { DataSource } from 'typeorm';
import { partitionOf } from '#contracts';
import {
  GENESIS_HASH,
  verifyLink,
  type BrokenLink,
  type ChainHead,
  type RecordedEvent,
} from '#eventsourcing';
import { textRows, withConnection } from './connection';
import { EventReader } from './event-reader';
import { safeInteger } from './exact-integer';

/** Something in the log is not as it was written. Each names the event at which it shows. */
export type LogProblem =
  | ({ readonly kind: 'broken-link' } & BrokenLink)
  | {
      readonly kind: 'wrong-partition';
      readonly ledgerId: string;
      readonly version: number;
      readonly partition: number;
      readonly expected: number;
    }
  | {
      readonly kind: 'position-gap';
      readonly ledgerId: string;
      readonly version: number;
      readonly partition: number;
      readonly position: number;
      readonly expected: number;
    }
  /** Somebody has seen events of this partition that are no longer there. */
  | {
      readonly kind: 'missing-end';
      readonly partition: number;
      readonly position: number;
      readonly seenBy: string;
      readonly seenPosition: number;
    };

export interface VerifyOptions {
  /** Number of partitions of the log. */
  readonly partitions: number;
  /** Only this ledger's chain; then nothing is said about the positions of others. */
  readonly ledgerId?: string;
  /** Called after every `progressEvery` events (default 10,000) and at the end. */
  readonly onProgress?: (counts: VerifyCounts) => void;
  readonly progressEvery?: number;
}

export interface VerifyCounts {
  readonly events: number;
  readonly ledgers: number;
  readonly problems: number;
}

const PROGRESS_EVERY = 10_000;

/**
 * Reads the log from the beginning and yields everything that is wrong with it: chains by
 * `verifyLink`, ledgers in partitions that are not theirs, gaps in positions, an end cut off.
 * The generator's return value counts what was read. Events appended meanwhile may or may not be
 * included.
 */
export async function* verifyLog(
  dataSource: DataSource,
  options: VerifyOptions,
): AsyncGenerator<LogProblem, VerifyCounts, undefined> {
  const verification = new Verification(options);
  // Read first: a checkpoint that moves while we read would look as if the log had been cut.
  const seen = options.ledgerId === undefined ? await seenPositions(dataSource) : [];
  for await (const event of eventsToVerify(dataSource, options)) {
    yield* verification.check(event);
  }
  yield* verification.checkEnds(seen);
  return verification.finish();
}

async function* eventsToVerify(
  dataSource: DataSource,
  { ledgerId }: VerifyOptions,
): AsyncGenerator<RecordedEvent, void, undefined> {
  const reader = new EventReader(dataSource);
  if (ledgerId !== undefined) {
    yield* reader.readLedger({ ledgerId });
    return;
  }
  // One pass in the order of positions sees both: a ledger lies in one partition, so its versions
  // rise with the positions. Numbers that should not occur are read as well.
  for (const partition of await reader.partitionsInUse())
    yield* reader.readPartition({ partition });
}

interface SeenPosition {
  readonly name: string;
  readonly partition: number;
  readonly position: number;
}

async function seenPositions(dataSource: DataSource): Promise<readonly SeenPosition[]> {
  const rows = await withConnection(dataSource, (client) =>
    textRows<[string, string, string]>(client, {
      text: 'SELECT name, partition, position FROM checkpoints ORDER BY name, partition',
    }),
  );
  return rows.map(([name, partition, position]) => ({
    name,
    partition: Number(partition),
    position: safeInteger(position),
  }));
}

const BEGINNING: ChainHead = { version: 0, hash: GENESIS_HASH };

class Verification {
  private readonly heads = new Map<string, ChainHead>();
  private readonly positions = new Map<number, number>();
  private events = 0;
  private problems = 0;

  constructor(private readonly options: VerifyOptions) {}

  *check(event: RecordedEvent): Generator<LogProblem, void, undefined> {
    for (const problem of this.problemsOf(event)) {
      this.problems += 1;
      yield problem;
    }
    // Going on from what the event itself says: one broken place is then one problem, not one for
    // each event after it.
    this.heads.set(event.ledgerId, { version: event.version, hash: event.hash });
    this.positions.set(event.partition, event.position);
    this.events += 1;
    if (this.events % (this.options.progressEvery ?? PROGRESS_EVERY) === 0) this.report();
  }

  *checkEnds(seen: readonly SeenPosition[]): Generator<LogProblem, void, undefined> {
    for (const { name, partition, position: seenPosition } of seen) {
      const position = this.positions.get(partition) ?? 0;
      if (seenPosition <= position) continue;
      this.problems += 1;
      yield { kind: 'missing-end', partition, position, seenBy: name, seenPosition };
    }
  }

  finish(): VerifyCounts {
    return this.report();
  }

  private *problemsOf(event: RecordedEvent): Generator<LogProblem, void, undefined> {
    const { ledgerId, version, partition, position } = event;
    const broken = verifyLink(this.heads.get(ledgerId) ?? BEGINNING, event);
    if (broken !== undefined) yield { kind: 'broken-link', ...broken };
    const ownPartition = partitionOf(ledgerId, this.options.partitions);
    if (partition !== ownPartition) {
      yield { kind: 'wrong-partition', ledgerId, version, partition, expected: ownPartition };
    }
    if (this.options.ledgerId !== undefined) return;
    const expected = (this.positions.get(partition) ?? 0) + 1;
    if (position !== expected) {
      yield { kind: 'position-gap', ledgerId, version, partition, position, expected };
    }
  }

  private report(): VerifyCounts {
    const { events, problems } = this;
    const counts = { events, ledgers: this.heads.size, problems };
    this.options.onProgress?.(counts);
    return counts;
  }
}
