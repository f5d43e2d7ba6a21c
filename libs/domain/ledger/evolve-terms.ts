import {
  BY_CONFIGURATION,
  type DisputeResolved,
  type LedgerDisputed,
  type LedgerEvent,
  type SettlementRecorded,
  type SettlementReversed,
  type ShadowDiverged,
  type ShadowReconciled,
  type TermsEvent,
  type ThresholdCrossed,
} from './events';
import { LedgerInvariantError } from './ledger-invariant-error';
import { balanceOf, isOpen, isShadow, type LedgerState, type Standing, type Sums } from './state';

/**
 * The half of evolve that is not about one transfer.
 * @throws LedgerInvariantError if the event cannot follow upon the state
 */
export function evolveTerms(ledger: LedgerState, event: TermsEvent): void {
  switch (event.type) {
    case 'LimitsChanged':
      ledger.limits = event.limits;
      if (event.by === BY_CONFIGURATION) ledger.configuredLimits = event.limits;
      return;
    case 'LedgerPaused':
      stand(ledger, 'paused');
      return;
    case 'LedgerResumed':
      stand(ledger, 'open');
      return;
    case 'LedgerDraining':
      stand(ledger, 'draining');
      return;
    case 'LedgerClosed':
      close(ledger, event.balance);
      return;
    case 'ThresholdsChanged':
      ledger.thresholds = event.thresholds;
      return;
    case 'ThresholdCrossed':
      cross(ledger, event);
      return;
    case 'SettlementRequested':
      return;
    case 'SettlementRecorded':
      settle(ledger, event);
      return;
    case 'SettlementReversed':
      unsettle(ledger, event);
      return;
    case 'BalanceCompared':
      requireAuthority(ledger, event.type, ledger.authority !== 'admin');
      ledger.agreedBalance = event.theirs;
      return;
    case 'LedgerDisputed':
    case 'ShadowDiverged':
      differ(ledger, event);
      return;
    case 'DisputeResolved':
    case 'ShadowReconciled':
      agree(ledger, event);
  }
}

/** @throws LedgerInvariantError if whoever decides on this ledger has no use for such an event */
export function requireAuthority(
  ledger: LedgerState,
  type: LedgerEvent['type'],
  fits: boolean,
): void {
  if (!fits) throw new LedgerInvariantError('fits-authority', ledger.id, type);
}

function stand(ledger: LedgerState, to: Standing): void {
  if (ledger.standing === to) throw new LedgerInvariantError('standing-changes', ledger.id, to);
  ledger.standing = to;
}

function close(ledger: LedgerState, balance: bigint): void {
  for (const transfer of ledger.transfers.values()) {
    if (isOpen(transfer)) throw new LedgerInvariantError('closed-is-empty', ledger.id, transfer.id);
  }
  if (balanceOf(ledger.sums) !== balance) {
    throw new LedgerInvariantError('closed-at-balance', ledger.id, String(balance));
  }
  stand(ledger, 'closed');
}

function cross(ledger: LedgerState, { threshold, change }: ThresholdCrossed): void {
  const isReached = change === 'reached';
  if (ledger.beyond[threshold] === isReached) {
    throw new LedgerInvariantError('crossed-in-turn', ledger.id, `${threshold} ${change}`);
  }
  ledger.beyond[threshold] = isReached;
}

function differ(ledger: LedgerState, event: LedgerDisputed | ShadowDiverged): void {
  const isDispute = event.type === 'LedgerDisputed';
  requireAuthority(ledger, event.type, isDispute ? isTogether(ledger) : isShadow(ledger));
  ledger.difference = { ours: event.ours, theirs: event.theirs };
  if (isDispute && event.about !== null) ledger.disputed.add(event.about);
}

function agree(ledger: LedgerState, event: DisputeResolved | ShadowReconciled): void {
  const isDispute = event.type === 'DisputeResolved';
  requireAuthority(ledger, event.type, isDispute ? isTogether(ledger) : isShadow(ledger));
  if (ledger.difference === null) {
    throw new LedgerInvariantError('differed-before-agreed', ledger.id, event.type);
  }
  if (event.how === 'adopted') ledger.sums.adjusted += event.theirs - event.ours;
  ledger.difference = null;
  ledger.disputed.clear();
  ledger.agreedBalance = event.theirs;
}

function isTogether({ authority }: LedgerState): boolean {
  return authority === 'symmetric';
}

function settle(ledger: LedgerState, event: SettlementRecorded): void {
  const { reference, direction, amount } = event;
  requireNew(ledger, reference);
  ledger.settlements.set(reference, { kind: 'settlement', direction, amount, reversedBy: null });
  ledger.sums[SETTLED[direction]] += amount;
}

function unsettle(ledger: LedgerState, event: SettlementReversed): void {
  const { reference, reverses, direction, amount } = event;
  const settlement = ledger.settlements.get(reverses);
  if (settlement?.kind !== 'settlement' || settlement.reversedBy !== null) {
    throw new LedgerInvariantError('reversed-once', ledger.id, reverses);
  }
  if (settlement.direction !== direction || settlement.amount !== amount) {
    throw new LedgerInvariantError('reversed-as-recorded', ledger.id, reverses);
  }
  requireNew(ledger, reference);
  settlement.reversedBy = reference;
  ledger.settlements.set(reference, { kind: 'reversal', reverses });
  ledger.sums[SETTLED[direction]] -= amount;
}

const SETTLED = { paid: 'settledPaid', received: 'settledReceived' } as const satisfies Record<
  SettlementRecorded['direction'],
  keyof Sums
>;

function requireNew(ledger: LedgerState, reference: string): void {
  if (!ledger.settlements.has(reference)) return;
  throw new LedgerInvariantError('settled-once', ledger.id, reference);
}
