import {
  type ForwardPayment,
  type HotMessage,
  type LegAnswer,
  type LegReport,
  partitionOf,
  type Subjects,
} from '#contracts';
import { isOpen, ledgerId, transferId } from '#domain/ledger';
import {
  type Errand,
  type ForwardErrand,
  hearAnswer,
  hearReport,
  type LegName,
  type Outcome,
  type ReportErrand,
  takeForward,
} from '#domain/payment';
import type { DeskObserver } from './desk-observer';
import type { Effects } from './effects';
import type { ErrandBoard, StandingErrand } from './errand-board';
import type { LedgerBook } from './ledger-book';

export interface ErrandDeskParts {
  readonly book: LedgerBook;
  readonly errands: ErrandBoard;
  readonly subjects: Pick<Subjects, 'ledgerPartition'>;
  /** Number of partitions, as the connector's ledgers are spread over them. */
  readonly partitions: number;
  readonly observer: Pick<DeskObserver, 'ownerSilent'>;
}

/** Nobody asked for the report. */
const UNASKED = 0;

/** Between the owners of the two ledgers of a payment: what is asked, what is told, what is repeated. */
export class ErrandDesk {
  constructor(private readonly parts: ErrandDeskParts) {}

  /** Sends errands of an outcome, and keeps those that wait for an answer. */
  run(errands: readonly Errand[], nowMs: number, effects: Effects, reference = UNASKED): void {
    for (const errand of errands) {
      switch (errand.kind) {
        case 'forward':
          this.parts.errands.ask(errand, nowMs);
          this.sendAsk(errand, effects);
          break;
        case 'report':
          this.sendReport(this.keep(errand, nowMs), effects, reference);
          break;
        case 'answer':
          this.send({ ...errand.outgoing, kind: 'leg-answer', verdict: errand.verdict }, effects);
      }
    }
  }

  /** Repeats what nobody answered; what has become needless is dropped. */
  repeat(nowMs: number, effects: Effects): void {
    const { errands, observer } = this.parts;
    const overdue = errands.takeOverdue(nowMs);
    for (const errand of overdue.errands) {
      if (this.isNeedless(errand)) continue;
      if (errand.kind === 'forward') this.sendAsk(errand, effects);
      else this.sendReport(errand, effects, UNASKED);
    }
    for (const { ledgerId: silent, waitedMs } of overdue.silent) {
      effects.afterwards(() => {
        observer.ownerSilent(silent, waitedMs);
      });
    }
  }

  takeForward(message: ForwardPayment, nowMs: number): Outcome {
    const { book, errands } = this.parts;
    const outgoing = nameOf(message);
    return takeForward(book, {
      outgoing,
      cause: { ...nameOf(message.cause), amount: message.cause.amount },
      amount: message.amount,
      condition: message.condition,
      expiresAtMs: message.expiresAtMs,
      packet: message.packet,
      sideData: message.sideData,
      awaitsRelease: errands.isHeld(outgoing),
      nowMs,
    });
  }

  hearReport(message: LegReport, nowMs: number): Outcome {
    const { book, errands } = this.parts;
    const incoming = nameOf(message);
    const outgoing = nameOf(message.outgoing);
    const standpoint = errands.hear(incoming, message.reference, nowMs);
    const { leg } = message;
    const outcome = hearReport(book, { incoming, outgoing, leg, nowMs, ...standpoint });
    const transfer = book.find(incoming.ledgerId)?.transfers.get(incoming.transferId);
    if (transfer?.status !== 'prepared') errands.dropAsk(incoming);
    else if (leg.kind === 'open') errands.rest(incoming, nowMs);
    return outcome;
  }

  /** Also tells whether the peer can have heard of what it is about to hear. */
  hearAnswer(message: LegAnswer, nowMs: number): { outcome: Outcome; isFirst: boolean } {
    const { book, errands } = this.parts;
    const { verdict } = message;
    const outgoing = nameOf(message);
    const about = verdict === 'proceed' || verdict === 'withdraw' ? 'hold' : 'outcome';
    const answered = errands.settle(outgoing, about);
    const isExpected = answered !== undefined;
    const outcome = hearAnswer(book, { outgoing, verdict, isExpected, nowMs });
    return { outcome, isFirst: answered?.isNew === true };
  }

  /** What was reported first of an outcome stays: it knows when a preimage came in. */
  private keep(report: ReportErrand, nowMs: number): ReportErrand {
    const { leg, outgoing } = report;
    if (leg.kind === 'refused' || (leg.kind === 'open' && !leg.awaitsRelease)) return report;
    const isNew = this.parts.book.wasPreparedNow(outgoing.transferId);
    return this.parts.errands.report(report, nowMs, isNew);
  }

  private isNeedless(errand: StandingErrand): boolean {
    const { book, errands } = this.parts;
    if (errand.kind === 'forward') {
      const { cause } = errand;
      const incoming = book.find(cause.ledgerId)?.transfers.get(cause.transferId);
      if (incoming?.status === 'prepared') return false;
      errands.dropAsk(cause);
      return true;
    }
    if (errand.leg.kind !== 'open') return false;
    const { ledgerId: id, transferId: transfer } = errand.outgoing;
    const outgoing = book.find(id)?.transfers.get(transfer);
    if (outgoing !== undefined && isOpen(outgoing)) return false;
    errands.settle(errand.outgoing, 'hold');
    return true;
  }

  private sendAsk(errand: ForwardErrand, effects: Effects): void {
    const { outgoing, cause, amount, condition, expiresAtMs, packet, sideData } = errand;
    const reference = this.parts.errands.takeReference();
    const content = { amount, condition, expiresAtMs, packet, sideData, cause, reference };
    this.send({ ...outgoing, kind: 'forward-payment', ...content }, effects);
  }

  private sendReport(errand: ReportErrand, effects: Effects, reference: number): void {
    const { incoming, outgoing, leg } = errand;
    this.send({ ...incoming, kind: 'leg-report', outgoing, leg, reference }, effects);
  }

  private send(
    message: Extract<HotMessage, { kind: 'forward-payment' | 'leg-report' | 'leg-answer' }>,
    effects: Effects,
  ): void {
    const { subjects, partitions } = this.parts;
    const partition = partitionOf(message.ledgerId, partitions);
    effects.send(subjects.ledgerPartition(partition), message);
  }
}

function nameOf(message: { readonly ledgerId: string; readonly transferId: string }): LegName {
  return { ledgerId: ledgerId(message.ledgerId), transferId: transferId(message.transferId) };
}
