import {
  type BalanceAsked,
  type Delivered,
  type FulfillRefused,
  type LedgerMessage,
  type LegAnswer,
  type LegReport,
  type PeerBalance,
  type PeerFulfilled,
  type PeerRefused,
  type PeerRejected,
  type PlannedPayment,
  type ReplyTo,
  type SessionOpened,
  type Subjects,
} from '#contracts';
import { balanceOf, type LedgerId, ledgerId, type LedgerState, transferId } from '#domain/ledger';
import {
  acceptPayment,
  btpRefusal,
  confirmDelivery,
  expirePayment,
  mayHaveComeBefore,
  openDeliveries,
  resumeLedger,
  settleFulfilled,
  settleRefused,
  settleRejected,
  settleUnpaid,
  type Delivery,
  type LegName,
  type Outcome,
} from '#domain/payment';
import { CurrentSessions } from './current-sessions';
import { DELIVERY_GRACE_MS, type DeliveryBoard } from './delivery-board';
import type { DeskObserver } from './desk-observer';
import type { Effects } from './effects';
import type { ErrandBoard } from './errand-board';
import { ErrandDesk } from './errand-desk';
import type { LedgerBook } from './ledger-book';
import type { LoopCommand } from './loop-command';
import { ensureLedger } from './ensure-ledger';
import { orderLedger } from './order-ledger';
import { payAsOrdered } from './payment-orders';
import { planOf } from './hot-plan';
import { WaitingPayers } from './waiting-payers';

export interface CommandDeskParts {
  readonly book: LedgerBook;
  readonly board: DeliveryBoard;
  readonly errands: ErrandBoard;
  readonly subjects: Subjects;
  /** Number of partitions, as the connector's ledgers are spread over them. */
  readonly partitions: number;
  readonly observer: DeskObserver;
  /** The other side of a ledger told its balance. */
  readonly onPeerBalance?: (message: PeerBalance, nowMs: number, effects: Effects) => void;
  readonly onSessionOpened?: (ledger: LedgerState, nowMs: number, effects: Effects) => void;
}

/** Messages with an answer of their own kind, or with none. */
type Unanswered =
  | 'fulfill-refused'
  | 'peer-balance'
  | 'delivered'
  | 'session-opened'
  | 'balance-asked'
  | 'forward-payment'
  | 'leg-report'
  | 'leg-answer'
  | 'payee-answered';

/**
 * Turns messages into decisions and outcomes into messages. It knows who speaks to whom; what may
 * happen is the domain's business.
 */
export class CommandDesk {
  private readonly errandDesk: ErrandDesk;
  private readonly payers: WaitingPayers;
  private readonly sessions: CurrentSessions;

  constructor(private readonly parts: CommandDeskParts) {
    this.errandDesk = new ErrandDesk(parts);
    this.payers = new WaitingPayers(parts);
    this.sessions = new CurrentSessions(parts.subjects);
  }

  decide(command: LoopCommand, nowMs: number, effects: Effects): void {
    this.parts.book.stamp(nowMs);
    switch (command.kind) {
      case 'expire-due':
        this.expireDue(nowMs, effects);
        return;
      case 'redeliver':
        for (const delivery of this.parts.board.takeOverdue(nowMs)) this.handOut(delivery, effects);
        this.errandDesk.repeat(nowMs, effects);
        this.payers.forget(nowMs);
        return;
      case 'resume':
        this.resume(command.ledgers, nowMs, effects);
        return;
      case 'ensure-ledger':
        ensureLedger(this.parts.book, command, effects, this.parts.observer);
        return;
      case 'order':
        orderLedger(this.parts.book, command, effects, this.parts.observer);
        return;
      case 'pay': {
        const news = payAsOrdered(this.parts, command, { nowMs, effects });
        this.deliver(news?.deliveries ?? [], nowMs, effects);
        return;
      }
      default:
        this.hear(command, nowMs, effects);
    }
  }

  /**
   * Takes up every open payment of the ledgers that are new here, then tells peers and other owners
   * everything that they may have missed.
   */
  private resume(ledgers: readonly LedgerId[], nowMs: number, effects: Effects): void {
    const { book } = this.parts;
    const graceMs = DELIVERY_GRACE_MS;
    const taken = ledgers.flatMap((id) => book.find(id) ?? []);
    for (const ledger of taken) {
      const news = resumeLedger(book, ledger, { nowMs, graceMs });
      this.payers.tellAll(effects);
      this.deliver(news.deliveries, nowMs, effects);
      this.errandDesk.run(news.errands, nowMs, effects);
    }
    for (const ledger of taken) {
      this.deliver(this.releasedDeliveries(ledger, nowMs, graceMs), nowMs, effects);
    }
  }

  /** Of Prepares only those that may already be heard of. */
  private releasedDeliveries(ledger: LedgerState, nowMs: number, graceMs: number): Delivery[] {
    return openDeliveries(ledger, nowMs, graceMs).filter(
      (delivery) => delivery.kind !== 'prepare' || !this.parts.errands.isHeld(delivery),
    );
  }

  private deliver(deliveries: readonly Delivery[], nowMs: number, effects: Effects): void {
    for (const delivery of deliveries) {
      this.parts.board.post(delivery, nowMs);
      this.handOut(delivery, effects);
    }
  }

  private hear(message: LedgerMessage, nowMs: number, effects: Effects): void {
    switch (message.kind) {
      case 'planned-payment':
        this.take(message, nowMs, effects);
        return;
      case 'peer-fulfilled':
        // Unanswered: its gateway repeats it.
        if (mayHaveComeBefore(this.parts.book, nameOf(message), message.receivedAtMs)) return;
        this.conclude(message, this.fulfill(message), nowMs, effects);
        return;
      case 'peer-rejected':
        this.conclude(message, this.reject(message, nowMs), nowMs, effects);
        return;
      case 'peer-refused':
        this.conclude(message, this.refused(message, nowMs), nowMs, effects);
        return;
      case 'fulfill-refused':
        this.unpaid(message, nowMs, effects);
        return;
      case 'delivered':
        this.confirm(message, effects);
        return;
      case 'forward-payment':
        this.follow(this.errandDesk.takeForward(message, nowMs), nowMs, effects, message.reference);
        return;
      case 'leg-report':
        this.hearReport(message, nowMs, effects);
        return;
      case 'leg-answer':
        this.hearAnswer(message, nowMs, effects);
        return;
      case 'payee-answered':
        this.payers.accept(nameOf(message), effects);
        return;
      case 'peer-balance':
        this.parts.onPeerBalance?.(message, nowMs, effects);
        return;
      case 'session-opened':
        this.greet(message, nowMs, effects);
        return;
      case 'balance-asked':
        this.tellBalance(message, effects);
        return;
    }
  }

  /** Where we are the validator, the answer may have to wait for that of the payee. */
  private take(message: PlannedPayment, nowMs: number, effects: Effects): void {
    const outcome = this.accept(message, nowMs);
    if (!this.payers.take(message, outcome.refusal, { nowMs, effects })) {
      this.conclude(message, outcome, nowMs, effects);
      return;
    }
    this.parts.observer.decided(message.kind, false);
    this.follow(outcome, nowMs, effects);
  }

  private hearReport(message: LegReport, nowMs: number, effects: Effects): void {
    const outcome = this.errandDesk.hearReport(message, nowMs);
    this.payers.tell(message.transferId, effects);
    this.follow(outcome, nowMs, effects);
  }

  private accept(message: PlannedPayment, nowMs: number): Outcome {
    const prepare = {
      transferId: transferId(message.transferId),
      direction: 'incoming' as const,
      amount: message.amount,
      condition: message.condition,
      expiresAtMs: message.expiresAtMs,
      packet: message.packet,
      sideDataDigest: message.sideDataDigest,
      sideData: message.sideData,
      plan: planOf(message.plan),
    };
    return acceptPayment(this.parts.book, { ledgerId: ledgerId(message.ledgerId), prepare, nowMs });
  }

  private fulfill(message: PeerFulfilled): Outcome {
    this.parts.board.confirm(message.ledgerId, message.transferId, 'prepare');
    return settleFulfilled(this.parts.book, {
      ledgerId: ledgerId(message.ledgerId),
      transferId: transferId(message.transferId),
      fulfillment: message.fulfillment,
      data: message.data,
      receivedAtMs: message.receivedAtMs,
    });
  }

  private reject(message: PeerRejected, nowMs: number): Outcome {
    const { book, board } = this.parts;
    board.confirm(message.ledgerId, message.transferId, 'prepare');
    const outcome = settleRejected(book, {
      ledgerId: ledgerId(message.ledgerId),
      transferId: transferId(message.transferId),
      reason: message.reason,
      receivedAtMs: message.receivedAtMs,
      nowMs,
    });
    // What its authority has ended need not be shown the preimage any more.
    if (outcome.refusal === undefined) {
      board.confirm(message.ledgerId, message.transferId, 'fulfill');
    }
    return outcome;
  }

  private confirm(message: Delivered, effects: Effects): void {
    const { what } = message;
    this.parts.board.confirm(message.ledgerId, message.transferId, what);
    confirmDelivery(this.parts.book, { ...nameOf(message), what });
    if (what === 'prepare') this.payers.hearPayee(nameOf(message), effects);
  }

  private unpaid(message: FulfillRefused, nowMs: number, effects: Effects): void {
    const outcome = settleUnpaid(this.parts.book, {
      ledgerId: ledgerId(message.ledgerId),
      transferId: transferId(message.transferId),
      error: message.error,
      message: message.message,
      nowMs,
    });
    if (outcome.isResolved) {
      this.parts.board.confirm(message.ledgerId, message.transferId, 'fulfill');
    }
    this.follow(outcome, nowMs, effects);
  }

  /** What another owner has just let go to the peer is new to it, or may be known from before us. */
  private hearAnswer(message: LegAnswer, nowMs: number, effects: Effects): void {
    const { outcome, isFirst } = this.errandDesk.hearAnswer(message, nowMs);
    for (const delivery of outcome.deliveries) {
      this.parts.board.post(delivery, nowMs);
      this.handOut(delivery, effects, isFirst);
    }
    this.follow({ ...outcome, deliveries: [] }, nowMs, effects);
  }

  private refused(message: PeerRefused, nowMs: number): Outcome {
    this.parts.board.confirm(message.ledgerId, message.transferId, 'prepare');
    return settleRefused(this.parts.book, {
      ledgerId: ledgerId(message.ledgerId),
      transferId: transferId(message.transferId),
      error: message.error,
      message: message.message,
      nowMs,
    });
  }

  private expireDue(nowMs: number, effects: Effects): void {
    const { book } = this.parts;
    for (let due = book.takeExpiryDue(nowMs); due !== undefined; due = book.takeExpiryDue(nowMs)) {
      const outcome = expirePayment(book, { ...due, nowMs });
      this.payers.tell(due.transferId, effects);
      this.follow(outcome, nowMs, effects);
    }
  }

  private conclude(
    message: Exclude<LedgerMessage, { kind: Unanswered }>,
    outcome: Outcome,
    nowMs: number,
    effects: Effects,
  ): void {
    this.parts.observer.decided(message.kind, outcome.refusal !== undefined);
    this.payers.tell(message.transferId, effects);
    const error = outcome.refusal === undefined ? null : btpRefusal(outcome.refusal);
    this.answer(message.replyTo, effects, { error, balance: null });
    this.follow(outcome, nowMs, effects);
  }

  /** @param reference of the ask that the outcome's report answers */
  private follow(outcome: Outcome, nowMs: number, effects: Effects, reference?: number): void {
    this.deliver(outcome.deliveries, nowMs, effects);
    if (outcome.errands.length > 0) {
      this.errandDesk.run(outcome.errands, nowMs, effects, reference);
    }
    const { loss } = outcome;
    if (loss !== undefined) this.parts.observer.loss(loss.ledgerId, loss.transferId, loss.amount);
  }

  /**
   * A new session hears what was not confirmed, and every Prepare that is open once more, answered
   * or not: the Fulfill or Reject to it may have been lost with the old session, and a peer that
   * knows the transfer repeats its outcome (SPEC §7.5).
   */
  private greet(message: SessionOpened, nowMs: number, effects: Effects): void {
    const { book, board } = this.parts;
    const ledger = book.find(ledgerId(message.ledgerId));
    if (ledger === undefined || !this.sessions.hear(ledger, message, effects)) return;
    for (const delivery of this.releasedDeliveries(ledger, nowMs, 0)) {
      if (delivery.kind === 'prepare') board.post(delivery, nowMs);
    }
    for (const delivery of board.allFor(ledger.id)) this.handOut(delivery, effects);
    this.parts.onSessionOpened?.(ledger, nowMs, effects);
  }

  private tellBalance(message: BalanceAsked, effects: Effects): void {
    const ledger = this.parts.book.find(ledgerId(message.ledgerId));
    if (ledger === undefined) {
      const error = btpRefusal({ kind: 'LedgerNotFound', ledgerId: message.ledgerId });
      this.answer(message.replyTo, effects, { error, balance: null });
      return;
    }
    const balance = { balance: balanceOf(ledger.sums), maxBalance: ledger.limits.maxBalance };
    this.answer(message.replyTo, effects, { error: null, balance });
  }

  private answer(
    replyTo: ReplyTo,
    effects: Effects,
    answer: {
      error: { name: string; message: string } | null;
      balance: { balance: bigint; maxBalance: bigint | null } | null;
    },
  ): void {
    const subject = this.parts.subjects.gatewayAnswers(replyTo.gatewayId);
    effects.send(subject, { kind: 'answer', reference: replyTo.reference, ...answer });
  }

  private handOut(delivery: Delivery, effects: Effects, isFirst = false): void {
    const subject = this.parts.subjects.gatewayPeer(delivery.ledgerId);
    switch (delivery.kind) {
      case 'prepare':
        effects.send(subject, {
          ...delivery,
          kind: 'deliver-prepare',
          isRepeated: !isFirst && !this.parts.book.wasPreparedNow(delivery.transferId),
        });
        return;
      case 'fulfill':
        effects.send(subject, { ...delivery, kind: 'deliver-fulfill' });
        return;
      case 'reject':
        effects.send(subject, { ...delivery, kind: 'deliver-reject' });
        return;
    }
  }
}

function nameOf(message: { readonly ledgerId: string; readonly transferId: string }): LegName {
  return { ledgerId: ledgerId(message.ledgerId), transferId: transferId(message.transferId) };
}
