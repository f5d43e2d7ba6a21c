import {
  decodeHot,
  encodeHot,
  partitionOf,
  UnreadableMessageError,
  type HotMessage,
  type LedgerDescription,
  type LedgerMessage,
  type LedgerOpenReply,
  type Subjects,
} from '#contracts';
import { ledgerId } from '#domain/ledger';
import type { EventReader, PartitionWriter, SnapshotStore } from '#event-store';
import type { BatchedLink, Listening } from '#messaging';
import type { Configuration } from '#platform';
import { CommandDesk } from './command-desk';
import type { DeskObserver } from './desk-observer';
import { CommandLoop } from './command-loop';
import { CommandQueue } from './command-queue';
import { DeliveryBoard } from './delivery-board';
import type { Effects } from './effects';
import { LedgerBook, type StagedEvent } from './ledger-book';
import type { LoopCommand } from './loop-command';
import { recallForgotten } from './recall';
import { recoverLedgers } from './recover-ledgers';
import { SnapshotKeeper } from './snapshot-keeper';

/** How often the clock looks for transfers whose time is over. */
const EXPIRY_TICK_MS = 20;
/** How often deliveries that nobody confirmed are looked for. */
const REDELIVERY_TICK_MS = 500;

export interface OwnershipObserver extends DeskObserver {
  committed(commands: number): void;
  /** An entry on the hot link made no sense. */
  unreadable(error: Error): void;
}

export interface OwnershipParts {
  readonly writer: PartitionWriter;
  readonly reader: EventReader;
  readonly snapshots: SnapshotStore;
  readonly link: BatchedLink;
  readonly subjects: Subjects;
  readonly configuration: Configuration;
  readonly observer: OwnershipObserver;
  readonly clock: () => number;
}

/**
 * The time during which this process is the writer of its partitions: from the locks to their loss
 * or release. Everything in memory belongs to it and ends with it; the next one replays.
 */
export class Ownership {
  private readonly queue: CommandQueue<LoopCommand>;
  private readonly book: LedgerBook;
  private readonly board = new DeliveryBoard();
  private readonly desk: CommandDesk;
  private readonly keeper = new SnapshotKeeper();
  private readonly loop: CommandLoop;
  private readonly timers: NodeJS.Timeout[] = [];
  private listening: Listening[] = [];

  constructor(private readonly parts: OwnershipParts) {
    const { limits, connector } = parts.configuration;
    this.queue = new CommandQueue(limits.queuePerPartition);
    this.book = new LedgerBook({
      stage: (event) => {
        this.stage(event);
      },
      finalTransfersCached: limits.finalTransfersCached,
      shadowExpiryGraceMs: connector.shadowExpiryGraceMs,
    });
    const { subjects, observer } = parts;
    this.desk = new CommandDesk({ book: this.book, board: this.board, subjects, observer });
    this.loop = this.makeLoop();
  }

  /** What waits: commands to be decided, deliveries to be confirmed. */
  get backlog(): { readonly commands: number; readonly deliveries: number } {
    return { commands: this.queue.length, deliveries: this.board.size };
  }

  /** Replays the log into memory. Nobody is heard yet. */
  async recover(): Promise<void> {
    const { reader, snapshots, configuration } = this.parts;
    const recovered = recoverLedgers({
      reader,
      snapshots,
      owns: (id) => this.owns(id),
      finalTransfersCached: configuration.limits.finalTransfersCached,
    });
    for await (const { ledger, forgetful } of recovered) this.book.adopt(ledger, forgetful);
  }

  /** Serves until `end` is called. Rejects when the writer is lost. */
  async serve(): Promise<void> {
    this.queue.offer({ kind: 'resume' });
    const loop = this.loop.run();
    void this.parts.writer.failed.then(() => {
      this.queue.close();
    });
    this.listen();
    this.tick('expire-due', EXPIRY_TICK_MS, () => this.book.hasExpiryDue(this.parts.clock()));
    this.tick('redeliver', REDELIVERY_TICK_MS, () => this.board.size > 0);
    try {
      await loop;
    } finally {
      await this.stopHearing();
    }
  }

  /** Finishes what has come in, leaves snapshots behind and gives the partitions up. */
  async end(): Promise<void> {
    await this.stopHearing();
    this.queue.close();
  }

  /** After `serve` resolved: the state for the next owner to begin with. */
  async leaveSnapshots(): Promise<void> {
    const snapshots = this.keeper.takeAll(this.book.all(), this.parts.clock());
    await this.parts.snapshots.save(snapshots);
  }

  describe(): LedgerDescription[] {
    return Array.from(this.book.all(), (ledger) => ({
      ledgerId: ledger.id,
      prefix: ledger.prefix,
      currencyCode: ledger.currencyCode,
      currencyScale: ledger.currencyScale,
      account: ledger.account,
      peerAccount: ledger.peerAccount,
      authority: ledger.authority,
      maxBalance: ledger.limits.maxBalance?.toString() ?? null,
      minBalance: ledger.limits.minBalance?.toString() ?? null,
    }));
  }

  /** Opens a ledger or adjusts its limits; answered after the commit. */
  ensure(wanted: LedgerDescription): Promise<LedgerOpenReply> {
    return new Promise((reply) => {
      const isQueued = this.queue.offer({ kind: 'ensure-ledger', wanted, reply });
      if (!isQueued) reply({ outcome: 'unavailable' });
    });
  }

  private makeLoop(): CommandLoop {
    const { writer, reader, link, observer, clock, configuration } = this.parts;
    return new CommandLoop({
      queue: this.queue,
      commit: () => writer.commit(),
      recall: (batch) => recallForgotten(batch, this.book, reader),
      decide: (command, nowMs, effects) => {
        this.desk.decide(command, nowMs, effects);
      },
      decided: (nowMs, effects) => {
        this.takeSnapshots(nowMs, effects);
        this.book.forgetOld();
      },
      send: (subject, entry) => {
        link.send(subject, entry);
      },
      clock,
      batchCommands: configuration.limits.batchCommands,
      committed: (commands) => {
        observer.committed(commands);
      },
    });
  }

  private stage(event: StagedEvent): void {
    const partition = this.partition(event.ledgerId);
    const recorded = this.parts.writer.stage({ ...event, partition });
    this.keeper.follow(ledgerId(recorded.ledgerId), recorded);
  }

  private takeSnapshots(nowMs: number, effects: Effects): void {
    const due = this.keeper.takeDue((id) => this.book.find(id), nowMs);
    if (due.length === 0) return;
    // A snapshot that could not be stored costs nothing but time at the next start.
    effects.afterwards(() => void this.parts.snapshots.save(due).catch(() => undefined));
  }

  private listen(): void {
    const { writer, link, subjects } = this.parts;
    this.listening = writer.partitions.map((partition) =>
      link.listen(subjects.ledgerPartition(partition), {}, (entry) => {
        this.hear(entry);
      }),
    );
  }

  private hear(entry: Buffer): void {
    let message: HotMessage;
    try {
      message = decodeHot(entry);
    } catch (error) {
      if (!(error instanceof UnreadableMessageError)) throw error;
      this.parts.observer.unreadable(error);
      return;
    }
    if (isLedgerMessage(message) && !this.queue.offer(message)) this.sayBusy(message);
  }

  /** A Prepare can be refused for good; everything else comes again by itself. */
  private sayBusy(message: LedgerMessage): void {
    if (message.kind !== 'planned-payment') return;
    const { gatewayId, reference } = message.replyTo;
    const error = {
      name: 'UnreachableError',
      message: 'too many transfers are waiting, try again later',
    };
    const answer = encodeHot({ kind: 'answer', reference, error, balance: null });
    this.parts.link.send(this.parts.subjects.gatewayAnswers(gatewayId), answer);
  }

  private tick(kind: 'expire-due' | 'redeliver', everyMs: number, isDue: () => boolean): void {
    const timer = setInterval(() => {
      if (isDue()) this.queue.offer({ kind });
    }, everyMs);
    this.timers.push(timer);
  }

  private async stopHearing(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await Promise.all(this.listening.splice(0).map((listening) => listening.stop()));
  }

  private owns(ledgerId: string): boolean {
    return this.parts.writer.partitions.includes(this.partition(ledgerId));
  }

  private partition(ledgerId: string): number {
    return partitionOf(ledgerId, this.parts.configuration.limits.partitions);
  }
}

function isLedgerMessage(message: HotMessage): message is LedgerMessage {
  switch (message.kind) {
    case 'planned-payment':
    case 'peer-fulfilled':
    case 'peer-rejected':
    case 'peer-refused':
    case 'delivered':
    case 'session-opened':
    case 'balance-asked':
      return true;
    default:
      return false;
  }
}
