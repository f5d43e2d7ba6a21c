import type { Authority, Limits, Standing, Thresholds } from '#domain/ledger';
import {
  type EndMove,
  type LedgerMove,
  MOVE_GRACE_MS,
  type PrepareMove,
  type TermsMove,
} from './ledger-moves';

interface ExpectedTransfer {
  readonly call: PrepareMove;
  state: 'proposed' | 'prepared' | 'submitted' | 'fulfilled' | 'rolled back';
  /** Number of the preimage that was shown; null = none. */
  shown: number | null;
}

interface ExpectedSettlement {
  readonly what: string;
  readonly worth: bigint;
  readonly isReversal: boolean;
  isReversed: boolean;
}

type Move<Name extends LedgerMove['move']> = Extract<LedgerMove, { move: Name }>;

/**
 * What the tables of SPEC §5.7 and §13.7, the inequalities of §7.3 and the modes of §7.2 and §7.5
 * say of a ledger, kept as naively as they are written: no sum is carried on, everything is
 * counted anew. `hear` answers each move with the kind of refusal, `repeated`, `nothing`, or the
 * types of the events, joined by `+`.
 */
export class LedgerExpectation {
  private readonly transfers = new Map<number, ExpectedTransfer>();
  private readonly settlements = new Map<number, ExpectedSettlement>();
  private standing: Standing = 'open';
  private adopted = 0n;
  /** How far theirs lies above ours; null = they agree. */
  private distance: bigint | null = null;
  private agreed: bigint | null = null;
  private readonly disputed = new Set<number>();
  private thresholds: Thresholds = { low: null, high: null, settleTo: null };
  private beyond = '';

  constructor(
    private readonly authority: Authority,
    private limits: Limits,
  ) {}

  hear(move: LedgerMove): string {
    switch (move.move) {
      case 'prepare':
        return this.prepare(move);
      case 'fulfill':
        return this.fulfill(move);
      case 'reject':
        return this.reject(move);
      case 'expire':
        return this.expire(move);
      case 'accept':
        return this.accept(move.id);
      case 'confirm':
        return this.confirm(move.id);
      case 'dispute':
        return this.dispute(move.id);
      default:
        return this.hearTerms(move);
    }
  }

  private hearTerms(move: TermsMove): string {
    switch (move.move) {
      case 'compare':
        return this.compare(move);
      case 'reconcile':
        return this.reconcile(move.read);
      case 'standing':
        return this.stand(move);
      case 'limits':
        return this.limit(move.limits);
      case 'thresholds':
        return this.threshold(move.thresholds);
      case 'settle':
        return this.settle(move);
      case 'reverse':
        return this.reverse(move);
    }
  }

  get balance(): bigint {
    const paid = this.sum(true, 'fulfilled') - this.sum(false, 'fulfilled');
    const worths = [...this.settlements.values()].map((each) =>
      each.isReversed ? 0n : each.worth,
    );
    return worths.reduce((total, worth) => total + worth, paid + this.adopted);
  }

  /** What the thresholds say since they were last asked. */
  watch(): string {
    const { low, high, settleTo } = this.thresholds;
    const isLow = low !== null && this.balance <= low;
    const isHigh = high !== null && this.balance >= high;
    const now = isLow ? 'low' : isHigh ? 'high' : '';
    const before = this.beyond;
    this.beyond = now;
    if (now === before) return '';
    const left = before === '' ? [] : [`${before} left`];
    const reached = now === '' ? [] : [`${now} reached`];
    const wanted = now === '' || settleTo === null ? [] : [isLow ? 'pay' : 'collect'];
    return [...left, ...reached, ...wanted].join(', ');
  }

  private get isShadow(): boolean {
    return this.authority === 'shadow' || this.authority === 'validated';
  }

  private sum(isIncoming: boolean, ...states: string[]): bigint {
    return [...this.transfers.values()]
      .filter((each) => each.call.isIncoming === isIncoming && states.includes(each.state))
      .reduce((total, each) => total + each.call.amount, 0n);
  }

  private held(isIncoming: boolean): bigint {
    return this.sum(isIncoming, 'proposed', 'prepared', 'submitted');
  }

  private prepare(call: PrepareMove): string {
    if (call.amount < 1n) return 'AmountOutOfRange';
    const known = this.transfers.get(call.id);
    if (known !== undefined) {
      if (textOf(call) !== textOf(known.call)) return 'DuplicateId';
      if (known.state === 'fulfilled') return 'AlreadyFulfilled';
      return known.state === 'rolled back' ? 'AlreadyRolledBack' : 'repeated';
    }
    if (this.standing !== 'open') return 'LedgerNotOpen';
    const { maxBalance, minBalance } = this.limits;
    const after = call.isIncoming
      ? this.balance + this.held(true) + call.amount
      : this.balance - this.held(false) - call.amount;
    if (call.isIncoming && maxBalance !== null && after > maxBalance) return 'InsufficientBalance';
    if (!call.isIncoming && minBalance !== null && after < minBalance) return 'InsufficientBalance';
    const isProposal = this.isShadow && !call.isIncoming;
    const state = isProposal ? 'proposed' : 'prepared';
    this.transfers.set(call.id, { call, state, shown: null });
    return isProposal ? 'TransferProposed' : 'TransferPrepared';
  }

  private fulfill(call: EndMove): string {
    const transfer = this.transfers.get(call.id);
    if (transfer === undefined) return 'TransferNotFound';
    if ((call.by === 'self') !== transfer.call.isIncoming) return 'WrongDirection';
    if (transfer.shown !== null) {
      return call.preimage === transfer.shown ? 'repeated' : 'InvalidFulfillment';
    }
    const theirClock = this.isShadow && call.by === 'peer';
    const isLate = call.atMs >= transfer.call.holdMs && !theirClock;
    if (transfer.state === 'rolled back' || isLate) return 'AlreadyRolledBack';
    if (call.preimage !== transfer.call.content) return 'InvalidFulfillment';
    transfer.shown = call.preimage;
    const isProvisional = this.isShadow && call.by === 'self';
    transfer.state = isProvisional ? 'submitted' : 'fulfilled';
    return isProvisional ? 'FulfillmentSubmitted' : 'TransferFulfilled';
  }

  private reject(call: EndMove): string {
    const transfer = this.transfers.get(call.id);
    if (transfer === undefined) return 'TransferNotFound';
    const isReceiver = (call.by === 'self') === transfer.call.isIncoming;
    const isOver = call.by === 'peer' && call.atMs >= transfer.call.holdMs;
    const isVerdict = call.by === 'peer' && this.isShadow && call.saysTimedOut;
    if (!isReceiver && !isOver && !isVerdict) return 'WrongDirection';
    if (transfer.state === 'rolled back') return 'repeated';
    if (transfer.state === 'fulfilled') return 'AlreadyFulfilled';
    if (transfer.state === 'submitted' && call.by === 'self') return 'AlreadyFulfilled';
    transfer.state = 'rolled back';
    transfer.shown = null;
    return isReceiver && !isVerdict ? 'TransferRejected' : 'TransferExpired';
  }

  private expire(call: Move<'expire'>): string {
    const transfer = this.transfers.get(call.id);
    if (transfer === undefined) return 'TransferNotFound';
    if (transfer.state === 'fulfilled') return 'AlreadyFulfilled';
    if (transfer.state === 'rolled back') return 'repeated';
    if (transfer.state === 'submitted') return 'AwaitsAuthority';
    const dueMs = transfer.call.holdMs + (this.isShadow ? MOVE_GRACE_MS : 0);
    if (call.atMs < dueMs) return 'NotYetExpired';
    transfer.state = 'rolled back';
    return 'TransferExpired';
  }

  private accept(id: number): string {
    const transfer = this.transfers.get(id);
    if (transfer === undefined) return 'TransferNotFound';
    if (transfer.state !== 'proposed') return 'repeated';
    transfer.state = 'prepared';
    return 'ProposalAccepted';
  }

  private confirm(id: number): string {
    const transfer = this.transfers.get(id);
    if (transfer === undefined) return 'TransferNotFound';
    if (transfer.state === 'fulfilled') return 'repeated';
    if (transfer.state !== 'submitted') return 'NothingToConfirm';
    transfer.state = 'fulfilled';
    return 'TransferFulfilled';
  }

  private dispute(id: number): string {
    const transfer = this.transfers.get(id);
    if (this.authority !== 'symmetric' || this.standing === 'closed') return 'nothing';
    if (transfer === undefined || this.disputed.has(id)) return 'nothing';
    if (transfer.state !== 'fulfilled' && transfer.state !== 'rolled back') return 'nothing';
    const worth = transfer.call.isIncoming ? transfer.call.amount : -transfer.call.amount;
    const gain = transfer.state === 'fulfilled' ? -worth : worth;
    this.distance = (this.distance ?? 0n) + gain;
    this.disputed.add(id);
    return 'LedgerDisputed';
  }

  private compare({ drift, below, above, adopts }: Move<'compare'>): string {
    if (this.authority === 'admin' || this.standing === 'closed') return 'nothing';
    const isQuiet = below === 0n && above === 0n;
    const unexplained = drift < -below ? drift + below : drift > above ? drift - above : 0n;
    if (unexplained === 0n) return isQuiet ? this.agree() : 'nothing';
    const { distance } = this;
    const isKnown = distance !== null && drift - distance >= -below && drift - distance <= above;
    if (!isKnown) this.distance = unexplained;
    if (!this.isShadow) return isKnown ? 'nothing' : 'LedgerDisputed';
    const diverged = isKnown ? [] : ['ShadowDiverged'];
    const reconciled = adopts && isQuiet ? ['ShadowReconciled'] : [];
    if (reconciled.length > 0) this.adopt(unexplained);
    return [...diverged, ...reconciled].join('+') || 'nothing';
  }

  private agree(): string {
    if (this.distance !== null) {
      this.adopt(0n);
      return this.isShadow ? 'ShadowReconciled' : 'DisputeResolved';
    }
    if (this.agreed === this.balance) return 'nothing';
    this.agreed = this.balance;
    return 'BalanceCompared';
  }

  private adopt(distance: bigint): void {
    this.adopted += distance;
    this.distance = null;
    this.disputed.clear();
    this.agreed = this.balance;
  }

  private reconcile(read: Move<'reconcile'>['read']): string {
    if (this.standing === 'closed') return 'LedgerClosed';
    if (this.distance === null) return 'NothingToReconcile';
    if (read === 'other') return 'BalanceMoved';
    this.adopt(this.distance);
    return this.isShadow ? 'ShadowReconciled' : 'DisputeResolved';
  }

  private stand({ to, isAcknowledged }: Move<'standing'>): string {
    if (this.standing === to) return 'repeated';
    if (this.standing === 'closed') return 'LedgerClosed';
    if (to === 'closed') {
      if (this.held(true) + this.held(false) > 0n) return 'TransfersOpen';
      if (!isAcknowledged && this.balance !== 0n) return 'BalanceNotAcknowledged';
    }
    this.standing = to;
    const events = { open: 'Resumed', paused: 'Paused', draining: 'Draining', closed: 'Closed' };
    return `Ledger${events[to]}`;
  }

  private limit(limits: Limits): string {
    const { maxBalance, minBalance } = limits;
    if (maxBalance !== null && minBalance !== null && maxBalance < minBalance) {
      return 'InvalidLimits';
    }
    if (this.standing === 'closed') return 'LedgerClosed';
    if (textOf(limits) === textOf(this.limits)) return 'repeated';
    this.limits = limits;
    return 'LimitsChanged';
  }

  private threshold(thresholds: Thresholds): string {
    const { low, high, settleTo } = thresholds;
    const order = [low, settleTo, high].filter((each) => each !== null);
    if (order.some((each, at) => at > 0 && each <= (order[at - 1] ?? each - 1n))) {
      return 'InvalidThresholds';
    }
    if (this.standing === 'closed') return 'LedgerClosed';
    if (textOf(thresholds) === textOf(this.thresholds)) return 'repeated';
    this.thresholds = thresholds;
    return 'ThresholdsChanged';
  }

  private settle({ reference, direction, amount }: Move<'settle'>): string {
    if (amount < 1n) return 'AmountOutOfRange';
    const what = `${direction} ${amount}`;
    const known = this.settlements.get(reference);
    if (known !== undefined) return known.what === what ? 'repeated' : 'ReferenceInUse';
    if (this.standing === 'closed') return 'LedgerClosed';
    const worth = direction === 'paid' ? amount : -amount;
    this.settlements.set(reference, { what, worth, isReversal: false, isReversed: false });
    return 'SettlementRecorded';
  }

  private reverse({ reference, reverses }: Move<'reverse'>): string {
    const what = `reverses ${reverses}`;
    const known = this.settlements.get(reference);
    if (known !== undefined) return known.what === what ? 'repeated' : 'ReferenceInUse';
    const settlement = this.settlements.get(reverses);
    if (settlement === undefined || settlement.isReversal) return 'SettlementNotFound';
    if (settlement.isReversed) return 'AlreadyReversed';
    if (this.standing === 'closed') return 'LedgerClosed';
    settlement.isReversed = true;
    this.settlements.set(reference, { what, worth: 0n, isReversal: true, isReversed: false });
    return 'SettlementReversed';
  }
}

function textOf(value: object): string {
  return JSON.stringify(Object.entries(value).map(([name, member]) => [name, String(member)]));
}
