import type { RecordSettlement, ReverseSettlement } from '../commands';
import type { SettlementRecorded, SettlementReversed } from '../events';
import { MAX_AMOUNT, MAX_SUM } from '../headroom';
import type { OrderRefusal } from '../refusals';
import type { LedgerState } from '../state';
import { type Decision, REPEATED } from './decision';
import { textRefusal } from './order-text';

/**
 * Money changed hands outside of the ledger. It happened, so the limits are not asked; the same
 * reference with the same content is a repetition, for ever.
 *
 * Refuses, in this order: InvalidText, AmountOutOfRange, ReferenceInUse, LedgerClosed,
 * SumOutOfRange. SPEC §7.5.
 */
export function decideRecordSettlement(
  ledger: LedgerState,
  command: RecordSettlement,
): Decision<SettlementRecorded, OrderRefusal> {
  const { reference, direction, amount, by } = command;
  const refusal = textRefusal('reference', reference) ?? textRefusal('by', by);
  if (refusal !== undefined) return { refusal };
  if (amount < 1n || amount > MAX_AMOUNT) {
    return { refusal: { kind: 'AmountOutOfRange', amount, maximum: MAX_AMOUNT } };
  }
  const known = ledger.settlements.get(reference);
  if (known !== undefined) {
    const isSame =
      known.kind === 'settlement' && known.direction === direction && known.amount === amount;
    return isSame ? REPEATED : { refusal: { kind: 'ReferenceInUse', reference } };
  }
  if (ledger.standing === 'closed') {
    return { refusal: { kind: 'LedgerClosed', ledgerId: ledger.id } };
  }
  const { settledPaid, settledReceived } = ledger.sums;
  const sum = (direction === 'paid' ? settledPaid : settledReceived) + amount;
  if (sum > MAX_SUM) return { refusal: { kind: 'SumOutOfRange', sum, maximum: MAX_SUM } };
  return { event: { type: 'SettlementRecorded', reference, direction, amount, by } };
}

/**
 * Takes a settlement back by an event of its own; a reversal is never reversed, but recorded anew.
 *
 * Refuses, in this order: InvalidText, ReferenceInUse, SettlementNotFound, AlreadyReversed,
 * LedgerClosed.
 */
export function decideReverseSettlement(
  ledger: LedgerState,
  command: ReverseSettlement,
): Decision<SettlementReversed, OrderRefusal> {
  const { reference, reverses, reason, by } = command;
  const refusal =
    textRefusal('reference', reference) ??
    textRefusal('reverses', reverses) ??
    textRefusal('reason', reason) ??
    textRefusal('by', by);
  if (refusal !== undefined) return { refusal };
  const known = ledger.settlements.get(reference);
  if (known !== undefined) {
    const isSame = known.kind === 'reversal' && known.reverses === reverses;
    return isSame ? REPEATED : { refusal: { kind: 'ReferenceInUse', reference } };
  }
  const settlement = ledger.settlements.get(reverses);
  if (settlement?.kind !== 'settlement') {
    return { refusal: { kind: 'SettlementNotFound', reference: reverses } };
  }
  if (settlement.reversedBy !== null) {
    return {
      refusal: { kind: 'AlreadyReversed', reference: reverses, by: settlement.reversedBy },
    };
  }
  if (ledger.standing === 'closed') {
    return { refusal: { kind: 'LedgerClosed', ledgerId: ledger.id } };
  }
  const { direction, amount } = settlement;
  return {
    event: { type: 'SettlementReversed', reference, reverses, direction, amount, reason, by },
  };
}
