import {
  decidePrepareTransfer,
  type ForwardPlan,
  type LedgerState,
  MAX_AMOUNT,
  ownAddress,
} from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import { forwardErrand } from './errand';
import { ilpRejection, type PaymentFault } from './ilp-rejection';
import type { Ledgers } from './ledgers';
import { isCausedBy, type Leg, nameOf } from './leg';
import { isMirrored, refusalReason } from './mirror';
import { mustAsk } from './must-ask';
import { asking, both, delivering, type News, NO_NEWS } from './outcome';
import { planFault } from './plan-fault';
import { ownReason, relayedReason } from './reason';
import { rejectAsReceiver } from './reject-as-receiver';
import { settleIncoming } from './settle-incoming';

export interface Advance {
  readonly nowMs: number;
  /** The incoming transfer was prepared just now: nobody else can have heard of its plan. */
  readonly isNew: boolean;
}

/**
 * Brings a prepared incoming transfer as far as its plan and the outgoing ledger allow: rejects
 * it, prepares the outgoing transfer, has another owner prepare it, or lets it follow an outgoing
 * one that has ended. Doing it again changes nothing more.
 *
 * Money hangs on the outgoing ledger knowing every outgoing transfer that ever was made for this
 * incoming one: what its owner may have forgotten is asked of it as of another owner's.
 */
export function advancePayment(ledgers: Ledgers, incoming: Leg, advance: Advance): News {
  const { plan } = incoming.transfer;
  const { nowMs } = advance;
  if (plan === undefined) return NO_NEWS;
  if (plan.kind === 'refuse') {
    const speaker = { triggeredBy: ownAddress(incoming.ledger), atMs: nowMs };
    const reason = relayedReason(plan, speaker);
    return delivering(rejectAsReceiver(ledgers, incoming, { reason, atMs: nowMs }));
  }
  const outgoing = ledgers.find(plan.ledgerId);
  const known = outgoing?.transfers.get(plan.transferId);
  if (outgoing !== undefined && known !== undefined && isCausedBy(known, nameOf(incoming))) {
    const leg = { ledger: outgoing, transfer: known };
    return both(delivering(deliveriesOf(leg)), settleIncoming(ledgers, leg, nowMs));
  }
  return forward(ledgers, incoming, { ...advance, plan, outgoing });
}

interface Forwarding extends Advance {
  readonly plan: ForwardPlan;
  readonly outgoing: LedgerState | undefined;
}

function forward(ledgers: Ledgers, incoming: Leg, forwarding: Forwarding): News {
  const { plan, outgoing, nowMs, isNew } = forwarding;
  if (!isNew && mustAsk(ledgers, plan)) return asking(forwardErrand(incoming, plan, false));
  const fault = faultOf(incoming, plan, nowMs);
  if (fault !== undefined)
    return refuse(ledgers, incoming, { fault, blamed: incoming.ledger, nowMs });
  if (outgoing === undefined) return leave(ledgers, incoming, { plan, nowMs });
  const refusal = prepareOutgoing(ledgers, outgoing, { incoming, plan });
  if (refusal === undefined) return prepared(outgoing, plan);
  return refuse(ledgers, incoming, { fault: refusal, blamed: outgoing, nowMs });
}

/** What is wrong with the plan as the payer's side of it can tell. */
function faultOf({ ledger, transfer }: Leg, plan: ForwardPlan, nowMs: number) {
  return planFault(plan, { sourceId: ledger.id, limitMs: transfer.expiresAtMs, nowMs });
}

/** The outgoing ledger is another owner's, or nobody's. */
function leave(
  ledgers: Ledgers,
  incoming: Leg,
  { plan, nowMs }: { readonly plan: ForwardPlan; readonly nowMs: number },
): News {
  const { ledgerId, amount } = plan;
  if (!ledgers.owns(ledgerId) && amount <= MAX_AMOUNT) {
    return asking(forwardErrand(incoming, plan, false));
  }
  const fault: PaymentFault = { kind: 'LedgerNotFound', ledgerId };
  return refuse(ledgers, incoming, { fault, blamed: incoming.ledger, nowMs });
}

interface Blame {
  readonly fault: PaymentFault;
  /** The ledger on which our account is named as the one that found the fault. */
  readonly blamed: LedgerState;
  readonly nowMs: number;
}

function refuse(ledgers: Ledgers, incoming: Leg, { fault, blamed, nowMs }: Blame): News {
  const speaker = { triggeredBy: ownAddress(blamed), atMs: nowMs };
  const reasonOf = isMirrored(incoming.transfer) ? refusalReason : ownReason;
  const reason = reasonOf(ilpRejection(fault), speaker);
  return delivering(rejectAsReceiver(ledgers, incoming, { reason, atMs: nowMs }));
}

function prepareOutgoing(
  ledgers: Ledgers,
  outgoing: LedgerState,
  payment: { readonly incoming: Leg; readonly plan: ForwardPlan },
): PaymentFault | undefined {
  const { incoming, plan } = payment;
  const { transferId } = plan;
  const { id, amount, condition, packet, sideData } = incoming.transfer;
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
    sideData,
    cause: { ledgerId: incoming.ledger.id, transferId: id, amount },
  });
  if ('refusal' in decision) return decision.refusal;
  if ('event' in decision) ledgers.record(outgoing, decision.event);
  return undefined;
}

function prepared(ledger: LedgerState, plan: ForwardPlan): News {
  const transfer = ledger.transfers.get(plan.transferId);
  return transfer === undefined ? NO_NEWS : delivering(deliveriesOf({ ledger, transfer }));
}
