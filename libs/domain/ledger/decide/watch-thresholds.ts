import type { ChangeThresholds } from '../commands';
import type {
  SettlementRequested,
  ThresholdCrossed,
  Thresholds,
  ThresholdsChanged,
} from '../events';
import { sumBound } from '../headroom';
import type { OrderRefusal } from '../refusals';
import { balanceOf, type LedgerState } from '../state';
import { type Decision, REPEATED } from './decision';
import { textRefusal } from './order-text';

/** What most balances mean. */
const NOTHING: readonly never[] = [];

/**
 * Sets at which balances somebody has to be told.
 *
 * Refuses, in this order: InvalidText, InvalidThresholds (one beyond ±MAX_SUM, then low not below
 * high, then settleTo not between them), LedgerClosed.
 */
export function decideChangeThresholds(
  ledger: LedgerState,
  { thresholds, by }: ChangeThresholds,
): Decision<ThresholdsChanged, OrderRefusal> {
  const refusal = textRefusal('by', by) ?? thresholdsRefusal(thresholds);
  if (refusal !== undefined) return { refusal };
  if (ledger.standing === 'closed') {
    return { refusal: { kind: 'LedgerClosed', ledgerId: ledger.id } };
  }
  const { low, high, settleTo } = thresholds;
  const now = ledger.thresholds;
  if (now.low === low && now.high === high && now.settleTo === settleTo) return REPEATED;
  return { event: { type: 'ThresholdsChanged', thresholds: { low, high, settleTo }, by } };
}

function thresholdsRefusal(thresholds: Thresholds): OrderRefusal | undefined {
  for (const field of ['low', 'high', 'settleTo'] as const) {
    const value = thresholds[field];
    const bound = value === null ? null : sumBound(value);
    if (value === null || bound === null) continue;
    return { kind: 'InvalidThresholds', field, rule: 'out-of-range', value, bound };
  }
  return misfit(thresholds);
}

function misfit({ low, high, settleTo }: Thresholds): OrderRefusal | undefined {
  if (low !== null && high !== null && low >= high) {
    const rule = 'must-be-below-high';
    return { kind: 'InvalidThresholds', field: 'low', rule, value: low, bound: high };
  }
  if (settleTo === null) return undefined;
  const bound = reachedBy(settleTo, low, high);
  if (bound === null) return undefined;
  const rule = 'must-lie-between';
  return { kind: 'InvalidThresholds', field: 'settleTo', rule, value: settleTo, bound };
}

/** The threshold that a balance reaches, or null. */
function reachedBy(balance: bigint, low: bigint | null, high: bigint | null): bigint | null {
  if (low !== null && balance <= low) return low;
  return high !== null && balance >= high ? high : null;
}

/**
 * What the balance as it is now means for the thresholds as they are now: reached or left, and a
 * settlement asked for where one is reached. To be asked after every event that moves the balance
 * or the thresholds; asking again says nothing new. A threshold that is moved while the balance is
 * beyond it, and stays beyond it, was reached before and is not reached again.
 */
export function watchThresholds(
  ledger: LedgerState,
): readonly (ThresholdCrossed | SettlementRequested)[] {
  const { low, high } = ledger.thresholds;
  const { beyond } = ledger;
  if (low === null && high === null && !beyond.low && !beyond.high) return NOTHING;
  const balance = balanceOf(ledger.sums);
  const isLow = low !== null && balance <= low;
  const isHigh = high !== null && balance >= high;
  if ((isLow === beyond.low && isHigh === beyond.high) || ledger.standing === 'closed') {
    return NOTHING;
  }
  // What is left is said first, so that nobody ever hears of being beyond both.
  const events: (ThresholdCrossed | SettlementRequested)[] = [];
  if (beyond.low && !isLow) events.push(crossed(ledger, 'low', 'left'));
  if (beyond.high && !isHigh) events.push(crossed(ledger, 'high', 'left'));
  if (isLow && !beyond.low)
    events.push(crossed(ledger, 'low', 'reached'), ...requested(ledger, 'pay'));
  if (isHigh && !beyond.high)
    events.push(crossed(ledger, 'high', 'reached'), ...requested(ledger, 'collect'));
  return events;
}

function crossed(
  { thresholds, sums }: LedgerState,
  threshold: 'low' | 'high',
  change: 'reached' | 'left',
): ThresholdCrossed {
  const balance = balanceOf(sums);
  // A threshold that was taken away is left at the balance that there is.
  const limit = thresholds[threshold] ?? balance;
  return { type: 'ThresholdCrossed', threshold, change, limit, balance };
}

/** What would bring the balance to `settleTo`, if a settlement is wanted at all. */
function requested(
  { thresholds: { settleTo }, sums }: LedgerState,
  direction: 'pay' | 'collect',
): SettlementRequested[] {
  if (settleTo === null) return [];
  const balance = balanceOf(sums);
  const amount = direction === 'pay' ? settleTo - balance : balance - settleTo;
  return [{ type: 'SettlementRequested', direction, amount, balance }];
}
