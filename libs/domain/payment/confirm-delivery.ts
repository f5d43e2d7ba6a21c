import {
  decideAcceptProposal,
  decideConfirmFulfillment,
  type LedgerId,
  type TransferId,
} from '#domain/ledger';
import type { Ledgers } from './ledgers';

/** The peer has answered what we sent it with a Response. */
export interface ConfirmDelivery {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  readonly what: 'prepare' | 'fulfill' | 'reject';
}

/**
 * Where the peer decides, its Response makes our Prepare prepared and our Fulfill paid; elsewhere it
 * says nothing new. What we reject is final at once: nobody but us, the receiver, can end it so.
 * SPEC §7.2.
 */
export function confirmDelivery(ledgers: Ledgers, command: ConfirmDelivery): void {
  const ledger = ledgers.find(command.ledgerId);
  if (ledger === undefined || command.what === 'reject') return;
  const decide = command.what === 'prepare' ? decideAcceptProposal : decideConfirmFulfillment;
  const decision = decide(ledger, command);
  if ('event' in decision) ledgers.record(ledger, decision.event);
}
