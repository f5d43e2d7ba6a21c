import {
  decideConfirmFulfillment,
  decideDisputeTransfer,
  decideRejectTransfer,
  isShadow,
  type LedgerId,
  type LedgerState,
  peerAddress,
  type TransferId,
} from '#domain/ledger';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import { lossOf } from './loss-of';
import { NOTHING, type Outcome } from './outcome';
import { ownReason } from './reason';

/** The peer answered our Fulfill with a definite Error. */
export interface SettleUnpaid {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  /** BTP error by name, as resolved by whoever read the frame. */
  readonly error: string;
  readonly message: string;
  readonly nowMs: number;
}

export interface UnpaidOutcome extends Outcome {
  /** Nothing can come of showing the peer the preimage again. */
  readonly isResolved: boolean;
}

/** What the peer says of the transfer, by the name of its error (SPEC §5.8). */
function verdictOf(error: string): 'paid' | 'rolled-back' | 'unclear' {
  switch (error) {
    case 'AlreadyFulfilledError':
      return 'paid';
    case 'AlreadyRolledBackError':
    case 'TransferNotFoundError':
      return 'rolled-back';
    default:
      return 'unclear';
  }
}

/**
 * The peer will not pay what it sent us. Where it decides, its outcome is ours: paid, or rolled back
 * and then money is lost, for we paid on before we asked; what says neither changes nothing, and we
 * go on showing the preimage. Where both decide ours stays and the ledger is disputed; where we do,
 * the peer is wrong. SPEC §7.5, §13.5.
 */
export function settleUnpaid(ledgers: Ledgers, command: SettleUnpaid): UnpaidOutcome {
  const ledger = ledgers.find(command.ledgerId);
  const transfer = ledger?.transfers.get(command.transferId);
  if (ledger === undefined || transfer?.direction !== 'incoming') {
    return { ...NOTHING, isResolved: true };
  }
  const verdict = verdictOf(command.error);
  if (!isShadow(ledger)) {
    if (verdict === 'rolled-back') dispute(ledgers, ledger, command);
    return { ...NOTHING, isResolved: true };
  }
  if (transfer.status !== 'submitted') return { ...NOTHING, isResolved: true };
  if (verdict === 'unclear') return { ...NOTHING, isResolved: false };
  if (verdict === 'rolled-back') return adoptEnd(ledgers, { ledger, transfer }, command);
  const decision = decideConfirmFulfillment(ledger, command);
  if ('event' in decision) ledgers.record(ledger, decision.event);
  return { ...NOTHING, isResolved: true };
}

function dispute(ledgers: Ledgers, ledger: LedgerState, { transferId }: SettleUnpaid): void {
  for (const event of decideDisputeTransfer(ledger, { transferId })) ledgers.record(ledger, event);
}

/** Only its own clock lets an authority end what it sent us, so R00 is what it would have said. */
function adoptEnd(
  ledgers: Ledgers,
  { ledger, transfer }: Leg,
  command: SettleUnpaid,
): UnpaidOutcome {
  const { error, message, nowMs } = command;
  const fault = { code: 'R00', message: `${error}: ${message}` } as const;
  const decision = decideRejectTransfer(ledger, {
    transferId: transfer.id,
    reason: ownReason(fault, { triggeredBy: peerAddress(ledger), atMs: nowMs }),
    by: 'peer',
    receivedAtMs: nowMs,
  });
  if (!('event' in decision)) return { ...NOTHING, isResolved: false };
  ledgers.record(ledger, decision.event);
  return { ...lossOf({ ledger, transfer }), isResolved: true };
}
