import type { ForwardPlan } from '#domain/ledger';
import type { Ledgers } from './ledgers';

/**
 * Can nothing in memory tell what became of the plan's transfer: because another owner decides on
 * its ledger, or because memory may have forgotten it?
 */
export function mustAsk(ledgers: Ledgers, plan: ForwardPlan): boolean {
  const ledger = ledgers.find(plan.ledgerId);
  if (ledger === undefined) return !ledgers.owns(plan.ledgerId);
  return (
    !ledger.transfers.has(plan.transferId) && ledgers.mayHaveForgotten(ledger, plan.transferId)
  );
}
