import type {
  Answer,
  DeliverFulfill,
  DeliverPrepare,
  DeliverReject,
  HotPlan,
  LedgerMessage,
} from '#contracts';
import type { Authority } from '#domain/ledger';
import { conditionOf, encodeIlp, ilpError } from '#protocol';
import { anIlpPayment, aPreimage } from '#testing';
import { SimulatedSessions } from './simulated-sessions';

/**
 * offered: sent to us, not answered. ending: it has told us, or is to tell us, how it ends it, and
 * waits for our word where we decide. refused: we would not have it.
 */
type Status = 'offered' | 'prepared' | 'fulfilled' | 'rolled-back' | 'refused';

interface PeerTransfer {
  readonly id: string;
  /** As the peer sees it. */
  readonly direction: 'incoming' | 'outgoing';
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  status: Status;
  plan?: HotPlan;
  /** What it wants of an incoming one. */
  wants?: 'fulfill' | 'reject';
  /** What it has to tell us and we have not taken in. */
  untold?: 'fulfill' | 'reject' | 'expire';
}

/** A payment as somebody behind the peer begins it. */
export interface Offer {
  readonly transferId: string;
  readonly amount: bigint;
  readonly payment: number;
  readonly expiresAtMs: number;
  readonly plan: HotPlan;
}

export interface PeerParts {
  readonly ledgerId: string;
  readonly authority: Authority;
  readonly send: (message: LedgerMessage) => void;
  readonly clock: () => number;
  /** The clock of the gateways, which is not the peer's. */
  readonly gatewayClock: () => number;
  /** Apart from those of other peers, so that each knows the answers to its own questions. */
  readonly firstReference: number;
}

const GATEWAY = 'gateway';

/**
 * The other side of a ledger with its gateway: it keeps its own books, and decides alone, together
 * with us or not at all. Not one line of the code under test decides for it.
 */
export class SimulatedPeer {
  readonly faults: string[] = [];
  private readonly transfers = new Map<string, PeerTransfer>();
  private readonly asked = new Map<number, { kind: LedgerMessage['kind']; transferId: string }>();
  /** Transfers that it and we ended otherwise, as far as it knows. */
  private readonly disputed = new Set<string>();
  readonly ledgerId: string;
  readonly sessions: SimulatedSessions;
  private readonly authority: Authority;
  private readonly send: (message: LedgerMessage) => void;
  private readonly clock: () => number;
  private reference: number;

  constructor(parts: PeerParts) {
    this.ledgerId = parts.ledgerId;
    this.authority = parts.authority;
    this.send = parts.send;
    this.clock = parts.clock;
    this.reference = parts.firstReference;
    const { ledgerId, send, gatewayClock } = parts;
    this.sessions = new SimulatedSessions({ ledgerId, send, clock: gatewayClock });
  }

  private get isJudge(): boolean {
    return this.authority === 'shadow' || this.authority === 'validated';
  }

  /** Has it a word of its own about ends? */
  private get decides(): boolean {
    return this.authority !== 'admin';
  }

  offer({ transferId, amount, payment, expiresAtMs, plan }: Offer): void {
    if (this.transfers.has(transferId)) return;
    const { condition } = aPreimage(payment);
    this.transfers.set(transferId, {
      id: transferId,
      direction: 'outgoing',
      amount,
      condition,
      expiresAtMs,
      status: 'offered',
      plan,
    });
    this.sendOffers('offered');
  }

  /** Ends the nth of the transfers that it has been sent and that wait. */
  settle(which: number, wants: 'fulfill' | 'reject'): void {
    const waiting = [...this.transfers.values()].filter(
      ({ direction, status, wants: known }) =>
        direction === 'incoming' && status === 'prepared' && known === undefined,
    );
    const transfer = waiting[which % Math.max(1, waiting.length)];
    if (transfer === undefined) return;
    if (this.decides && this.clock() >= transfer.expiresAtMs) return;
    transfer.wants = wants;
    transfer.untold = wants;
    if (this.decides) transfer.status = wants === 'fulfill' ? 'fulfilled' : 'rolled-back';
    this.tell(transfer);
  }

  /** Looks at its clock and says again what was not answered. */
  tick(): void {
    this.sessions.tick();
    if (this.decides) this.expire();
    this.sendOffers('offered');
    for (const transfer of this.transfers.values()) this.tell(transfer);
  }

  /** Sends again what it has sent and has not seen ended: so lost outcomes are found (SPEC §7.5). */
  openSession(): void {
    this.sessions.open();
    if (!this.isJudge) this.sendOffers('prepared');
  }

  hearPrepare({ transferId, amount, condition, expiresAtMs }: DeliverPrepare): void {
    const known = this.transfers.get(transferId);
    if (known === undefined) {
      const isTaken = amount % 7n !== 0n;
      if (!isTaken) {
        this.refuse(transferId, 'InsufficientBalanceError');
        return;
      }
      const fields = {
        amount,
        condition,
        expiresAtMs,
        direction: 'incoming',
        id: transferId,
      } as const;
      this.transfers.set(transferId, { ...fields, status: 'prepared' });
    }
    if (known?.status === 'rolled-back') this.refuse(transferId, 'AlreadyRolledBackError');
    else this.confirm(transferId, 'prepare');
  }

  hearFulfill({ transferId, fulfillment }: DeliverFulfill): void {
    const transfer = this.known(transferId, 'outgoing', 'a Fulfill');
    if (transfer === undefined) return;
    if (!conditionOf(fulfillment).equals(transfer.condition)) {
      this.faults.push(`${transferId} was fulfilled with another preimage`);
    }
    if (this.decides && isWaiting(transfer) && this.clock() >= transfer.expiresAtMs) {
      this.runOut(transfer);
    }
    if (transfer.status === 'rolled-back') this.answerUnpaid(transfer);
    else {
      transfer.status = 'fulfilled';
      this.confirm(transferId, 'fulfill');
    }
  }

  hearReject({ transferId }: DeliverReject): void {
    const transfer = this.transfers.get(transferId);
    if (transfer?.status === 'fulfilled' && !(this.authority === 'symmetric')) {
      this.faults.push(`${transferId} was rejected after it was fulfilled`);
    }
    if (transfer?.status === 'fulfilled') this.disputed.add(transferId);
    else if (transfer !== undefined) {
      transfer.status = 'rolled-back';
      delete transfer.untold;
    }
    this.confirm(transferId, 'reject');
  }

  hearAnswer({ reference, error }: Answer): void {
    const asked = this.asked.get(reference);
    const transfer = asked && this.transfers.get(asked.transferId);
    if (asked === undefined || transfer === undefined) return;
    this.asked.delete(reference);
    if (asked.kind === 'peer-refused') return;
    if (asked.kind === 'planned-payment') hearOffered(transfer, error);
    else if (error === null) this.taken(transfer);
    else this.notTaken(transfer, error.name);
  }

  /** Its balance, seen from our side, and what it counts otherwise than we may. */
  balance(): bigint {
    let balance = 0n;
    for (const { direction, amount, status } of this.transfers.values()) {
      if (status === 'fulfilled') balance += direction === 'outgoing' ? amount : -amount;
    }
    return balance;
  }

  statusOf(transferId: string): Status | undefined {
    return this.transfers.get(transferId)?.status;
  }

  isDisputed(transferId: string): boolean {
    return this.disputed.has(transferId);
  }

  /** What it waits for. */
  waiting(): string[] {
    return [...this.transfers.values()]
      .filter(({ status, untold }) => status === 'offered' || untold !== undefined)
      .map(({ id, status, untold }) => `${id} ${status} ${untold ?? ''}`);
  }

  private expire(): void {
    for (const transfer of this.transfers.values()) {
      if (isWaiting(transfer) && this.clock() >= transfer.expiresAtMs) this.runOut(transfer);
    }
  }

  private runOut(transfer: PeerTransfer): void {
    const wasOffered = transfer.status === 'offered';
    transfer.status = 'rolled-back';
    // On a ledger of both each has its own clock; the receiver need not hear of ours.
    if (this.isJudge || (transfer.direction === 'outgoing' && !wasOffered))
      transfer.untold = 'expire';
  }

  private sendOffers(which: 'offered' | 'prepared'): void {
    for (const { id, amount, condition, expiresAtMs, status, plan } of this.transfers.values()) {
      if (status !== which || plan === undefined) continue;
      this.send({
        kind: 'planned-payment',
        replyTo: this.replyTo('planned-payment', id),
        ledgerId: this.ledgerId,
        transferId: id,
        amount,
        condition,
        expiresAtMs,
        receivedAtMs: this.clock(),
        packet: anIlpPayment(amount),
        sideDataDigest: null,
        plan,
      });
    }
  }

  private tell({ id: transferId, untold, condition }: PeerTransfer): void {
    const { ledgerId } = this;
    if (untold === 'fulfill') {
      this.send({
        kind: 'peer-fulfilled',
        replyTo: this.replyTo('peer-fulfilled', transferId),
        ledgerId,
        transferId,
        fulfillment: preimageOf(condition),
        data: null,
        receivedAtMs: this.clock(),
      });
    } else if (untold !== undefined) {
      this.send({
        kind: 'peer-rejected',
        replyTo: this.replyTo('peer-rejected', transferId),
        ledgerId,
        transferId,
        reason: untold === 'expire' ? TIMED_OUT : NO_THANKS,
        receivedAtMs: this.clock(),
      });
    }
  }

  private taken(transfer: PeerTransfer): void {
    if (transfer.untold === undefined) return;
    if (!this.decides)
      transfer.status = transfer.untold === 'fulfill' ? 'fulfilled' : 'rolled-back';
    delete transfer.untold;
  }

  private notTaken(transfer: PeerTransfer, error: string): void {
    const { untold } = transfer;
    if (error === 'UnreachableError' || untold === undefined) return;
    delete transfer.untold;
    if (error === 'AlreadyRolledBackError') {
      if (this.isJudge) this.faults.push(`${transfer.id} is paid by the word of its authority`);
      if (this.decides) this.disputed.add(transfer.id);
      else transfer.status = 'rolled-back';
    } else if (error === 'AlreadyFulfilledError' && this.authority === 'symmetric') {
      this.disputed.add(transfer.id);
    } else if (error === 'TransferNotFoundError' && untold === 'expire') {
      // What it offered never came to us.
      return;
    } else if (error !== 'NotAcceptedError') {
      this.faults.push(`${transfer.id} ${untold} is answered with ${error}`);
    }
  }

  private answerUnpaid({ id: transferId }: PeerTransfer): void {
    if (this.authority === 'admin') this.faults.push(`${transferId} was fulfilled after its end`);
    if (this.authority === 'symmetric') this.disputed.add(transferId);
    const error = 'AlreadyRolledBackError';
    const receivedAtMs = this.clock();
    const { ledgerId } = this;
    this.send({ kind: 'fulfill-refused', ledgerId, transferId, error, message: '', receivedAtMs });
  }

  private known(id: string, direction: string, what: string): PeerTransfer | undefined {
    const transfer = this.transfers.get(id);
    if (transfer?.direction === direction) return transfer;
    this.faults.push(`${id} got ${what}, and is none of its`);
    return undefined;
  }

  private refuse(transferId: string, error: string): void {
    const { ledgerId } = this;
    const replyTo = this.replyTo('peer-refused', transferId);
    const receivedAtMs = this.clock();
    const what = { error, message: '', receivedAtMs };
    this.send({ kind: 'peer-refused', replyTo, ledgerId, transferId, ...what });
  }

  private confirm(transferId: string, what: 'prepare' | 'fulfill' | 'reject'): void {
    this.send({ kind: 'delivered', ledgerId: this.ledgerId, transferId, what });
  }

  private replyTo(kind: LedgerMessage['kind'], transferId: string) {
    const reference = ++this.reference;
    this.asked.set(reference, { kind, transferId });
    return { gatewayId: `${GATEWAY}-${this.ledgerId}`, reference };
  }
}

function isWaiting({ status }: PeerTransfer): boolean {
  return status === 'prepared' || status === 'offered';
}

/** The answer to its Prepare; what became of the transfer since is not undone by it. */
function hearOffered(transfer: PeerTransfer, error: Answer['error']): void {
  if (!isWaiting(transfer)) return;
  if (error === null) transfer.status = 'prepared';
  else if (error.name === 'AlreadyFulfilledError') transfer.status = 'fulfilled';
  else if (error.name === 'AlreadyRolledBackError') transfer.status = 'rolled-back';
  else if (error.name !== 'UnreachableError') transfer.status = 'refused';
}

const PREIMAGES = new Map<string, Buffer>();

function preimageOf(condition: Buffer): Buffer {
  const key = condition.toString('hex');
  for (let n = PREIMAGES.size; !PREIMAGES.has(key); n += 1) {
    const pair = aPreimage(n);
    PREIMAGES.set(pair.condition.toString('hex'), pair.fulfillment);
  }
  return PREIMAGES.get(key) ?? condition;
}

const NO_THANKS = reasonOf('F99');
const TIMED_OUT = reasonOf('R00');

function reasonOf(code: 'F99' | 'R00'): Buffer {
  return encodeIlp(ilpError({ code, triggeredBy: 'test.x', triggeredAtMs: 0, data: '' }));
}
