import {
  decideFulfillTransfer,
  type FulfillRefusal,
  type LedgerId,
  type TransferId,
} from '#domain/ledger';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import { NOTHING, type Outcome, refused } from './outcome';
import { settleIncoming } from './settle-incoming';

/** The peer fulfilled what we sent it. */
export interface SettleFulfilled {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
  readonly fulfillment: Buffer;
  readonly data: Buffer | null;
  /** When the frame arrived: what was here in time counts, however long it waited inside. */
  readonly receivedAtMs: number;
}

/**
 * Both legs are fulfilled in one append: what the peer can take from us is on record together with
 * what we take from the payer, before either hears of it; is the payer's ledger another owner's, that
 * one is told until it has followed. The answer concerns the outgoing leg
 * alone. Money is lost, and the outcome says so, if the incoming transfer has already ended; the
 * peer has shown the preimage in time all the same, so it is paid (SPEC §13.5).
 */
export function settleFulfilled(ledgers: Ledgers, command: SettleFulfilled): Outcome {
  const outgoing = fulfillOutgoing(ledgers, command);
  if ('refusal' in outgoing) return refused(outgoing.refusal);
  const settlement = settleIncoming(ledgers, outgoing.leg, heardAtMs(command, outgoing));
  const { deliveries, errands, isLost } = settlement;
  // Another owner, and a loss, are told when it happens, not again with every repetition.
  if (outgoing.isRepeated) return { ...NOTHING, deliveries };
  const outcome = { refusal: undefined, deliveries, errands };
  if (!isLost) return outcome;
  const { ledgerId, transferId } = command;
  return { ...outcome, loss: { ledgerId, transferId, amount: outgoing.leg.transfer.amount } };
}

/**
 * A preimage that is in the log was here in time, however late it is said again: its payer may have
 * come to us from another owner in between.
 */
function heardAtMs({ receivedAtMs }: SettleFulfilled, { leg, isRepeated }: Fulfilled): number {
  return isRepeated ? Math.min(receivedAtMs, leg.transfer.expiresAtMs - 1) : receivedAtMs;
}

interface Fulfilled {
  readonly leg: Leg;
  readonly isRepeated: boolean;
}

/** The half of a fulfillment that pays the peer. */
export function fulfillOutgoing(
  ledgers: Ledgers,
  command: SettleFulfilled,
): { readonly refusal: FulfillRefusal } | Fulfilled {
  const { ledgerId, transferId, fulfillment, data, receivedAtMs } = command;
  const ledger = ledgers.find(ledgerId);
  if (ledger === undefined) return { refusal: { kind: 'LedgerNotFound', ledgerId } };
  const decision = decideFulfillTransfer(ledger, {
    transferId,
    fulfillment,
    data,
    by: 'peer',
    receivedAtMs,
  });
  if ('refusal' in decision) return decision;
  if ('event' in decision) ledgers.record(ledger, decision.event);
  const transfer = ledger.transfers.get(transferId);
  if (transfer === undefined) return { refusal: { kind: 'TransferNotFound', transferId } };
  return { leg: { ledger, transfer }, isRepeated: 'repeated' in decision };
}
