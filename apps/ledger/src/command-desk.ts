import {
  type BalanceAsked,
  type HotPlan,
  type LedgerMessage,
  type PeerFulfilled,
  type PeerRefused,
  type PeerRejected,
  type PlannedPayment,
  type ReplyTo,
  type SessionOpened,
  type Subjects,
} from '#contracts';
import { balanceOf, ledgerId, transferId, type PaymentPlan } from '#domain/ledger';
import {
  acceptPayment,
  btpRefusal,
  expirePayment,
  openDeliveries,
  resumeLedger,
  settleFulfilled,
  settleRefused,
  settleRejected,
  type Delivery,
  type Outcome,
} from '#domain/payment';
import { DELIVERY_GRACE_MS, type DeliveryBoard } from './delivery-board';
import type { DeskObserver } from './desk-observer';
import type { Effects } from './effects';
import type { LedgerBook } from './ledger-book';
import type { LoopCommand } from './loop-command';
import { ensureLedger } from './ensure-ledger';

export interface CommandDeskParts {
  readonly book: LedgerBook;
  readonly board: DeliveryBoard;
  readonly subjects: Subjects;
  readonly observer: DeskObserver;
}

/**
 * Turns messages into decisions and outcomes into messages. It knows who speaks to whom; what may
 * happen is the domain's business.
 */
export class CommandDesk {
  constructor(private readonly parts: CommandDeskParts) {}

  decide(command: LoopCommand, nowMs: number, effects: Effects): void {
    this.parts.book.stamp(nowMs);
    switch (command.kind) {
      case 'expire-due':
        this.expireDue(nowMs, effects);
        return;
      case 'redeliver':
        for (const delivery of this.parts.board.takeOverdue(nowMs)) this.handOut(delivery, effects);
        return;
      case 'resume':
        this.resume(nowMs, effects);
        return;
      case 'ensure-ledger':
        ensureLedger(this.parts.book, command, effects, this.parts.observer);
        return;
      default:
        this.hear(command, nowMs, effects);
    }
  }

  /** Takes up every open payment, then tells peers everything that they may have missed. */
  private resume(nowMs: number, effects: Effects): void {
    const { book } = this.parts;
    for (const ledger of book.all()) resumeLedger(book, ledger, nowMs);
    for (const ledger of book.all()) {
      this.deliver(openDeliveries(ledger, nowMs, DELIVERY_GRACE_MS), nowMs, effects);
    }
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
        this.conclude(message, this.accept(message, nowMs), nowMs, effects);
        return;
      case 'peer-fulfilled':
        this.conclude(message, this.fulfill(message), nowMs, effects);
        return;
      case 'peer-rejected':
        this.conclude(message, this.reject(message, nowMs), nowMs, effects);
        return;
      case 'peer-refused':
        this.conclude(message, this.refused(message, nowMs), nowMs, effects);
        return;
      case 'delivered':
        this.parts.board.confirm(message.ledgerId, message.transferId, message.what);
        return;
      case 'session-opened':
        this.greet(message, nowMs, effects);
        return;
      case 'balance-asked':
        this.tellBalance(message, effects);
        return;
    }
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
    this.parts.board.confirm(message.ledgerId, message.transferId, 'prepare');
    return settleRejected(this.parts.book, {
      ledgerId: ledgerId(message.ledgerId),
      transferId: transferId(message.transferId),
      reason: message.reason,
      receivedAtMs: message.receivedAtMs,
      nowMs,
    });
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
      this.follow(expirePayment(book, { ...due, nowMs }), nowMs, effects);
    }
  }

  private conclude(
    message: Exclude<LedgerMessage, { kind: 'delivered' | 'session-opened' | 'balance-asked' }>,
    outcome: Outcome,
    nowMs: number,
    effects: Effects,
  ): void {
    this.parts.observer.decided(message.kind, outcome.refusal !== undefined);
    const error = outcome.refusal === undefined ? null : btpRefusal(outcome.refusal);
    this.answer(message.replyTo, effects, { error, balance: null });
    this.follow(outcome, nowMs, effects);
  }

  private follow(outcome: Outcome, nowMs: number, effects: Effects): void {
    this.deliver(outcome.deliveries, nowMs, effects);
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
    if (ledger === undefined) return;
    for (const delivery of openDeliveries(ledger, nowMs, 0)) {
      if (delivery.kind === 'prepare') board.post(delivery, nowMs);
    }
    for (const delivery of board.allFor(ledger.id)) this.handOut(delivery, effects);
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

  private handOut(delivery: Delivery, effects: Effects): void {
    const subject = this.parts.subjects.gatewayPeer(delivery.ledgerId);
    switch (delivery.kind) {
      case 'prepare':
        effects.send(subject, {
          ...delivery,
          kind: 'deliver-prepare',
          isRepeated: !this.parts.book.wasPreparedNow(delivery.transferId),
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

function planOf(plan: HotPlan): PaymentPlan {
  if (plan.kind === 'refuse') return plan;
  return {
    ...plan,
    ledgerId: ledgerId(plan.ledgerId),
    transferId: transferId(plan.transferId),
  };
}
