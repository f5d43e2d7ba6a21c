import {
  decideRejectTransfer,
  isOpen,
  type LedgerId,
  ownAddress,
  type TransferId,
} from '#domain/ledger';
import { ilpRejection } from './ilp-rejection';
import type { Ledgers } from './ledgers';
import { isMirrored, refusalReason } from './mirror';
import { NOTHING, type Outcome } from './outcome';
import { ownReason } from './reason';
import { settleIncoming } from './settle-incoming';

/** The peer answered our Prepare with a definite Error: it holds no such transfer. */
export interface SettleRefused {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  /** BTP error by name, as resolved by whoever read the frame. */
  readonly error: string;
  readonly message: string;
  readonly nowMs: number;
}

/** Says that the peer has the transfer and has been paid; its Fulfill is lost or still on its way. */
const NOT_A_REFUSAL = 'AlreadyFulfilledError';

/**
 * Rolls back what the peer would not take, and what it was paid from (SPEC §13.6). Nothing happens
 * if the transfer has ended meanwhile. AlreadyFulfilledError ends nothing: giving the payer's
 * money back would lose it, so the transfer waits for the Fulfill or its expiry.
 */
export function settleRefused(ledgers: Ledgers, command: SettleRefused): Outcome {
  const { ledgerId, transferId, error, message, nowMs } = command;
  const ledger = ledgers.find(ledgerId);
  const transfer = ledger?.transfers.get(transferId);
  if (ledger === undefined || transfer === undefined || error === NOT_A_REFUSAL) return NOTHING;
  if (transfer.direction !== 'outgoing' || !isOpen(transfer)) return NOTHING;
  const fault = { ...ilpRejection({ kind: 'PeerRefused', error, message }), error };
  const speaker = { triggeredBy: ownAddress(ledger), atMs: nowMs };
  const decision = decideRejectTransfer(ledger, {
    transferId,
    reason: isMirrored(transfer) ? refusalReason(fault, speaker) : ownReason(fault, speaker),
    by: 'peer',
    receivedAtMs: nowMs,
  });
  if (!('event' in decision)) return NOTHING;
  ledgers.record(ledger, decision.event);
  const { deliveries, errands } = settleIncoming(ledgers, { ledger, transfer }, nowMs);
  return { refusal: undefined, deliveries, errands };
}
