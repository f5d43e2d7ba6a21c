import {
  decodeEvent,
  encodeEvent,
  evolve,
  type LedgerEvent,
  type LedgerId,
  type LedgerOpened,
  type LedgerState,
  ledgerViolations,
  openLedger,
  replayLedger,
  type Transfer,
} from '#domain/ledger';
import type { Ledgers, Loss, Outcome } from '#domain/payment';
import { conditionOf } from '#protocol';
import type { LoggedEvent } from './memory-ledgers';

/**
 * Ledgers of one owner that look over its shoulder: whatever breaks a law of money is written down
 * in `faults`, worked out from the log and not from the sums that the code under test keeps.
 */
export class PaymentNetwork implements Ledgers {
  readonly log: LoggedEvent[] = [];
  readonly losses: Loss[] = [];
  readonly faults: string[] = [];
  private ledgers = new Map<LedgerId, LedgerState>();
  private readonly lowered = new Set<LedgerId>();

  open(id: LedgerId, event: LedgerOpened): void {
    this.ledgers.set(id, openLedger(id, event));
    this.log.push({ ledgerId: id, event });
  }

  find(id: LedgerId): LedgerState | undefined {
    return this.ledgers.get(id);
  }

  all(): LedgerState[] {
    return [...this.ledgers.values()];
  }

  record(ledger: LedgerState, event: LedgerEvent): void {
    evolve(ledger, event);
    this.log.push({ ledgerId: ledger.id, event });
    if (event.type === 'LimitsChanged') this.lowered.add(ledger.id);
    if (event.type === 'TransferPrepared') this.watchLimits(ledger, event.direction);
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
      if (event.type !== 'TransferPrepared' || event.direction !== direction) continue;
      const ended = events.find((end) => isEndOf(end, event.transferId));
      const counts = ended === undefined ? withHolds : ended.type === 'TransferFulfilled';
      if (counts) sum += event.amount;
    }
    return sum;
  }

  private auditEnds(): void {
    for (const id of this.ledgers.keys()) {
      const ended = this.eventsOf(id).flatMap((event) =>
        'transferId' in event && event.type !== 'TransferPrepared' ? [event.transferId] : [],
      );
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
    if (incoming.status === 'prepared' && outgoing?.status !== 'prepared')
      return 'waits for nothing';
    if (incoming.status === 'fulfilled' && outgoing?.status !== 'fulfilled') {
      return 'was taken without paying';
    }
    return undefined;
  }

  private outgoingFault(ledger: LedgerState, outgoing: Transfer): string | undefined {
    const source = outgoing.cause && this.ledgers.get(outgoing.cause.ledgerId);
    const incoming = outgoing.cause && source?.transfers.get(outgoing.cause.transferId);
    if (source === undefined || incoming === undefined) return 'has no cause';
    if (!isForwarded(incoming, outgoing)) return 'is not what its plan says';
    const isLost = this.losses.some(
      (loss) => loss.ledgerId === ledger.id && loss.transferId === outgoing.id,
    );
    if (outgoing.status === 'fulfilled') {
      return (incoming.status === 'fulfilled') === isLost
        ? 'is paid and not accounted for'
        : undefined;
    }
    if (isLost) return 'is reported lost and was not paid';
    const isOpen = outgoing.status === 'prepared';
    if (isOpen && incoming.status === 'rejected') return 'can be paid after its cause was rejected';
    const ours = ledger.authority === 'admin' && source.authority === 'admin';
    if (isOpen && incoming.status === 'expired' && ours)
      return 'can be paid after its cause expired';
    return undefined;
  }

  /** What we gained is what payments brought in, less what they sent out, less what was lost. */
  private auditMoney(): void {
    let gained = 0n;
    let expected = 0n;
    for (const { sums, transfers } of this.ledgers.values()) {
      gained += sums.incomingFulfilled - sums.outgoingFulfilled;
      for (const { status, cause, amount } of transfers.values()) {
        if (status === 'fulfilled' && cause !== undefined) expected += cause.amount - amount;
      }
    }
    for (const loss of this.losses) {
      const cause = this.ledgers.get(loss.ledgerId)?.transfers.get(loss.transferId)?.cause;
      expected -= cause?.amount ?? 0n;
    }
    if (gained !== expected) this.faults.push(`gained ${gained}, not ${expected}`);
  }

  private auditDeliveries({ deliveries }: Outcome): void {
    for (const delivery of deliveries) {
      const transfer = this.ledgers.get(delivery.ledgerId)?.transfers.get(delivery.transferId);
      const isTrue =
        (delivery.kind === 'prepare' && transfer?.status === 'prepared') ||
        (delivery.kind === 'fulfill' &&
          transfer?.status === 'fulfilled' &&
          conditionOf(delivery.fulfillment).equals(transfer.condition)) ||
        (delivery.kind === 'reject' && transfer?.reason?.equals(delivery.reason) === true);
      if (!isTrue)
        this.faults.push(`${delivery.ledgerId} is told what is not so: ${delivery.kind}`);
    }
  }
}

function isEndOf(event: LedgerEvent, transferId: string): boolean {
  return (
    'transferId' in event && event.type !== 'TransferPrepared' && event.transferId === transferId
  );
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
