import type { ConfirmTransfer } from '../commands';
import type { ProposalAccepted, TransferFulfilled } from '../events';
import type { ConfirmRefusal } from '../refusals';
import type { LedgerState } from '../state';
import { type Decision, REPEATED } from './decision';

/**
 * The authority of a shadow ledger has answered our Prepare with a Response: what we proposed is
 * prepared. On other ledgers, and once more, its answer says nothing new.
 *
 * Refuses TransferNotFound. SPEC §7.2.
 */
export function decideAcceptProposal(
  ledger: LedgerState,
  { transferId }: ConfirmTransfer,
): Decision<ProposalAccepted, ConfirmRefusal> {
  const transfer = ledger.transfers.get(transferId);
  if (transfer === undefined) return { refusal: { kind: 'TransferNotFound', transferId } };
  if (transfer.status !== 'proposed') return REPEATED;
  return { event: { type: 'ProposalAccepted', transferId } };
}

/**
 * The authority of a shadow ledger has answered our Fulfill with a Response: we are paid.
 *
 * Refuses, in this order: TransferNotFound, NothingToConfirm (we never submitted a fulfillment, or
 * the authority has rolled the transfer back since). SPEC §7.2.
 */
export function decideConfirmFulfillment(
  ledger: LedgerState,
  { transferId }: ConfirmTransfer,
): Decision<TransferFulfilled, ConfirmRefusal> {
  const transfer = ledger.transfers.get(transferId);
  if (transfer === undefined) return { refusal: { kind: 'TransferNotFound', transferId } };
  if (transfer.status === 'fulfilled') return REPEATED;
  const { status, fulfillment, fulfillmentData } = transfer;
  if (status !== 'submitted' || fulfillment === null) {
    return { refusal: { kind: 'NothingToConfirm', transferId } };
  }
  return { event: { type: 'TransferFulfilled', transferId, fulfillment, data: fulfillmentData } };
}
