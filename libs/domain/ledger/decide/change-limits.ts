import type { ChangeLimits } from '../commands';
import type { Limits, LimitsChanged } from '../events';
import type { LimitsRefusal } from '../refusals';
import type { LedgerState } from '../state';
import { type Decision, REPEATED } from './decision';

/**
 * Sets both limits. Lowering them below what is in use is allowed and only blocks new transfers
 * (SPEC §7.3). A maxBalance below zero is allowed too: the peer then pays in advance.
 *
 * Refuses InvalidLimits: minBalance above zero, then maxBalance below minBalance.
 */
export function decideChangeLimits(
  ledger: LedgerState,
  command: Pick<ChangeLimits, 'limits'>,
): Decision<LimitsChanged, LimitsRefusal> {
  const { maxBalance, minBalance } = command.limits;
  const refusal = limitsRefusal(command.limits);
  if (refusal !== undefined) return { refusal };
  const { limits } = ledger;
  if (limits.maxBalance === maxBalance && limits.minBalance === minBalance) return REPEATED;
  return { event: { type: 'LimitsChanged', limits: { maxBalance, minBalance } } };
}

/** What is wrong with the limits themselves, or undefined. */
export function limitsRefusal({ maxBalance, minBalance }: Limits): LimitsRefusal | undefined {
  if (minBalance === null) return undefined;
  if (minBalance > 0n) {
    const rule = 'must-not-be-positive';
    return { kind: 'InvalidLimits', field: 'minBalance', rule, value: minBalance, bound: 0n };
  }
  if (maxBalance === null || maxBalance >= minBalance) return undefined;
  const rule = 'must-not-be-below-min-balance';
  return { kind: 'InvalidLimits', field: 'maxBalance', rule, value: maxBalance, bound: minBalance };
}
