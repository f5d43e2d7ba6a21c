import { type HotMessage, decodeHot, type LedgerMessage, subjectsOf } from '#contracts';
import { encodeSnapshot, forgetTransfer, isOpen, ledgerId, type LedgerState } from '#domain/ledger';
import { CommandDesk } from '../../apps/ledger/src/command-desk';
import { DeliveryBoard } from '../../apps/ledger/src/delivery-board';
import { Effects } from '../../apps/ledger/src/effects';
import { ErrandBoard } from '../../apps/ledger/src/errand-board';
import { Hearing } from '../../apps/ledger/src/hearing';
import { LedgerBook } from '../../apps/ledger/src/ledger-book';
import type { LoopCommand } from '../../apps/ledger/src/loop-command';
import { recallForgotten } from '../../apps/ledger/src/recall';
import { recoverLedgers } from '../../apps/ledger/src/recover-ledgers';
import type { PlacedEvent, SimulatedLog } from './simulated-log';

/** Longer than any story, so that an authority that knows a transfer always speaks first. */
const SHADOW_GRACE_MS = 150_000;
const subjects = subjectsOf('simulation');

/** What a batch has come to; nothing of it is on record, and nobody has heard of it. */
export interface Batch {
  readonly events: readonly PlacedEvent[];
  readonly messages: readonly HotMessage[];
  readonly losses: readonly { ledgerId: string; transferId: string; amount: bigint }[];
}

export interface SimulatedOwnerParts {
  readonly log: SimulatedLog;
  /** Of its asks; apart from those of other owners. */
  readonly firstReference: number;
  readonly finalTransfersCached: number;
  /** Of a clock that nobody sets. */
  readonly moment: () => number;
  /** Does what others send arrive? Always, unless this says otherwise. */
  readonly isConnected?: () => boolean;
}

/** After so long a gateway says again what was not answered. */
const REPEATED_AFTER_MS = 1_000;

/** A ledger process: the real desk, book and boards, without loop, database and bus. */
export class SimulatedOwner {
  readonly ledgers = new Set<string>();
  readonly deliveries = new DeliveryBoard();
  readonly errands: ErrandBoard;
  private readonly book: LedgerBook;
  private readonly hearing: Hearing;
  private readonly desk: CommandDesk;
  private readonly versions = new Map<string, number>();
  private staged: PlacedEvent[] = [];
  private losses: Batch['losses'][number][] = [];

  private readonly log: SimulatedLog;

  constructor(private readonly parts: SimulatedOwnerParts) {
    this.log = parts.log;
    this.errands = new ErrandBoard(parts.firstReference);
    this.hearing = new Hearing({
      isConnected: parts.isConnected ?? (() => true),
      repeatedAfterMs: REPEATED_AFTER_MS,
      moment: parts.moment,
    });
    this.book = new LedgerBook({
      stage: (event) => {
        const version = (this.versions.get(event.ledgerId) ?? 0) + 1;
        this.versions.set(event.ledgerId, version);
        this.staged.push({ ...event, version });
        return version;
      },
      finalTransfersCached: parts.finalTransfersCached,
      owns: (id) => this.ledgers.has(id),
      mayHaveMissed: (id, patience) => this.hearing.mayHaveMissed(id, patience),
      shadowExpiryGraceMs: SHADOW_GRACE_MS,
    });
    this.desk = new CommandDesk({
      book: this.book,
      board: this.deliveries,
      errands: this.errands,
      subjects,
      partitions: 64,
      observer: {
        loss: (id, transferId, amount) => this.losses.push({ ledgerId: id, transferId, amount }),
        decided: () => undefined,
        ownerSilent: () => undefined,
        ledgersChanged: () => undefined,
        limitsKept: () => undefined,
      },
    });
  }

  /** Becomes the owner of ledgers as the log has them, without having said anything yet. */
  async takeOn(ids: readonly string[]): Promise<LoopCommand> {
    const recovering = recoverLedgers({
      reader: {
        ledgerIds: () => Promise.resolve(ids),
        readLedger: (range) => this.log.readLedger(range),
      },
      snapshots: { load: () => Promise.resolve(new Map()) },
      owns: () => true,
      finalTransfersCached: this.parts.finalTransfersCached,
    });
    for await (const { ledger, forgetful } of recovering) {
      this.ledgers.add(ledger.id);
      this.versions.set(ledger.id, this.log.versionOf(ledger.id));
      this.hearing.begin(ledger.id);
      this.book.adopt(ledger, forgetful);
    }
    return { kind: 'resume', ledgers: ids.map(ledgerId) };
  }

  /** Another owner decides on the ledger from now on. */
  letGo(id: string): void {
    this.ledgers.delete(id);
    this.versions.delete(id);
    this.book.release(ledgerId(id));
    this.hearing.end(ledgerId(id));
    this.deliveries.release(new Set([id]));
    this.errands.release(new Set([id]));
  }

  isExpiryDue(nowMs: number): boolean {
    return this.hearing.look() && this.book.hasExpiryDue(nowMs);
  }

  /** Decides one batch; what is not ours any more is left to its owner. */
  async decide(commands: readonly LoopCommand[], nowMs: number): Promise<Batch> {
    await recallForgotten(commands, this.book, this.log);
    const effects = new Effects();
    for (const command of commands) {
      if ('ledgerId' in command && !this.ledgers.has(command.ledgerId)) continue;
      this.desk.decide(command, nowMs, effects);
    }
    this.book.forgetOld();
    const { staged: events, losses } = this;
    this.staged = [];
    this.losses = [];
    const messages: HotMessage[] = [];
    effects.release((_subject, entry) => messages.push(decodeHot(Buffer.from(entry))));
    return { events, messages, losses };
  }

  /** What differs between memory and the log, but for what memory may forget. */
  faults(): string[] {
    return [...this.book.all()].flatMap((ledger) => {
      const logged = this.log.network.find(ledger.id);
      if (logged === undefined) return [`${ledger.id} is not in the log`];
      return remembered(ledger, logged) ? [] : [`${ledger.id} differs from its log`];
    });
  }
}

function remembered(ledger: LedgerState, logged: LedgerState): boolean {
  const copy: LedgerState = { ...logged, transfers: new Map(logged.transfers) };
  for (const [id, transfer] of logged.transfers) {
    if (!isOpen(transfer) && !ledger.transfers.has(id)) forgetTransfer(copy, id);
  }
  return inOrder(copy) === inOrder(ledger);
}

/** What was recalled stands elsewhere in the order than it happened. */
function inOrder(ledger: LedgerState): string {
  const transfers = [...ledger.transfers].sort(([one], [other]) => (one < other ? -1 : 1));
  return encodeSnapshot({ ...ledger, transfers: new Map(transfers) });
}

export function isForOwner(message: HotMessage): message is LedgerMessage {
  return (
    message.kind !== 'answer' &&
    message.kind !== 'prepare-payment' &&
    message.kind !== 'ask-peer-balance' &&
    message.kind !== 'session-current' &&
    !message.kind.startsWith('deliver-')
  );
}
