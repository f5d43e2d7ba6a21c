import {
  decideExpireTransfer,
  decidePrepareTransfer,
  isOpen,
  isShadow,
  type LedgerId,
  type PaymentPlan,
  type PrepareTransfer,
} from '#domain/ledger';
import { advancePayment } from './advance-payment';
import { deliveriesOf } from './deliveries';
import { forwardErrand } from './errand';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import { mustAsk } from './must-ask';
import { asking, delivering, type News, NO_NEWS, NOTHING, type Outcome, refused } from './outcome';

/** A Prepare of a peer, with what the router makes of it. */
export interface IncomingPrepare extends PrepareTransfer {
  readonly direction: 'incoming';
  readonly plan: PaymentPlan;
}

export interface AcceptPayment {
  /** The ledger that the Prepare came in on. */
  readonly ledgerId: LedgerId;
  readonly prepare: IncomingPrepare;
  readonly nowMs: number;
}

/** Longest message of a plan that is kept; nobody needs more to understand a refusal. */
const MAX_MESSAGE_LENGTH = 1024;
/** Lone surrogates and NUL, which a JSON column cannot hold, and other characters for no reader. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu;

/**
 * A peer prepares a transfer for us to forward: put on hold together with its plan, then rejected,
 * expired or forwarded in the same append, or handed to the owner of the next ledger after it. The refusal concerns the incoming transfer alone; what
 * goes wrong later reaches the peer as a Reject, as it expects (SPEC §13.1).
 *
 * A repetition records nothing. It, and a Prepare that comes again after its end, has the peer
 * told once more what became of it.
 */
export function acceptPayment(ledgers: Ledgers, command: AcceptPayment): Outcome {
  const { ledgerId, nowMs } = command;
  const ledger = ledgers.find(ledgerId);
  if (ledger === undefined) return refused({ kind: 'LedgerNotFound', ledgerId });
  const prepare = storable(command.prepare);
  const decision = decidePrepareTransfer(ledger, prepare);
  if ('event' in decision) ledgers.record(ledger, decision.event);
  const refusal = 'refusal' in decision ? decision.refusal : undefined;
  const transfer = ledger.transfers.get(prepare.transferId);
  if (transfer === undefined || refusal?.kind === 'DuplicateId') return { ...NOTHING, refusal };
  const incoming = { ledger, transfer };
  if (!('event' in decision)) return { refusal, ...standing(ledgers, incoming, nowMs) };
  return { refusal, ...proceed(ledgers, incoming, nowMs) };
}

/**
 * A transfer that comes in after its time is accepted and rolled back at once (D-11). Where the
 * peer's clock decides we go on, and find that no time is left.
 */
function proceed(ledgers: Ledgers, incoming: Leg, nowMs: number): News {
  const { ledger, transfer } = incoming;
  const advance = { nowMs, isNew: true };
  if (isShadow(ledger)) return advancePayment(ledgers, incoming, advance);
  const decision = decideExpireTransfer(ledger, { transferId: transfer.id, nowMs, graceMs: 0 });
  if (!('event' in decision)) return advancePayment(ledgers, incoming, advance);
  ledgers.record(ledger, decision.event);
  return delivering(deliveriesOf(incoming));
}

/** What others should hear of a payment as it stands, without changing it. */
function standing(ledgers: Ledgers, incoming: Leg, nowMs: number): News {
  const { plan, status, expiresAtMs } = incoming.transfer;
  if (status === 'fulfilled' && nowMs >= expiresAtMs) return NO_NEWS;
  if (status !== 'prepared' || plan?.kind !== 'forward') {
    return delivering(deliveriesOf(incoming));
  }
  if (mustAsk(ledgers, plan)) return asking(forwardErrand(incoming, plan, false));
  const ledger = ledgers.find(plan.ledgerId);
  const transfer = ledger?.transfers.get(plan.transferId);
  if (ledger === undefined || transfer === undefined || !isOpen(transfer)) return NO_NEWS;
  return delivering(deliveriesOf({ ledger, transfer }));
}

/** The same Prepare, with a plan that the log can hold. */
function storable(prepare: IncomingPrepare): IncomingPrepare {
  const { plan } = prepare;
  if (plan.kind === 'forward') return prepare;
  const legiblePlan: PaymentPlan = {
    kind: 'refuse',
    code: legible(plan.code),
    triggeredBy: legible(plan.triggeredBy),
    message: legible(plan.message),
  };
  return { ...prepare, plan: legiblePlan };
}

function legible(text: string): string {
  return text.slice(0, MAX_MESSAGE_LENGTH).replace(UNSTORABLE, '\ufffd');
}
