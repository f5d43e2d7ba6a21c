import type { ChangeLimits } from '../commands';
import type { Limits, LimitsChanged } from '../events';
import { sumBound } from '../headroom';
import type { LimitsRefusal, OrderRefusal } from '../refusals';
import type { LedgerState } from '../state';
import { type Decision, REPEATED } from './decision';
import { textRefusal } from './order-text';

/**
 * An operator sets both limits. Lowering them below what is in use is allowed and only blocks new
 * transfers (SPEC §7.3). A maxBalance below zero is allowed too: the peer then pays in advance.
 *
 * Refuses, in this order: InvalidText, InvalidLimits (either beyond ±MAX_SUM, then minBalance above
 * zero, then maxBalance below minBalance), LedgerClosed.
 */
export function decideChangeLimits(
  ledger: LedgerState,
  { limits, by }: ChangeLimits,
): Decision<LimitsChanged, OrderRefusal> {
  const refusal = textRefusal('by', by) ?? limitsRefusal(limits);
  if (refusal !== undefined) return { refusal };
  if (ledger.standing === 'closed') {
    return { refusal: { kind: 'LedgerClosed', ledgerId: ledger.id } };
  }
  if (isSameLimits(ledger.limits, limits)) return REPEATED;
  const { maxBalance, minBalance } = limits;
  return { event: { type: 'LimitsChanged', limits: { maxBalance, minBalance }, by } };
}

export function isSameLimits(one: Limits, other: Limits): boolean {
  return one.maxBalance === other.maxBalance && one.minBalance === other.minBalance;
}

/** What is wrong with the limits themselves, or undefined. */
export function limitsRefusal(limits: Limits): LimitsRefusal | undefined {
  return (
    limitOutOfRange(limits, 'maxBalance') ?? limitOutOfRange(limits, 'minBalance') ?? misfit(limits)
  );
}

/** No sum gets there, so such a limit is a slip; and there is an end to what the log can hold. */
function limitOutOfRange(limits: Limits, field: keyof Limits): LimitsRefusal | undefined {
  const value = limits[field];
  const bound = value === null ? null : sumBound(value);
  if (value === null || bound === null) return undefined;
  return { kind: 'InvalidLimits', field, rule: 'out-of-range', value, bound };
}

function misfit({ maxBalance, minBalance }: Limits): LimitsRefusal | undefined {
  if (minBalance === null) return undefined;
  if (minBalance > 0n) {
    const rule = 'must-not-be-positive';
    return { kind: 'InvalidLimits', field: 'minBalance', rule, value: minBalance, bound: 0n };
  }
  if (maxBalance === null || maxBalance >= minBalance) return undefined;
  const rule = 'must-not-be-below-min-balance';
  return { kind: 'InvalidLimits', field: 'maxBalance', rule, value: maxBalance, bound: minBalance };
}
