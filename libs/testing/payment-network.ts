import {
  decodeEvent,
  encodeEvent,
  evolve,
  isOpen,
  isShadow,
  type LedgerEvent,
  type LedgerId,
  type LedgerOpened,
  type LedgerState,
  ledgerViolations,
  openLedger,
  replayLedger,
  type Transfer,
  type TransferBegun,
  type TransferEnded,
  type TransferId,
  watchThresholds,
} from '#domain/ledger';
import type { Ledgers, Loss, Outcome } from '#domain/payment';
import { conditionOf } from '#protocol';
import type { LoggedEvent } from './memory-ledgers';

/**
 * Ledgers that look over their owner's shoulder: whatever breaks a law of money is written down in
 * `faults`, worked out from the log and not from the sums that the code under test keeps. One owner
 * ends both legs of a payment at once; of several, the one follows the other when it hears of it.
 */
export class PaymentNetwork implements Ledgers {
  readonly log: LoggedEvent[] = [];
  readonly losses: Loss[] = [];
  readonly faults: string[] = [];
  private ledgers = new Map<LedgerId, LedgerState>();
  private readonly lowered = new Set<LedgerId>();

  constructor(private readonly owners: 'one' | 'several' = 'one') {}

  open(id: LedgerId, event: LedgerOpened): void {
    this.ledgers.set(id, openLedger(id, event));
    this.log.push({ ledgerId: id, event });
  }

  find(id: LedgerId): LedgerState | undefined {
    return this.ledgers.get(id);
  }

  owns(): boolean {
    return true;
  }

  mayHaveForgotten(): boolean {
    return false;
  }

  mayHaveMissed(): boolean {
    return false;
  }

  all(): LedgerState[] {
    return [...this.ledgers.values()];
  }

  record(ledger: LedgerState, event: LedgerEvent): void {
    this.happen(ledger, event);
    for (const crossing of watchThresholds(ledger)) this.happen(ledger, crossing);
  }

  /** Takes over what somebody else decided and logged. */
  happen(ledger: LedgerState, event: LedgerEvent): void {
    evolve(ledger, event);
    this.log.push({ ledgerId: ledger.id, event });
    if (event.type === 'LimitsChanged') this.lowered.add(ledger.id);
    if (isBeginning(event)) this.watchLimits(ledger, event.direction);
  }

  eventsOf(id: LedgerId): LedgerEvent[] {
    return this.log.filter((each) => each.ledgerId === id).map(({ event }) => event);
  }

  /** Ends the process and starts another one that knows the log alone, as it is stored. */
  restart(): void {
    const restarted = new Map<LedgerId, LedgerState>();
    for (const id of this.ledgers.keys()) {
      const events = this.eventsOf(id).map((event) => decodeEvent(encodeEvent(event)));
      const ledger = replayLedger(id, events);
      if (ledger !== undefined) restarted.set(id, ledger);
    }
    this.ledgers = restarted;
  }

  /** Holds everything against the laws, after each move. */
  audit(outcome: Outcome): void {
    if (outcome.loss !== undefined) this.losses.push(outcome.loss);
    for (const ledger of this.ledgers.values()) {
      const limits = this.lowered.has(ledger.id) ? 'lowered' : 'kept';
      const violations = ledgerViolations(ledger, { history: 'complete', limits });
      for (const { rule } of violations) this.faults.push(`${ledger.id} ${rule}`);
    }
    this.auditEnds();
    this.auditLegs();
    this.auditMoney();
    this.auditDeliveries(outcome);
  }

  /** Right after a hold, and whatever was lowered before: it must have fitted (SPEC §7.3). */
  private watchLimits(ledger: LedgerState, direction: 'incoming' | 'outgoing'): void {
    const other = direction === 'incoming' ? 'outgoing' : 'incoming';
    const { maxBalance, minBalance } = ledger.limits;
    const limit = direction === 'incoming' ? maxBalance : minBalance === null ? null : -minBalance;
    const used = this.sum(ledger.id, direction, true) - this.sum(ledger.id, other, false);
    if (limit !== null && used > limit)
      this.faults.push(`${ledger.id} ${direction} limit exceeded`);
  }

  /** What was fulfilled in one direction, with or without what is on hold. */
  private sum(id: LedgerId, direction: Transfer['direction'], withHolds: boolean): bigint {
    const events = this.eventsOf(id);
    let sum = 0n;
    for (const event of events) {
      if (!isBeginning(event) || event.direction !== direction) continue;
      const ended = events.find((end) => isEndOf(end, event.transferId));
      const counts = ended === undefined ? withHolds : ended.type === 'TransferFulfilled';
      if (counts) sum += event.amount;
    }
    return sum;
  }

  private auditEnds(): void {
    for (const id of this.ledgers.keys()) {
      const ended = this.eventsOf(id).flatMap((event) => (isEnd(event) ? [event.transferId] : []));
      if (new Set(ended).size !== ended.length) this.faults.push(`${id} ended a transfer twice`);
    }
  }

  private auditLegs(): void {
    for (const ledger of this.ledgers.values()) {
      for (const transfer of ledger.transfers.values()) {
        const fault =
          transfer.direction === 'incoming'
            ? this.incomingFault(ledger, transfer)
            : this.outgoingFault(ledger, transfer);
        if (fault !== undefined) this.faults.push(`${ledger.id} ${transfer.id}: ${fault}`);
      }
    }
  }

  private incomingFault(ledger: LedgerState, incoming: Transfer): string | undefined {
    const causedHere = this.all()
      .flatMap(({ transfers }) => [...transfers.values()])
      .filter(({ cause }) => cause?.ledgerId === ledger.id && cause.transferId === incoming.id);
    if (causedHere.length > 1) return 'was forwarded twice';
    const [outgoing] = causedHere;
    const isWaiting = incoming.status === 'prepared';
    if (isWaiting && this.owners === 'one' && (outgoing === undefined || !isOpen(outgoing)))
      return 'waits for nothing';
    const isTaken = incoming.status === 'fulfilled' || incoming.status === 'submitted';
    return isTaken && outgoing?.status !== 'fulfilled' ? 'was taken without paying' : undefined;
  }

  private outgoingFault(ledger: LedgerState, outgoing: Transfer): string | undefined {
    const source = outgoing.cause && this.ledgers.get(outgoing.cause.ledgerId);
    const incoming = outgoing.cause && source?.transfers.get(outgoing.cause.transferId);
    if (source === undefined || incoming === undefined) return 'has no cause';
    if (!isForwarded(incoming, outgoing)) return 'is not what its plan says';
    const isLost = this.isLost(ledger.id, outgoing.id);
    if (outgoing.status === 'fulfilled') {
      const isAccountedFor = this.owners === 'several' || isTaken(incoming) !== isLost;
      return isAccountedFor ? undefined : 'is paid and not accounted for';
    }
    if (isLost) return 'is reported lost and was not paid';
    if (!isOpen(outgoing) || this.owners === 'several') return undefined;
    if (incoming.status === 'rejected') return 'can be paid after its cause was rejected';
    const ours = !isShadow(ledger) && !isShadow(source);
    return incoming.status === 'expired' && ours
      ? 'can be paid after its cause expired'
      : undefined;
  }

  /** Of several owners: everybody has heard of everything, so every payment has one outcome. */
  auditSettled(): void {
    for (const ledger of this.ledgers.values()) {
      for (const outgoing of ledger.transfers.values()) {
        const { cause } = outgoing;
        const incoming = cause && this.ledgers.get(cause.ledgerId)?.transfers.get(cause.transferId);
        if (incoming === undefined) continue;
        const fault = this.unsettledFault(ledger.id, outgoing, incoming);
        if (fault !== undefined) this.faults.push(`${ledger.id} ${outgoing.id}: ${fault}`);
      }
    }
  }

  private unsettledFault(id: LedgerId, outgoing: Transfer, incoming: Transfer): string | undefined {
    if (isOpen(outgoing)) return `is still ${outgoing.status}`;
    if (isOpen(incoming)) return `has ended, its cause is still ${incoming.status}`;
    const isPaid = outgoing.status === 'fulfilled';
    if (isPaid === isTaken(incoming)) return undefined;
    return this.isLost(id, outgoing.id) ? undefined : 'ended otherwise than its cause';
  }

  private isLost(ledgerId: LedgerId, transferId: TransferId): boolean {
    return this.losses.some((one) => one.ledgerId === ledgerId && one.transferId === transferId);
  }

  /**
   * What we gained is what payments brought in, less what they sent out; what was lost or is yet to
   * be taken was not brought in.
   */
  private auditMoney(): void {
    let gained = 0n;
    let expected = 0n;
    for (const { sums, transfers } of this.ledgers.values()) {
      gained += sums.incomingFulfilled - sums.outgoingFulfilled;
      for (const { status, cause, amount } of transfers.values()) {
        if (status !== 'fulfilled' || cause === undefined) continue;
        const incoming = this.ledgers.get(cause.ledgerId)?.transfers.get(cause.transferId);
        expected += (incoming?.status === 'fulfilled' ? cause.amount : 0n) - amount;
      }
    }
    if (gained !== expected) this.faults.push(`gained ${gained}, not ${expected}`);
  }

  private auditDeliveries({ deliveries }: Outcome): void {
    for (const delivery of deliveries) {
      const transfer = this.ledgers.get(delivery.ledgerId)?.transfers.get(delivery.transferId);
      const isTrue =
        (delivery.kind === 'prepare' && transfer !== undefined && isOpen(transfer)) ||
        (delivery.kind === 'fulfill' &&
          transfer !== undefined &&
          isTaken(transfer) &&
          conditionOf(delivery.fulfillment).equals(transfer.condition)) ||
        (delivery.kind === 'reject' && transfer?.reason?.equals(delivery.reason) === true);
      if (!isTrue)
        this.faults.push(`${delivery.ledgerId} is told what is not so: ${delivery.kind}`);
    }
  }
}

function isBeginning(event: LedgerEvent): event is TransferBegun {
  return event.type === 'TransferPrepared' || event.type === 'TransferProposed';
}

function isEnd(event: LedgerEvent): event is TransferEnded {
  return (
    event.type === 'TransferFulfilled' ||
    event.type === 'TransferRejected' ||
    event.type === 'TransferExpired'
  );
}

function isEndOf(event: LedgerEvent, transferId: TransferId): boolean {
  return isEnd(event) && event.transferId === transferId;
}

function isTaken({ status }: Transfer): boolean {
  return status === 'fulfilled' || status === 'submitted';
}

function isForwarded(incoming: Transfer, outgoing: Transfer): boolean {
  const { plan } = incoming;
  return (
    plan?.kind === 'forward' &&
    plan.transferId === outgoing.id &&
    plan.amount === outgoing.amount &&
    plan.expiresAtMs === outgoing.expiresAtMs &&
    outgoing.expiresAtMs <= incoming.expiresAtMs &&
    outgoing.cause?.amount === incoming.amount &&
    outgoing.condition.equals(incoming.condition) &&
    outgoing.packet.equals(incoming.packet)
  );
}
