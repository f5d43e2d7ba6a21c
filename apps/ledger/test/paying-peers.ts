import { randomUUID } from 'node:crypto';
import {
  decodeHot,
  encodeHot,
  partitionOf,
  type HotMessage,
  type LedgerMessage,
  type ReplyTo,
  type Subjects,
} from '#contracts';
import type { BatchedLink } from '#messaging';
import { anIlpPayment, aPreimage } from '#testing';

/** What a gateway and its peers do with what nobody answered. */
const REPEAT_MS = 300;
const TICK_MS = 50;
const AMOUNT = 100n;
const FORWARDED = 99n;
const LASTS_MS = 120_000;

type Asking = Extract<LedgerMessage, { readonly replyTo: ReplyTo }>;

interface Pending {
  readonly message: Asking;
  readonly done: (error: string | undefined) => void;
  sentAtMs: number;
}

export interface MadePayment {
  readonly from: string;
  readonly to: string;
  readonly incoming: string;
  readonly outgoing: string;
  readonly amount: bigint;
  readonly forwarded: bigint;
  isFulfilled: boolean;
}

const { condition, fulfillment } = aPreimage();

/** The gateways of peers that pay each other: they repeat what is not answered, as real ones do. */
export class PayingPeers {
  readonly payments = new Map<string, MadePayment>();
  /** Names of the errors that anything was answered with. */
  readonly errors = new Set<string>();
  private readonly byOutgoing = new Map<string, MadePayment>();
  private readonly pending = new Map<number, Pending>();
  private readonly timer: NodeJS.Timeout;
  private reference = 0;
  /** Payments that were begun and are not fulfilled. */
  unfinished = 0;

  constructor(
    private readonly link: BatchedLink,
    private readonly subjects: Subjects,
    peers: readonly string[],
  ) {
    const hear = (entry: Buffer): void => {
      this.hear(decodeHot(entry));
    };
    link.listen(subjects.gatewayAnswers('gateway'), {}, hear);
    for (const peer of peers) link.listen(subjects.gatewayPeer(peer), {}, hear);
    this.timer = setInterval(() => {
      this.repeat();
    }, TICK_MS);
  }

  close(): void {
    clearInterval(this.timer);
  }

  pay(from: string, to: string): void {
    const expiresAtMs = Date.now() + LASTS_MS;
    const [incoming, outgoing] = [randomUUID(), randomUUID()];
    const payment = { from, to, incoming, outgoing, amount: AMOUNT, forwarded: FORWARDED };
    const made = { ...payment, isFulfilled: false };
    this.payments.set(incoming, made);
    this.unfinished += 1;
    this.byOutgoing.set(outgoing, made);
    this.ask({
      kind: 'planned-payment',
      replyTo: this.replyTo(),
      ledgerId: from,
      transferId: incoming,
      amount: AMOUNT,
      condition,
      expiresAtMs,
      receivedAtMs: Date.now(),
      packet: anIlpPayment(),
      sideDataDigest: null,
      plan: {
        kind: 'forward',
        ledgerId: to,
        transferId: outgoing,
        amount: FORWARDED,
        expiresAtMs: expiresAtMs - 1_000,
      },
    });
  }

  /** Resolves when the owner of the ledger has answered, however often it must be asked. */
  balance(ledgerId: string): Promise<void> {
    return new Promise((resolve) => {
      this.ask({ kind: 'balance-asked', replyTo: this.replyTo(), ledgerId }, () => {
        resolve();
      });
    });
  }

  private hear(message: HotMessage): void {
    if (message.kind === 'answer') this.settle(message.reference, message.error?.name);
    else if (message.kind === 'deliver-prepare') this.fulfill(message.transferId);
    else if (message.kind === 'deliver-fulfill') this.conclude(message.transferId);
    else if (message.kind === 'deliver-reject') this.errors.add('rejected');
  }

  private fulfill(transferId: string): void {
    const payment = this.byOutgoing.get(transferId);
    if (payment === undefined || this.isFulfilling(transferId)) return;
    this.ask({
      kind: 'peer-fulfilled',
      replyTo: this.replyTo(),
      ledgerId: payment.to,
      transferId,
      fulfillment,
      data: null,
      receivedAtMs: Date.now(),
    });
  }

  private conclude(transferId: string): void {
    const payment = this.payments.get(transferId);
    if (payment === undefined) return;
    if (!payment.isFulfilled) this.unfinished -= 1;
    payment.isFulfilled = true;
    const { from: ledgerId } = payment;
    this.send({ kind: 'delivered', ledgerId, transferId, what: 'fulfill' });
  }

  private isFulfilling(transferId: string): boolean {
    return [...this.pending.values()].some(
      ({ message }) => message.kind === 'peer-fulfilled' && message.transferId === transferId,
    );
  }

  private replyTo(): ReplyTo {
    return { gatewayId: 'gateway', reference: ++this.reference };
  }

  private ask(message: Asking, done: Pending['done'] = () => undefined): void {
    this.pending.set(message.replyTo.reference, { message, done, sentAtMs: Date.now() });
    this.send(message);
  }

  private settle(reference: number, error: string | undefined): void {
    const pending = this.pending.get(reference);
    if (pending === undefined) return;
    this.pending.delete(reference);
    if (error !== undefined) this.errors.add(error);
    pending.done(error);
  }

  private repeat(): void {
    for (const pending of this.pending.values()) {
      if (Date.now() - pending.sentAtMs < REPEAT_MS) continue;
      pending.sentAtMs = Date.now();
      this.send(pending.message);
    }
  }

  private send(message: LedgerMessage): void {
    this.link.send(
      this.subjects.ledgerPartition(partitionOf(message.ledgerId)),
      encodeHot(message),
    );
  }
}
