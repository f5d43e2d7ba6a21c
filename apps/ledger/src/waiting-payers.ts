import { partitionOf, type PlannedPayment, type ReplyTo, type Subjects } from '#contracts';
import { ledgerId, type LedgerId, type Refusal, transferId } from '#domain/ledger';
import { type BtpRefusal, isMirrored, type LegName, mirrorAnswer } from '#domain/payment';
import type { Effects } from './effects';
import type { LedgerBook } from './ledger-book';

/** A gateway repeats its question every second: whoever is silent for longer asks no more. */
export const PAYER_FORGOTTEN_AFTER_MS = 10_000;

export interface WaitingPayersParts {
  readonly book: Pick<LedgerBook, 'find' | 'owns'>;
  readonly subjects: Pick<Subjects, 'gatewayAnswers' | 'ledgerPartition'>;
  /** Number of partitions, as the connector's ledgers are spread over them. */
  readonly partitions: number;
}

interface Waiting {
  /** Of the incoming transfer. */
  readonly ledgerId: LedgerId;
  readonly replyTo: ReplyTo;
  readonly askedAtMs: number;
}

/**
 * Payers whose Prepare is on record and unanswered, because we are the validator and the payee has
 * not answered its own (SPEC D-17). Nothing hangs on this memory: a payer that is forgotten asks
 * again, and the payee is then asked again too. Both legs of such a payment have one transfer id.
 */
export class WaitingPayers {
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(private readonly parts: WaitingPayersParts) {}

  /**
   * Takes a Prepare that was decided on.
   * @returns false if it is to be answered as the decision says
   */
  take(
    message: PlannedPayment,
    refusal: Refusal | undefined,
    { nowMs, effects }: { readonly nowMs: number; readonly effects: Effects },
  ): boolean {
    if (refusal?.kind === 'DuplicateId') return false;
    const { replyTo } = message;
    const waiting = { ledgerId: ledgerId(message.ledgerId), replyTo, askedAtMs: nowMs };
    const answer = this.answerTo(waiting.ledgerId, message.transferId);
    if (answer === undefined) return false;
    if (answer === 'not-yet') this.wait(message.transferId, waiting);
    else this.answer(replyTo, answer, effects);
    return true;
  }

  /** The peer of an outgoing transfer has answered its Prepare: the payer's owner hears of it. */
  hearPayee(outgoing: LegName, effects: Effects): void {
    const { book, subjects, partitions } = this.parts;
    const transfer = book.find(outgoing.ledgerId)?.transfers.get(outgoing.transferId);
    const cause = transfer && isMirrored(transfer) ? transfer.cause : undefined;
    if (cause === undefined) return;
    const incoming = { ledgerId: cause.ledgerId, transferId: cause.transferId };
    if (book.owns(cause.ledgerId)) {
      this.accept(incoming, effects);
      return;
    }
    const subject = subjects.ledgerPartition(partitionOf(cause.ledgerId, partitions));
    effects.send(subject, { kind: 'payee-answered', ...incoming });
  }

  /** The payer of this incoming transfer may have its Response. */
  accept(incoming: LegName, effects: Effects): void {
    const isNamed = (one: Waiting): boolean => one.ledgerId === incoming.ledgerId;
    for (const { replyTo } of this.takeOut(incoming.transferId, isNamed)) {
      const answer = this.answerTo(incoming.ledgerId, incoming.transferId);
      this.answer(replyTo, answer === 'not-yet' ? undefined : answer, effects);
    }
  }

  /** Something happened to the transfer of this id: if it has ended, its payer hears an answer. */
  tell(id: string, effects: Effects): void {
    if (!this.waiting.has(id)) return;
    const hasEnded = (one: Waiting): boolean => this.answerTo(one.ledgerId, id) !== 'not-yet';
    for (const one of this.takeOut(id, hasEnded)) {
      const answer = this.answerTo(one.ledgerId, id);
      // Of a ledger that went to another owner nothing is known here any more.
      const isHere = this.parts.book.find(one.ledgerId) !== undefined;
      if (isHere && answer !== 'not-yet') this.answer(one.replyTo, answer, effects);
    }
  }

  tellAll(effects: Effects): void {
    for (const id of [...this.waiting.keys()]) this.tell(id, effects);
  }

  /** Lets go of those that have given up asking. */
  forget(nowMs: number): void {
    for (const id of [...this.waiting.keys()]) {
      this.takeOut(id, ({ askedAtMs }) => nowMs - askedAtMs >= PAYER_FORGOTTEN_AFTER_MS);
    }
  }

  private wait(id: string, waiting: Waiting): void {
    const { replyTo } = waiting;
    this.takeOut(id, (one) => isSame(one.replyTo, replyTo));
    this.waiting.set(id, [...(this.waiting.get(id) ?? []), waiting]);
  }

  private answerTo(ledger: LedgerId, id: string): ReturnType<typeof mirrorAnswer> {
    const transfer = this.parts.book.find(ledger)?.transfers.get(transferId(id));
    return transfer && mirrorAnswer(transfer);
  }

  private takeOut(id: string, isWanted: (one: Waiting) => boolean): Waiting[] {
    const all = this.waiting.get(id) ?? [];
    const left = all.filter((one) => !isWanted(one));
    if (left.length === 0) this.waiting.delete(id);
    else this.waiting.set(id, left);
    return all.filter(isWanted);
  }

  private answer(replyTo: ReplyTo, error: BtpRefusal | undefined, effects: Effects): void {
    const subject = this.parts.subjects.gatewayAnswers(replyTo.gatewayId);
    const { reference } = replyTo;
    effects.send(subject, { kind: 'answer', reference, error: error ?? null, balance: null });
  }
}

function isSame(one: ReplyTo, other: ReplyTo): boolean {
  return one.gatewayId === other.gatewayId && one.reference === other.reference;
}
