import type { ChangeStanding } from '../commands';
import type { LedgerClosed, LedgerDraining, LedgerPaused, LedgerResumed } from '../events';
import type { OrderRefusal } from '../refusals';
import { balanceOf, isOpen, type LedgerState } from '../state';
import { type Decision, REPEATED } from './decision';
import { textRefusal } from './order-text';

type StandingEvent = LedgerPaused | LedgerResumed | LedgerDraining | LedgerClosed;

/**
 * An operator pauses, resumes, drains or closes a ledger. Paused and draining ledgers take no new
 * transfers and finish what is open; a closed one is over for ever, so nothing may be open on it,
 * and whoever closes it over a balance says which one.
 *
 * Refuses, in this order: InvalidText, LedgerClosed, TransfersOpen, BalanceNotAcknowledged.
 */
export function decideChangeStanding(
  ledger: LedgerState,
  command: ChangeStanding,
): Decision<StandingEvent, OrderRefusal> {
  const { to, by, reason } = command;
  const refusal = textRefusal('by', by) ?? textRefusal('reason', reason);
  if (refusal !== undefined) return { refusal };
  if (ledger.standing === to) return REPEATED;
  if (ledger.standing === 'closed') {
    return { refusal: { kind: 'LedgerClosed', ledgerId: ledger.id } };
  }
  switch (to) {
    case 'paused':
      return { event: { type: 'LedgerPaused', by, reason } };
    case 'open':
      return { event: { type: 'LedgerResumed', by, reason } };
    case 'draining':
      return { event: { type: 'LedgerDraining', by, reason } };
    case 'closed':
      return decideClose(ledger, command);
  }
}

function decideClose(
  ledger: LedgerState,
  { by, reason, acknowledgedBalance = 0n }: ChangeStanding,
): Decision<LedgerClosed, OrderRefusal> {
  const open = countOpen(ledger);
  if (open > 0) return { refusal: { kind: 'TransfersOpen', open } };
  const balance = balanceOf(ledger.sums);
  if (balance !== acknowledgedBalance) {
    const acknowledged = acknowledgedBalance;
    return { refusal: { kind: 'BalanceNotAcknowledged', balance, acknowledged } };
  }
  return { event: { type: 'LedgerClosed', balance, by, reason } };
}

function countOpen({ transfers }: LedgerState): number {
  let open = 0;
  for (const transfer of transfers.values()) if (isOpen(transfer)) open += 1;
  return open;
}
