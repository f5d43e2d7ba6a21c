import type { ForwardPlan, LedgerId } from '#domain/ledger';
import type { PaymentFault } from './ilp-rejection';

/** The incoming transfer and the moment that a plan is held against. */
export interface PlanBounds {
  readonly sourceId: LedgerId;
  readonly nowMs: number;
  /** Expiry of the incoming transfer, where it is known. */
  readonly limitMs?: number;
}

/** What is wrong with a plan, whoever made it: the core does not lose money to a router's mistake. */
export function planFault(
  plan: Pick<ForwardPlan, 'ledgerId' | 'amount' | 'expiresAtMs'>,
  { sourceId, nowMs, limitMs }: PlanBounds,
): PaymentFault | undefined {
  const { amount, expiresAtMs } = plan;
  if (plan.ledgerId === sourceId) return { kind: 'ReturnsToSource', ledgerId: sourceId };
  if (amount < 1n) return { kind: 'NothingToForward', amount };
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs <= nowMs) {
    return { kind: 'OutgoingExpired', expiresAtMs, nowMs };
  }
  if (limitMs === undefined || expiresAtMs <= limitMs) return undefined;
  return { kind: 'OutgoingTooLong', expiresAtMs, limitMs };
}
