import {
  partitionOf,
  type LedgerDescription,
  type LedgerFigures,
  type LedgerOpenReply,
} from '#contracts';
import { ledgerId } from '#domain/ledger';
import { WriterLostError, WriterReleasedError, type Snapshot } from '#event-store';
import { relaysOf } from '#platform';
import { BalanceComparison, type Differences } from './balance-comparison';
import { CommandDesk } from './command-desk';
import { CommandLoop } from './command-loop';
import { CommandQueue } from './command-queue';
import { DeliveryBoard } from './delivery-board';
import { describeLedger } from './describe-ledger';
import type { Effects } from './effects';
import { ErrandBoard } from './errand-board';
import { FigureBoard } from './figure-board';
import { type Hearing, hearingOver } from './hearing';
import { LedgerBook, type StagedEvent } from './ledger-book';
import type { Backlog } from './ledger-metrics';
import type { LoopCommand } from './loop-command';
import type { OwnershipParts } from './ownership-parts';
import { PartitionEar } from './partition-ear';
import { recallForgotten } from './recall';
import { recoverAll, type RecoveredLedger } from './recover-ledgers';
import { SnapshotKeeper } from './snapshot-keeper';

/** How often the clock looks for transfers whose time is over. */
const EXPIRY_TICK_MS = 20;
/** How often deliveries that nobody confirmed are looked for. */
const REDELIVERY_TICK_MS = 500;
/** How often ledgers are looked for whose other side is to be asked for its balance. */
const COMPARISON_TICK_MS = 250;

/** Partitions go to another process: what was in before has been decided, nothing after is. */
interface HandOver {
  readonly kind: 'hand-over';
  readonly partitions: ReadonlySet<number>;
  readonly done: (snapshots: readonly Snapshot[]) => void;
}

type OwnTick = { readonly kind: 'compare-balances' } | { readonly kind: 'announce-figures' };
type OwnerCommand = LoopCommand | HandOver | OwnTick;
/** What an operator has changed, he expects to hold when he is told that it is done. */
const SEEN_AT_ONCE: ReadonlySet<OwnerCommand['kind']> = new Set(['order', 'ensure-ledger']);
type TimedKind = 'expire-due' | 'redeliver' | OwnTick['kind'];

/**
 * The time during which this process is the writer of some partitions, from joining the others to
 * the loss of its connection or its end. Partitions come and go meanwhile. Everything in memory
 * belongs to it and ends with it; the next one replays.
 */
export class Ownership {
  private readonly queue: CommandQueue<OwnerCommand>;
  private readonly book: LedgerBook;
  private readonly board = new DeliveryBoard();
  private readonly errands = new ErrandBoard();
  private readonly figures = new FigureBoard();
  private readonly hearing: Hearing;
  private readonly desk: CommandDesk;
  private readonly comparison: BalanceComparison;
  private readonly keeper = new SnapshotKeeper();
  private readonly loop: CommandLoop<OwnerCommand>;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly ear: PartitionEar;
  /** The partitions whose ledgers are in memory and decided on here. */
  private readonly served = new Set<number>();
  private readonly stopped: Promise<void>;
  private loss: WriterLostError | undefined;
  private isOver = false;
  private announceStop: () => void = () => undefined;

  constructor(private readonly parts: OwnershipParts) {
    const { limits, connector } = parts.configuration;
    this.queue = new CommandQueue(limits.queuePerPartition);
    this.hearing = hearingOver(parts.link, limits.repeatInsideMs);
    this.book = new LedgerBook({
      stage: (event) => this.stage(event),
      owns: (id) => this.owns(id),
      mayHaveMissed: (id, patience) => this.hearing.mayHaveMissed(id, patience),
      finalTransfersCached: limits.finalTransfersCached,
      shadowExpiryGraceMs: connector.shadowExpiryGraceMs,
    });
    const { subjects, observer } = parts;
    this.desk = new CommandDesk({
      book: this.book,
      board: this.board,
      errands: this.errands,
      subjects,
      partitions: limits.partitions,
      observer,
      onPeerBalance: (message, nowMs, effects) => {
        this.comparison.peerBalance(message, nowMs, effects);
      },
      onSessionOpened: (ledger, nowMs, effects) => {
        this.comparison.sessionOpened(ledger, nowMs, effects);
      },
    });
    this.comparison = this.makeComparison();
    this.ear = this.makeEar();
    this.loop = this.makeLoop();
    this.stopped = new Promise((resolve) => (this.announceStop = resolve));
  }

  /** What waits: commands to be decided, deliveries to be confirmed, errands to be answered. */
  get backlog(): Backlog {
    return {
      commands: this.queue.length,
      deliveries: this.board.size,
      errands: this.errands.size,
    };
  }

  /** Ledgers that the other side counts otherwise. */
  get differences(): Differences {
    return this.comparison.differences;
  }

  /** Those that are served, in ascending order. */
  get partitions(): readonly number[] {
    return [...this.served].sort((a, b) => a - b);
  }

  /** Is the ledger, if there is one of this id, decided on here and now? */
  owns(ledgerId: string): boolean {
    return this.served.has(this.partition(ledgerId));
  }

  /** Is there such a ledger among ours? */
  knows(id: string): boolean {
    return this.book.find(ledgerId(id)) !== undefined;
  }

  /** Serves until `end` is called. @throws WriterLostError, and whatever else ends the loop */
  async serve(): Promise<void> {
    void this.parts.writer.failed.then((error) => {
      this.loss = error;
      this.served.clear();
      this.queue.close();
    });
    const { comparison, hearing, book, figures } = this;
    const { clock, configuration } = this.parts;
    this.tick('expire-due', EXPIRY_TICK_MS, () => hearing.look() && book.hasExpiryDue(clock()));
    this.tick('compare-balances', COMPARISON_TICK_MS, () => comparison.isDue(clock()));
    this.tick('announce-figures', configuration.limits.ledgerFiguresMs, () => figures.hasNews);
    this.tick('redeliver', REDELIVERY_TICK_MS, () => this.board.size + this.errands.size > 0);
    try {
      await this.loop.run();
      this.assertAlive();
    } finally {
      this.isOver = true;
      this.served.clear();
      this.announceStop();
      for (const timer of this.timers.splice(0)) clearInterval(timer);
      await this.ear.stopAll();
    }
  }

  /**
   * Replays the ledgers of partitions whose locks the writer has just taken, takes up their
   * payments and serves them; all others are served meanwhile.
   * @returns why, for each partition that cannot be replayed; those are not served.
   * @throws WriterLostError
   */
  async takeOn(partitions: readonly number[]): Promise<ReadonlyMap<number, unknown>> {
    const failed = new Map<number, unknown>();
    const recovered: RecoveredLedger[] = [];
    for (const partition of partitions) {
      try {
        recovered.push(...(await this.recover(partition)));
      } catch (error) {
        if (error instanceof WriterLostError) throw error;
        failed.set(partition, error);
      }
    }
    this.assertAlive();
    // From here on in one turn: nothing is decided between the first ledger's coming and the last's.
    const taken = partitions.filter((partition) => !failed.has(partition));
    for (const partition of taken) this.served.add(partition);
    for (const one of recovered) this.adopt(one);
    this.queue.insist({ kind: 'resume', ledgers: recovered.map(({ ledger }) => ledger.id) });
    for (const partition of taken) this.ear.listen(partition);
    return failed;
  }

  /**
   * Hears no more of these partitions, lets what came in be decided, committed and answered, then
   * forgets their ledgers and leaves snapshots behind. After that their locks may go.
   */
  async handOver(partitions: readonly number[]): Promise<void> {
    await this.ear.stop(partitions);
    const { snapshots } = this.parts;
    const handing = new Promise<readonly Snapshot[]>((done) => {
      const command = { kind: 'hand-over', partitions: new Set(partitions), done } as const;
      if (!this.queue.insist(command)) done([]);
    });
    const left = await Promise.race([handing, this.stopped]);
    // A snapshot that could not be stored costs nothing but time of the next owner.
    if (left !== undefined) await snapshots.save(left).catch(() => undefined);
  }

  /** Decides what has come in, then nothing more. */
  end(): void {
    this.queue.close();
  }

  describe(): LedgerDescription[] {
    return Array.from(this.book.all(), describeLedger);
  }

  /** What the ledgers can carry, as far as that is on record. */
  listFigures(): readonly LedgerFigures[] {
    return this.figures.list();
  }

  /** Opens a ledger or adjusts its limits; answered after the commit. */
  async ensure(wanted: LedgerDescription): Promise<LedgerOpenReply> {
    const reply = await this.ask<LedgerOpenReply>((reply) => ({
      kind: 'ensure-ledger',
      wanted,
      twin: relaysOf(this.parts.configuration).get(wanted.ledgerId),
      reply,
    }));
    return reply ?? { outcome: 'unavailable' };
  }

  /**
   * Puts a command that has a reply before the loop. Resolves after its commit; with undefined if it
   * was not taken in, or if the writer was lost and nobody knows what became of it.
   */
  async ask<R>(command: (reply: (reply: R) => void) => LoopCommand): Promise<R | undefined> {
    const replied = new Promise<R | undefined>((resolve) => {
      if (!this.queue.offer(command(resolve))) resolve(undefined);
    });
    const reply = await Promise.race([replied, this.stopped]);
    return reply ?? undefined;
  }

  /** @throws WriterLostError, WriterReleasedError */
  private assertAlive(): void {
    if (this.loss !== undefined) throw this.loss;
    if (this.isOver) throw new WriterReleasedError();
  }

  private recover(partition: number): Promise<RecoveredLedger[]> {
    const { writer, reader, snapshots, configuration } = this.parts;
    const ids = [...writer.ledgers].flatMap(([id, head]) =>
      head.partition === partition ? [id] : [],
    );
    // All partitions together keep what one owner may keep, however they come.
    const share = ids.length / Math.max(1, writer.ledgers.size);
    const finalTransfersCached = Math.ceil(configuration.limits.finalTransfersCached * share);
    return recoverAll({ ids, reader, snapshots, finalTransfersCached });
  }

  private adopt({ ledger, forgetful }: RecoveredLedger): void {
    this.hearing.begin(ledger.id);
    this.book.adopt(ledger, forgetful);
    const head = this.parts.writer.ledgers.get(ledger.id);
    this.figures.adopt(ledger, head?.version ?? 0);
  }

  private makeEar(): PartitionEar {
    const { link, subjects, observer } = this.parts;
    return new PartitionEar({
      link,
      subjects,
      owns: (id) => this.owns(id),
      offer: (message) => this.queue.offer(message),
      unreadable: (error) => {
        observer.unreadable(error);
      },
    });
  }

  private makeComparison(): BalanceComparison {
    const { subjects, observer, configuration } = this.parts;
    const { compareBalancesEveryMs: everyMs, shadowAdoption } = configuration.connector;
    const { book, board } = this;
    return new BalanceComparison({ book, board, subjects, observer, everyMs, shadowAdoption });
  }

  private makeLoop(): CommandLoop<OwnerCommand> {
    const { reader, link, observer, clock, configuration } = this.parts;
    return new CommandLoop<OwnerCommand>({
      queue: this.queue,
      commit: () => this.commit(),
      recall: (batch) => recallForgotten(batch.filter(isLoopCommand), this.book, reader),
      decide: (command, nowMs, effects) => {
        this.decide(command, nowMs, effects);
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

  /**
   * An append proves that we are still the owner. What is answered without one, a refusal or a
   * balance, needs that proof just as much: a process that wakes up may have been replaced.
   */
  private async commit(): Promise<void> {
    const { writer, isTrusted } = this.parts;
    const appended = await writer.commit();
    if (appended.length === 0 && !isTrusted()) await writer.check();
  }

  /**
   * What concerns a ledger that is no longer ours is left unanswered: whoever sent it sends it
   * again, and the new owner hears it. A refusal from here might contradict what that one decides.
   */
  private decide(command: OwnerCommand, nowMs: number, effects: Effects): void {
    if (command.kind === 'hand-over') {
      this.letGo(command, nowMs, effects);
    } else if (command.kind === 'compare-balances') {
      this.comparison.tick(nowMs, effects);
    } else if (command.kind === 'announce-figures') {
      this.takeFigures(effects);
    } else if (command.kind === 'ensure-ledger' && !this.owns(command.wanted.ledgerId)) {
      effects.afterwards(() => {
        command.reply({ outcome: 'unavailable' });
      });
    } else if (command.kind === 'pay' && !this.owns(command.ledgerId)) {
      effects.afterwards(() => {
        command.reply({ outcome: 'unavailable' });
      });
    } else if (!('ledgerId' in command) || this.owns(command.ledgerId)) {
      this.desk.decide(command, nowMs, effects);
      if (SEEN_AT_ONCE.has(command.kind)) this.takeFigures(effects);
    }
  }

  private letGo({ partitions, done }: HandOver, nowMs: number, effects: Effects): void {
    for (const partition of partitions) this.served.delete(partition);
    const leaving = [...this.book.all()].filter(({ id }) => partitions.has(this.partition(id)));
    const snapshots = this.keeper.takeAll(leaving, nowMs);
    for (const { id } of leaving) {
      this.book.release(id);
      this.hearing.end(id);
      this.figures.release(id);
      this.keeper.release(id);
    }
    const left = new Set(leaving.map(({ id }) => id));
    this.board.release(left);
    this.errands.release(left);
    effects.afterwards(() => {
      done(snapshots);
    });
  }

  private stage(event: StagedEvent): number {
    const partition = this.partition(event.ledgerId);
    const recorded = this.parts.writer.stage({ ...event, partition });
    this.keeper.follow(ledgerId(recorded.ledgerId), recorded);
    this.figures.touch(recorded.ledgerId, recorded.version);
    return recorded.version;
  }

  private takeFigures(effects: Effects): void {
    const news = this.figures.take((id) => this.book.find(ledgerId(id)));
    if (news.length === 0) return;
    effects.afterwards(() => {
      this.figures.settle(news, (id) => this.owns(id));
      this.parts.announceFigures(news);
    });
  }

  private takeSnapshots(nowMs: number, effects: Effects): void {
    const due = this.keeper.takeDue((id) => this.book.find(id), nowMs);
    if (due.length === 0) return;
    // A snapshot that could not be stored costs nothing but time at the next start.
    effects.afterwards(() => void this.parts.snapshots.save(due).catch(() => undefined));
  }

  private tick(kind: TimedKind, everyMs: number, isDue: () => boolean): void {
    const timer = setInterval(() => {
      if (isDue()) this.queue.offer({ kind });
    }, everyMs);
    this.timers.push(timer);
  }

  private partition(ledgerId: string): number {
    return partitionOf(ledgerId, this.parts.configuration.limits.partitions);
  }
}

function isLoopCommand(command: OwnerCommand): command is LoopCommand {
  const { kind } = command;
  return kind !== 'hand-over' && kind !== 'compare-balances' && kind !== 'announce-figures';
}
