import { randomInt } from 'node:crypto';
import type { PeerBalance, Subjects } from '#contracts';
import {
  type BalanceBaseline,
  balanceOf,
  balanceRange,
  type BalanceRange,
  baselineOf,
  decideCompareBalances,
  isShadow,
  ledgerId,
  type LedgerState,
} from '#domain/ledger';
import { type Ledgers, settleByFigure } from '#domain/payment';
import { type ComparisonNews, newsOf, quietNews } from './comparison-news';
import type { DeliveryBoard } from './delivery-board';
import type { DeskObserver } from './desk-observer';
import type { Effects } from './effects';
import type { LedgerBook } from './ledger-book';

/** While too much moves to tell whether both sides agree, they are compared again so soon. */
export const COMPARE_AGAIN_MS = 5_000;
/** Ledgers come and go with their partitions: how often new ones are looked for. */
export const LOOK_AGAIN_MS = 1_000;
const UINT32 = 0x1_0000_0000;

/** Hears what came of a comparison, once everything that it rests on is committed. */
export interface ComparisonObserver extends Pick<DeskObserver, 'loss'> {
  balancesCompared(news: ComparisonNews): void;
}

/** How many ledgers differ: symmetric ones, and copies. */
export interface Differences {
  readonly disputed: number;
  readonly diverged: number;
}

export interface BalanceComparisonParts {
  readonly book: Pick<LedgerBook, 'all' | keyof Ledgers>;
  readonly board: Pick<DeliveryBoard, 'allFor' | 'confirm'>;
  readonly subjects: Pick<Subjects, 'gatewayPeer'>;
  readonly observer: ComparisonObserver;
  readonly everyMs: number;
  readonly shadowAdoption: 'automatic' | 'operator';
}

interface Figures extends BalanceRange {
  readonly theirs: bigint;
}

/** Where the comparison of one ledger stands. */
interface Appointment {
  dueAtMs: number;
  asked: { readonly reference: number; readonly base: BalanceBaseline } | undefined;
  /** The last answer was out of range, by an amount that could not be told. */
  wasOutside: boolean;
}

/**
 * Asks the other side of every ledger that is not ours alone for its balance: when its session
 * opens, and at intervals. What differs for certain becomes an event (SPEC §7.5); what payments
 * under way may explain is asked again. Whether the peer has a session only gateways know: without
 * one, nobody hears the question.
 */
export class BalanceComparison {
  /** A ledger that went to another owner and came back is another one. */
  private readonly appointments = new WeakMap<LedgerState, Appointment>();
  private nextReference = randomInt(UINT32);
  private nextDueMs = 0;

  constructor(private readonly parts: BalanceComparisonParts) {}

  /** Ledgers on which the two sides count otherwise, as the log says. */
  get differences(): Differences {
    const differences = { disputed: 0, diverged: 0 };
    for (const ledger of this.parts.book.all()) {
      if (ledger.difference === null) continue;
      differences[isShadow(ledger) ? 'diverged' : 'disputed'] += 1;
    }
    return differences;
  }

  /** Has `tick` anything to do? */
  isDue(nowMs: number): boolean {
    return nowMs >= this.nextDueMs;
  }

  tick(nowMs: number, effects: Effects): void {
    this.nextDueMs = nowMs + LOOK_AGAIN_MS;
    for (const ledger of this.parts.book.all()) {
      if (!hasOtherSide(ledger)) continue;
      // What a new owner has yet to hand out again is on the board by then.
      const appointment = this.appointmentOf(ledger, nowMs + LOOK_AGAIN_MS);
      if (nowMs >= appointment.dueAtMs) this.ask(ledger, appointment, nowMs, effects);
      this.nextDueMs = Math.min(this.nextDueMs, appointment.dueAtMs);
    }
  }

  sessionOpened(ledger: LedgerState, nowMs: number, effects: Effects): void {
    if (!hasOtherSide(ledger)) return;
    this.ask(ledger, this.appointmentOf(ledger, nowMs), nowMs, effects);
  }

  /** Answers to any but the latest question, or to one of an earlier owner, say nothing. */
  peerBalance(message: PeerBalance, nowMs: number, effects: Effects): void {
    const ledger = this.parts.book.find(ledgerId(message.ledgerId));
    const appointment = ledger && this.appointments.get(ledger);
    const asked = appointment?.asked;
    if (ledger === undefined || asked?.reference !== message.reference) return;
    if (appointment === undefined) return;
    appointment.asked = undefined;
    const range = balanceRange(ledger, asked.base);
    const figures = range && { theirs: -message.balance, ...range };
    if (figures !== undefined && this.settles(ledger, figures, nowMs, effects)) return;
    if (figures !== undefined && isTelling(ledger, appointment, figures)) {
      this.decide(ledger, figures, effects);
    } else this.tell(quietNews(ledger, 'inconclusive'), effects);
    if (!isExact(range)) this.askAgain(appointment, nowMs);
  }

  /**
   * Does the figure tell what became of the fulfillments that nobody answered? Only if they are all
   * that is under way. The next question then finds both sides agreed.
   */
  private settles(
    ledger: LedgerState,
    { theirs, lowest, highest }: Figures,
    nowMs: number,
    effects: Effects,
  ): boolean {
    const isAllIncoming = lowest === balanceOf(ledger.sums) && highest > lowest;
    if (!isAllIncoming) return false;
    const decided = settleByFigure(this.parts.book, ledger, { theirs, nowMs });
    for (const { transfer, outcome } of decided) {
      if (outcome.isResolved) this.parts.board.confirm(ledger.id, transfer.id, 'fulfill');
      const { loss } = outcome;
      if (loss === undefined) continue;
      effects.afterwards(() => {
        this.parts.observer.loss(loss.ledgerId, loss.transferId, loss.amount);
      });
    }
    if (decided.length === 0) return false;
    this.askAgain(this.appointmentOf(ledger, nowMs), nowMs);
    return true;
  }

  private askAgain(appointment: Appointment, nowMs: number): void {
    appointment.dueAtMs = Math.min(appointment.dueAtMs, nowMs + this.againMs);
    this.nextDueMs = Math.min(this.nextDueMs, appointment.dueAtMs);
  }

  private decide(ledger: LedgerState, figures: Figures, effects: Effects): void {
    const { book, shadowAdoption } = this.parts;
    const adopts = shadowAdoption === 'automatic';
    const events = decideCompareBalances(ledger, { ...figures, adopts });
    if (events.length === 0) this.tell(quietNews(ledger, 'unchanged'), effects);
    for (const event of events) {
      book.record(ledger, event);
      this.tell(newsOf(ledger, event), effects);
    }
  }

  private ask(
    ledger: LedgerState,
    appointment: Appointment,
    nowMs: number,
    effects: Effects,
  ): void {
    appointment.dueAtMs = nowMs + this.parts.everyMs;
    const unconfirmed = this.unconfirmedOf(ledger);
    if (unconfirmed === undefined) {
      this.askAgain(appointment, nowMs);
      return;
    }
    const reference = this.nextReference;
    this.nextReference = (reference + 1) % UINT32;
    appointment.asked = { reference, base: baselineOf(ledger, unconfirmed) };
    const subject = this.parts.subjects.gatewayPeer(ledger.id);
    effects.send(subject, { kind: 'ask-peer-balance', ledgerId: ledger.id, reference });
  }

  /**
   * What we have fulfilled for ourselves and the peer has not confirmed. On a ledger that another
   * decides nothing is fulfilled before. Undefined if it cannot be told.
   */
  private unconfirmedOf(ledger: LedgerState): bigint | undefined {
    if (ledger.authority !== 'symmetric') return 0n;
    let unconfirmed = 0n;
    for (const { kind, transferId } of this.parts.board.allFor(ledger.id)) {
      if (kind !== 'fulfill') continue;
      const transfer = ledger.transfers.get(transferId);
      if (transfer === undefined) return undefined;
      unconfirmed += transfer.amount;
    }
    return unconfirmed;
  }

  private appointmentOf(ledger: LedgerState, dueAtMs: number): Appointment {
    let appointment = this.appointments.get(ledger);
    if (appointment === undefined) {
      appointment = { dueAtMs, asked: undefined, wasOutside: false };
      this.appointments.set(ledger, appointment);
    }
    return appointment;
  }

  private get againMs(): number {
    return Math.min(COMPARE_AGAIN_MS, this.parts.everyMs);
  }

  private tell(news: ComparisonNews, effects: Effects): void {
    effects.afterwards(() => {
      this.parts.observer.balancesCompared(news);
    });
  }
}

/** An administrator has nobody to compare with, and a closed ledger nothing. */
function hasOtherSide({ authority, standing }: LedgerState): boolean {
  return authority !== 'admin' && standing !== 'closed';
}

/** Is there no doubt about what our own figure is? */
function isExact(range: BalanceRange | undefined): boolean {
  return range !== undefined && range.lowest === range.highest;
}

/**
 * Can anything be said? Without a doubt about our own figure, always. With one, a difference is
 * certain outside of the range, though its size is not; as a quiet moment tells it exactly, it is
 * said only when it is found twice in a row and not known anyway.
 */
function isTelling(ledger: LedgerState, appointment: Appointment, figures: Figures): boolean {
  const { theirs, lowest, highest } = figures;
  const { wasOutside } = appointment;
  appointment.wasOutside = !isExact(figures) && (theirs < lowest || theirs > highest);
  if (isExact(figures)) return true;
  return appointment.wasOutside && wasOutside && ledger.difference === null;
}
