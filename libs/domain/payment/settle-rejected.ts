import { decideRejectTransfer, type LedgerId, type TransferId } from '#domain/ledger';
import { expireOnward } from './expire-onward';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import { NOTHING, type Outcome, refused } from './outcome';
import { peerReason } from './reason';
import { settleIncoming } from './settle-incoming';

/** The peer rejected a transfer. */
export interface SettleRejected {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  /** ILP error of type 8 or rejection of type 11 as it came; anything else counts as F00. */
  readonly reason: Buffer;
  /** When the frame arrived. */
  readonly receivedAtMs: number;
  readonly nowMs: number;
}

/**
 * The peer gives back what we sent it, and the payer hears the same error, forwarded by us (SPEC
 * §13.6). A peer may also end what it sent us itself, once its time is over; then the outgoing
 * transfer ends with it.
 */
export function settleRejected(ledgers: Ledgers, command: SettleRejected): Outcome {
  const { ledgerId, transferId, receivedAtMs, nowMs } = command;
  const ledger = ledgers.find(ledgerId);
  if (ledger === undefined) return refused({ kind: 'LedgerNotFound', ledgerId });
  const reason = peerReason(ledger, command.reason, nowMs);
  const decision = decideRejectTransfer(ledger, {
    transferId,
    reason,
    by: 'peer',
    receivedAtMs,
  });
  if ('refusal' in decision) return refused(decision.refusal);
  if ('event' in decision) ledgers.record(ledger, decision.event);
  const transfer = ledger.transfers.get(transferId);
  return transfer === undefined
    ? NOTHING
    : follow(ledgers, { ledger, transfer }, { nowMs, isNew: 'event' in decision });
}

function follow(
  ledgers: Ledgers,
  rejected: Leg,
  moment: { readonly nowMs: number; readonly isNew: boolean },
): Outcome {
  if (rejected.transfer.direction === 'outgoing') {
    const { deliveries } = settleIncoming(ledgers, rejected, moment.nowMs);
    return { refusal: undefined, deliveries };
  }
  if (!moment.isNew) return NOTHING;
  return { refusal: undefined, ...expireOnward(ledgers, rejected, moment.nowMs) };
}
