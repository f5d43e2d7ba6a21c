import type { DataSource } from 'typeorm';
import type { RecordedEvent } from '#eventsourcing';
import { textRows, withConnection } from './connection';
import { EventReader } from './event-reader';
import { safeInteger } from './exact-integer';
import { LogVerification, type LogProblem, type SeenPosition } from './log-verification';

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
  const { partitions, ledgerId, progressEvery = PROGRESS_EVERY } = options;
  const verification = new LogVerification({ partitions, positions: ledgerId === undefined });
  let problems = 0;
  const counts = (): VerifyCounts => {
    const { events, heads } = verification;
    return { events, ledgers: heads.size, problems };
  };
  // Read first: a checkpoint that moves while we read would look as if the log had been cut.
  const seen = ledgerId === undefined ? await seenPositions(dataSource) : [];
  for await (const event of eventsToVerify(dataSource, options)) {
    const found = verification.check(event);
    problems += found.length;
    yield* found;
    if (verification.events % progressEvery === 0) options.onProgress?.(counts());
  }
  const missing = verification.missingEnds(seen);
  problems += missing.length;
  yield* missing;
  options.onProgress?.(counts());
  return counts();
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

/** How far those who follow the log have come, as far as their checkpoints say. */
export async function seenPositions(dataSource: DataSource): Promise<readonly SeenPosition[]> {
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
