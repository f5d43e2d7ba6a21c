import type { HotPlan } from '#contracts';
import { ledgerId, type PaymentPlan, transferId } from '#domain/ledger';

/** A router's plan as the core has it. */
export function planOf(plan: HotPlan): PaymentPlan {
  if (plan.kind === 'refuse') return plan;
  return {
    ...plan,
    ledgerId: ledgerId(plan.ledgerId),
    transferId: transferId(plan.transferId),
  };
}
