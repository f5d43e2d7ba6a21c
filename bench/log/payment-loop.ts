import type { DataSource } from 'typeorm';
import { partitionOf, subjectsOf, type LedgerMessage } from '#contracts';
import { ledgerId } from '#domain/ledger';
import type { EventReader, NewEvent, PartitionWriter } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import { ledgerOpened } from '#testing';
import { CommandDesk } from '../../apps/ledger/src/command-desk';
import { CommandLoop } from '../../apps/ledger/src/command-loop';
import { CommandQueue } from '../../apps/ledger/src/command-queue';
import { DeliveryBoard } from '../../apps/ledger/src/delivery-board';
import { ErrandBoard } from '../../apps/ledger/src/errand-board';
import { LedgerBook } from '../../apps/ledger/src/ledger-book';
import type { LoopCommand } from '../../apps/ledger/src/loop-command';
import { recallForgotten } from '../../apps/ledger/src/recall';
import { SnapshotKeeper } from '../../apps/ledger/src/snapshot-keeper';
import { acquirePartitions } from '../../libs/event-store/acquire-partitions';
import { EventStager } from '../../libs/event-store/event-stager';

const PARTITIONS = Array.from({ length: 64 }, (_, partition) => partition);

/** Where events go: into the log, or nowhere. */
export interface EventSink {
  stage(event: NewEvent): RecordedEvent;
  commit(): Promise<readonly RecordedEvent[]>;
  release(): Promise<void>;
}

export interface LoopOptions {
  readonly ledgers: readonly string[];
  readonly clock: () => number;
  readonly batchCommands: number;
  readonly reader?: Pick<EventReader, 'recallTransfers'>;
  /** Hears every entry for the bus. */
  readonly send?: (subject: string, entry: Buffer) => void;
  /** Finished transfers in memory. Default 20,000, as configured by default. */
  readonly finalTransfersCached?: number;
}

export interface LoopResult {
  readonly seconds: number;
  /** How long each append took, from being asked for to being durable, milliseconds, sorted. */
  readonly commitsMs: Float64Array;
  /** Events of each append, in order. */
  readonly batches: readonly number[];
}

export const FINAL_TRANSFERS_CACHED = 20_000;

/** The ledger service without its bus: its desk, its book, its loop, its writer. */
export class PaymentLoop {
  readonly book: LedgerBook;
  readonly board = new DeliveryBoard();
  readonly keeper = new SnapshotKeeper();
  private readonly desk: CommandDesk;
  private readonly batches: number[] = [];
  private readonly commitsMs: number[] = [];
  private refused = 0;

  constructor(
    private readonly sink: EventSink,
    private readonly options: LoopOptions,
  ) {
    this.book = new LedgerBook({
      stage: (event) => {
        const recorded = sink.stage({ ...event, partition: partitionOf(event.ledgerId) });
        this.keeper.follow(ledgerId(recorded.ledgerId), recorded);
        return recorded.version;
      },
      finalTransfersCached: options.finalTransfersCached ?? FINAL_TRANSFERS_CACHED,
      shadowExpiryGraceMs: 0,
    });
    this.desk = new CommandDesk({
      book: this.book,
      board: this.board,
      errands: new ErrandBoard(),
      subjects: subjectsOf('bench'),
      partitions: PARTITIONS.length,
      observer: {
        loss: () => {
          throw new Error('a payment was lost');
        },
        decided: (_kind, isRefused) => {
          if (isRefused) this.refused += 1;
        },
        ownerSilent: () => undefined,
        ledgersChanged: () => undefined,
        limitsKept: () => undefined,
      },
    });
  }

  async openLedgers(): Promise<void> {
    this.book.stamp(this.options.clock());
    for (const id of this.options.ledgers) {
      this.book.open(ledgerId(id), ledgerOpened({ prefix: `test.${id}.` }));
    }
    await this.sink.commit();
  }

  /**
   * Decides the commands as fast as the log takes their events; what is said goes nowhere.
   * @throws Error if a command is refused
   */
  async run(commands: Iterator<LedgerMessage, void, undefined>): Promise<LoopResult> {
    this.batches.length = 0;
    this.commitsMs.length = 0;
    const queue = new CommandQueue<LoopCommand>(Infinity);
    const feed = (): void => {
      while (queue.length < 2 * this.options.batchCommands) {
        const next = commands.next();
        if (next.done === true) {
          queue.close();
          return;
        }
        queue.offer(next.value);
      }
    };
    const began = performance.now();
    feed();
    await this.serve(queue, feed);
    const seconds = (performance.now() - began) / 1000;
    if (this.refused > 0) throw new Error(`${this.refused} commands were refused`);
    const commitsMs = Float64Array.from(this.commitsMs).sort();
    return { seconds, commitsMs, batches: [...this.batches] };
  }

  /** Decides what comes into the queue until that is closed. */
  serve(queue: CommandQueue<LoopCommand>, decided = (): void => undefined): Promise<void> {
    const { reader, clock, batchCommands, send = () => undefined } = this.options;
    const loop = new CommandLoop({
      queue,
      commit: () => this.commit(),
      recall: async (batch) => {
        if (reader !== undefined) await recallForgotten(batch, this.book, reader);
      },
      decide: (command, nowMs, effects) => {
        this.desk.decide(command, nowMs, effects);
      },
      decided: () => {
        this.book.forgetOld();
        decided();
      },
      send,
      clock,
      batchCommands,
      committed: () => undefined,
    });
    return loop.run();
  }

  private async commit(): Promise<void> {
    const began = performance.now();
    const { length } = await this.sink.commit();
    this.commitsMs.push(performance.now() - began);
    this.batches.push(length);
  }
}

/** @throws Error if somebody else holds the log. */
export async function logWriter(dataSource: DataSource): Promise<PartitionWriter> {
  const writer = await acquirePartitions(dataSource, {
    partitions: PARTITIONS,
    connector: 'test.bench',
  });
  if (writer === undefined) throw new Error('the log has another writer');
  return writer;
}

/** Gives events their place as the writer does, and keeps them. */
export class KeptEvents implements EventSink {
  readonly events: RecordedEvent[] = [];
  private readonly stager = new EventStager();

  constructor() {
    const positions = new Map(PARTITIONS.map((partition) => [partition, 0]));
    this.stager.extend({ positions, ledgers: new Map() });
  }

  stage(event: NewEvent): RecordedEvent {
    return this.stager.stage(event);
  }

  commit(): Promise<readonly RecordedEvent[]> {
    const events = this.stager.take();
    for (const event of events) this.events.push(event);
    return Promise.resolve(events);
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}
