import {
  decidePrepareTransfer,
  type ForwardPlan,
  type LedgerState,
  ownAddress,
} from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import { ilpRejection, type PaymentFault } from './ilp-rejection';
import type { Ledgers } from './ledgers';
import { isCausedBy, type Leg } from './leg';
import type { Delivery } from './outcome';
import { ownReason, plannedReason } from './reason';
import { rejectAsReceiver } from './reject-as-receiver';
import { settleIncoming } from './settle-incoming';

/**
 * Brings a prepared incoming transfer as far as its plan and the outgoing ledger allow: rejects
 * it, prepares the outgoing transfer, or lets it follow an outgoing one that has ended. Doing it
 * again changes nothing more.
 *
 * Money hangs on the outgoing ledger knowing every outgoing transfer that ever was made for this
 * incoming one: what its owner forgot, it recalls before it asks.
 */
export function advancePayment(ledgers: Ledgers, incoming: Leg, nowMs: number): Delivery[] {
  const { plan } = incoming.transfer;
  if (plan === undefined) return [];
  if (plan.kind === 'refuse') {
    const speaker = { triggeredBy: ownAddress(incoming.ledger), atMs: nowMs };
    return rejectAsReceiver(ledgers, incoming, {
      reason: plannedReason(plan, speaker),
      atMs: nowMs,
    });
  }
  const outgoing = ledgers.find(plan.ledgerId);
  const known = outgoing?.transfers.get(plan.transferId);
  if (outgoing !== undefined && known !== undefined && isCausedBy(known, incoming)) {
    const leg = { ledger: outgoing, transfer: known };
    return [...deliveriesOf(leg), ...settleIncoming(ledgers, leg, nowMs).deliveries];
  }
  return forward(ledgers, incoming, { plan, outgoing, nowMs });
}

interface Forwarding {
  readonly plan: ForwardPlan;
  readonly outgoing: LedgerState | undefined;
  readonly nowMs: number;
}

function forward(ledgers: Ledgers, incoming: Leg, forwarding: Forwarding): Delivery[] {
  const { plan, outgoing, nowMs } = forwarding;
  const fault = planFault(incoming, plan, nowMs);
  if (fault !== undefined)
    return refuse(ledgers, incoming, { fault, blamed: incoming.ledger, nowMs });
  if (outgoing === undefined) {
    const missing: PaymentFault = { kind: 'LedgerNotFound', ledgerId: plan.ledgerId };
    return refuse(ledgers, incoming, { fault: missing, blamed: incoming.ledger, nowMs });
  }
  const refusal = prepareOutgoing(ledgers, outgoing, { incoming, plan });
  if (refusal === undefined) return prepared(outgoing, plan);
  return refuse(ledgers, incoming, { fault: refusal, blamed: outgoing, nowMs });
}

interface Blame {
  readonly fault: PaymentFault;
  /** The ledger on which our account is named as the one that found the fault. */
  readonly blamed: LedgerState;
  readonly nowMs: number;
}

function refuse(ledgers: Ledgers, incoming: Leg, { fault, blamed, nowMs }: Blame): Delivery[] {
  const speaker = { triggeredBy: ownAddress(blamed), atMs: nowMs };
  const reason = ownReason(ilpRejection(fault), speaker);
  return rejectAsReceiver(ledgers, incoming, { reason, atMs: nowMs });
}

/** What is wrong with a plan, whoever made it: the core does not lose money to a router's mistake. */
function planFault(incoming: Leg, plan: ForwardPlan, nowMs: number): PaymentFault | undefined {
  const { ledger, transfer } = incoming;
  const { amount, expiresAtMs } = plan;
  if (plan.ledgerId === ledger.id) return { kind: 'ReturnsToSource', ledgerId: ledger.id };
  if (amount < 1n) return { kind: 'NothingToForward', amount };
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs <= nowMs)
    return { kind: 'OutgoingExpired', expiresAtMs, nowMs };
  const limitMs = transfer.expiresAtMs;
  return expiresAtMs > limitMs ? { kind: 'OutgoingTooLong', expiresAtMs, limitMs } : undefined;
}

function prepareOutgoing(
  ledgers: Ledgers,
  outgoing: LedgerState,
  payment: { readonly incoming: Leg; readonly plan: ForwardPlan },
): PaymentFault | undefined {
  const { incoming, plan } = payment;
  const { transferId } = plan;
  const { id, amount, condition, packet } = incoming.transfer;
  // One of this id that is not ours to continue, whatever its content.
  if (outgoing.transfers.has(transferId)) return { kind: 'DuplicateId', transferId };
  const decision = decidePrepareTransfer(outgoing, {
    transferId,
    direction: 'outgoing',
    amount: plan.amount,
    condition,
    expiresAtMs: plan.expiresAtMs,
    packet,
    sideDataDigest: null,
    cause: { ledgerId: incoming.ledger.id, transferId: id, amount },
  });
  if ('refusal' in decision) return decision.refusal;
  if ('event' in decision) ledgers.record(outgoing, decision.event);
  return undefined;
}

function prepared(ledger: LedgerState, plan: ForwardPlan): Delivery[] {
  const transfer = ledger.transfers.get(plan.transferId);
  return transfer === undefined ? [] : deliveriesOf({ ledger, transfer });
}
