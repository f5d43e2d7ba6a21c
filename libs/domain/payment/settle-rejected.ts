import {
  decideRejectTransfer,
  isShadow,
  type LedgerId,
  type LedgerState,
  type RejectRefusal,
  type RejectTransfer,
  type TransferId,
} from '#domain/ledger';
import { type BeforeEnd, beforeEnd } from './before-end';
import { expireOnward } from './expire-onward';
import type { Ledgers } from './ledgers';
import { lossOf } from './loss-of';
import { isMirrored, rejectionOnly } from './mirror';
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
 * transfer ends with it. Where the peer does not decide alone and only another owner can tell whether
 * the outgoing one was fulfilled, the peer is told to ask again later.
 */
export function settleRejected(ledgers: Ledgers, command: SettleRejected): Outcome {
  const { ledgerId, transferId, receivedAtMs, nowMs } = command;
  const ledger = ledgers.find(ledgerId);
  if (ledger === undefined) return refused({ kind: 'LedgerNotFound', ledgerId });
  const known = ledger.transfers.get(transferId);
  const told = peerReason(ledger, command.reason, nowMs);
  const reason = known && isMirrored(known) ? rejectionOnly(told) : told;
  const rejection = { transferId, reason, by: 'peer', receivedAtMs } as const;
  const decision = decideRejectTransfer(ledger, rejection);
  if ('refusal' in decision) return refused(decision.refusal);
  const transfer = ledger.transfers.get(transferId);
  const before =
    transfer && !isShadow(ledger) ? beforeEnd(ledgers, { ledger, transfer }) : undefined;
  if (before !== undefined) return { ...before, refusal: refusalAfter(ledger, rejection, before) };
  if (transfer === undefined) return NOTHING;
  const wasSubmitted = transfer.status === 'submitted';
  if ('event' in decision) ledgers.record(ledger, decision.event);
  const rejected = { ledger, transfer };
  if (transfer.direction === 'outgoing') {
    const { deliveries, errands } = settleIncoming(ledgers, rejected, nowMs);
    return { refusal: undefined, deliveries, errands };
  }
  if ('repeated' in decision) return NOTHING;
  // What we have shown the preimage for is paid ahead, whether or not memory still knows it.
  if (wasSubmitted) return lossOf(rejected);
  // The gateway's clock may be ahead of ours, and has ended the one: it ends the other as well.
  return { ...NOTHING, ...expireOnward(ledgers, rejected, Math.max(nowMs, receivedAtMs)) };
}

/** What the peer is told instead: ask again later, or what has become of the transfer just now. */
function refusalAfter(
  ledger: LedgerState,
  rejection: RejectTransfer,
  { isAsked }: BeforeEnd,
): RejectRefusal | undefined {
  if (isAsked) return { kind: 'LedgerNotFound', ledgerId: ledger.id };
  const decision = decideRejectTransfer(ledger, rejection);
  return 'refusal' in decision ? decision.refusal : undefined;
}
