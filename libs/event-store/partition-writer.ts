import type { PoolClient } from 'pg';
import type { RecordedEvent } from '#eventsourcing';
import { AnswerWatch } from './answer-watch';
import { CommitQueue } from './commit-queue';
import { execute } from './connection';
import { errorCode, isConnectionFailure } from './database-failure';
import { appendQuery } from './event-rows';
import { WriterLostError, WriterReleasedError, type LossReason } from './event-store-errors';
import { EventStager, type LedgerHead } from './event-stager';
import { loadHeads } from './log-heads';
import { countLocks, ownBackend, tryLock, unlock, unlockAll } from './partition-lock';
import type { NewEvent } from './storable-event';

export interface WriterLimits {
  /**
   * A server that is silent for longer leaves nobody able to tell what became of an append. Default
   * 20 s.
   */
  readonly answerTimeoutMs?: number;
  /** How often to ask the server whether the locks are still ours. Default 2 s. */
  readonly lockCheckMs?: number;
  /** Commits that wait together go into one statement up to this number of events. Default 4096. */
  readonly eventsPerAppend?: number;
}

export const WRITER_DEFAULTS = {
  answerTimeoutMs: 20_000,
  lockCheckMs: 2_000,
  eventsPerAppend: 4_096,
} as const;

const UNIQUE_VIOLATION = '23505';

/**
 * The one writer of the partitions it holds. Everything it does goes through the connection that
 * holds their locks, so that losing the locks and losing the power to write are the same thing.
 * Whatever goes wrong with an append kills it: it never retries and never repairs its memory; the
 * next holder replays the log.
 */
export class PartitionWriter {
  /** Resolves once the writer is dead; stays pending after a release. */
  readonly failed: Promise<WriterLostError>;

  private readonly held = new Set<number>();
  private readonly stager = new EventStager();
  private readonly limits: Required<WriterLimits>;
  private readonly queue: CommitQueue<RecordedEvent>;
  private readonly answers = new AnswerWatch();
  private readonly watch: NodeJS.Timeout;
  private announceLoss: (error: WriterLostError) => void = () => undefined;
  private end: WriterLostError | WriterReleasedError | undefined;
  private hasConnection = true;
  private turns: Promise<unknown> = Promise.resolve();

  /** `client` was checked out of the pool for this writer alone; it gives it back. */
  constructor(
    private readonly client: PoolClient,
    private readonly lockKey: number,
    limits: WriterLimits = {},
  ) {
    this.limits = { ...WRITER_DEFAULTS, ...limits };
    this.failed = new Promise((resolve) => (this.announceLoss = resolve));
    this.queue = new CommitQueue<RecordedEvent>({
      append: (events) => this.append(events),
      onFailure: (error) => this.lose(reasonFor(error), error),
      itemsMax: this.limits.eventsPerAppend,
    });
    client.on('error', this.onConnectionError);
    this.watch = setInterval(() => {
      this.watchOver();
    }, this.limits.lockCheckMs);
    this.watch.unref();
  }

  /** In ascending order. */
  get partitions(): readonly number[] {
    return [...this.held].sort((a, b) => a - b);
  }

  /**
   * The ledgers of the partitions, with the version and hash that their next event follows. Right
   * after taking partitions this is where a replay of their log has to arrive.
   */
  get ledgers(): ReadonlyMap<string, LedgerHead> {
    return this.stager.ledgers;
  }

  /**
   * Takes more partitions, as many of the candidates as are free and asked for, and reads where
   * they end.
   * @returns the new ones.
   * @throws WriterLostError, WriterReleasedError
   */
  take(candidates: readonly number[], atMost = Infinity): Promise<readonly number[]> {
    // Two at once could both get a partition (a session may lock twice), and the later one would
    // set its heads back.
    return this.inTurn(() => this.takeNow(candidates, atMost));
  }

  /**
   * Gives partitions up and goes on with the others: takes no more events for them, waits for the
   * commits under way, then unlocks. What is only staged for them is dropped. Those that it does
   * not hold are left out.
   * @throws WriterLostError, WriterReleasedError
   */
  giveBack(partitions: readonly number[]): Promise<void> {
    return this.inTurn(() => this.giveBackNow(partitions));
  }

  /**
   * Gives an event its place in the log, in memory. Nothing is durable before `commit` resolves.
   * @throws UnstorableEventError, and then nothing has changed; WriterLostError,
   * WriterReleasedError
   */
  stage(event: NewEvent): RecordedEvent {
    if (this.end !== undefined) throw this.end;
    return this.stager.stage(event);
  }

  /**
   * Appends everything staged since the last commit, all or nothing, and resolves with it once it
   * is on disk. May be called again while it runs. With nothing staged it waits for the commits
   * before it.
   * Rejects with WriterLostError: then nobody knows whether the events are in the log.
   */
  commit(): Promise<readonly RecordedEvent[]> {
    if (this.end !== undefined) return Promise.reject(this.end);
    return this.queue.push(this.stager.take());
  }

  /**
   * A round trip on the append connection that proves the locks; for readiness. Rejects with
   * WriterLostError.
   */
  async check(): Promise<void> {
    const expected = this.held.size;
    const counted = await this.ask((client) => countLocks(client, this.lockKey));
    // What was taken meanwhile only adds; fewer than before is a loss.
    if (counted < expected) throw this.lose('lock-lost', `${counted} of ${expected} are left`);
  }

  /** The server process that holds the locks. @throws WriterLostError, WriterReleasedError */
  backendPid(): Promise<number> {
    return this.ask(ownBackend);
  }

  /**
   * Finishes the commits under way, then gives locks and connection back. What is only staged is
   * dropped.
   */
  async release(): Promise<void> {
    if (this.end !== undefined) return;
    this.end = new WriterReleasedError();
    await this.queue.whenDrained();
    try {
      await this.answers.follow(unlockAll(this.client));
      this.letGo(false);
    } catch {
      this.letGo(true);
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turns.then(work);
    this.turns = turn.catch(() => undefined);
    return turn;
  }

  private async giveBackNow(unwanted: readonly number[]): Promise<void> {
    if (this.end !== undefined) throw this.end;
    const partitions = unwanted.filter((partition) => this.held.has(partition));
    if (partitions.length === 0) return;
    this.stager.release(new Set(partitions));
    await this.queue.push([]);
    // Before the server is asked: a check of the locks that comes later must not miss them.
    for (const partition of partitions) this.held.delete(partition);
    const unlocked = await this.ask((client) => unlock(client, this.lockKey, partitions));
    if (unlocked < partitions.length) {
      throw this.lose('lock-lost', `${unlocked} of ${partitions.length} were left to give back`);
    }
  }

  private async takeNow(candidates: readonly number[], atMost: number): Promise<readonly number[]> {
    const taken: number[] = [];
    for (const partition of candidates) {
      if (taken.length >= atMost) break;
      if (this.held.has(partition)) continue;
      if (!(await this.ask((client) => tryLock(client, this.lockKey, partition)))) continue;
      this.held.add(partition);
      taken.push(partition);
    }
    if (taken.length > 0) this.stager.extend(await this.ask((client) => loadHeads(client, taken)));
    return taken;
  }

  private async append(events: readonly RecordedEvent[]): Promise<void> {
    const rows = await this.answers.follow(execute(this.client, appendQuery(events)));
    if (rows !== events.length) throw new Error(`appended ${rows} of ${events.length} events`);
  }

  private async ask<T>(question: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.end !== undefined) throw this.end;
    try {
      return await this.answers.follow(question(this.client));
    } catch (error) {
      throw this.lose(reasonFor(error), error);
    }
  }

  private watchOver(): void {
    const silentForMs = this.answers.silentForMs(performance.now());
    if (silentForMs > this.limits.answerTimeoutMs) {
      this.lose('timeout', `no answer for ${Math.round(silentForMs)} ms`);
    } else if (this.end === undefined && !this.answers.isWaiting) {
      // A failed check has told everybody through `failed`.
      this.check().catch(() => undefined);
    }
  }

  private readonly onConnectionError = (error: Error): void => {
    this.lose('connection-lost', error);
  };

  private lose(reason: LossReason, cause: unknown): WriterLostError {
    if (this.end instanceof WriterLostError) return this.end;
    const error = new WriterLostError(reason, cause);
    const wasReleasing = this.end !== undefined;
    this.end = error;
    this.queue.close(error);
    this.letGo(true);
    if (!wasReleasing) this.announceLoss(error);
    return error;
  }

  private letGo(broken: boolean): void {
    if (!this.hasConnection) return;
    this.hasConnection = false;
    clearInterval(this.watch);
    this.held.clear();
    // A dying connection may complain once more, and the pool no longer listens to it.
    if (!broken) this.client.off('error', this.onConnectionError);
    this.client.release(broken);
  }
}

function reasonFor(error: unknown): LossReason {
  if (errorCode(error) === UNIQUE_VIOLATION) return 'fenced';
  return isConnectionFailure(error) ? 'connection-lost' : 'append-failed';
}
