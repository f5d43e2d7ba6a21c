import {
  decideExpireTransfer,
  decidePrepareTransfer,
  isOpen,
  isShadow,
  type LedgerState,
  ownAddress,
} from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import type { ForwardErrand } from './errand';
import { ilpRejection, type PaymentFault } from './ilp-rejection';
import type { Ledgers } from './ledgers';
import { isCausedBy, type Leg } from './leg';
import { isMirrored } from './mirror';
import { type Delivery, NOTHING, type Outcome } from './outcome';
import { planFault } from './plan-fault';
import { reportOf, type ReportMoment } from './report-leg';

/** The owner of the incoming ledger asks us for the outgoing transfer of a payment. */
export interface TakeForward extends Omit<ForwardErrand, 'kind' | 'isDue'> {
  readonly nowMs: number;
  /** The transfer is on hold and its peer must not hear of it yet. */
  readonly awaitsRelease: boolean;
}

/**
 * Puts the outgoing transfer on hold by the plan of the incoming one, or says what became of it.
 * The peer does not hear of a new one yet: an ask that comes late may follow upon a refusal that has
 * ended the incoming transfer already, so first its owner has to say that it is still on hold.
 * Whoever asks at the end has our own clock look too, where ours decides.
 */
export function takeForward(ledgers: Ledgers, command: TakeForward): Outcome {
  const { outgoing, cause } = command;
  const ledger = ledgers.find(outgoing.ledgerId);
  if (ledger === undefined) {
    if (!ledgers.owns(outgoing.ledgerId)) return NOTHING;
    return refuse(command, { kind: 'LedgerNotFound', ledgerId: outgoing.ledgerId }, '');
  }
  const known = ledger.transfers.get(outgoing.transferId);
  if (known === undefined) return begin(ledgers, ledger, command);
  if (!isCausedBy(known, cause)) {
    const fault: PaymentFault = { kind: 'DuplicateId', transferId: known.id };
    return refuse(command, fault, ownAddress(ledger));
  }
  const leg = { ledger, transfer: known };
  const { awaitsRelease } = command;
  const ended = isOpen(known) ? lookAtClock(ledgers, leg, command.nowMs) : [];
  const deliveries = mayBeUnanswered(leg, awaitsRelease) ? deliveriesOf(leg) : ended;
  const mayBeMissed = ledgers.mayHaveMissed(ledger, 'all');
  return told(leg, { awaitsRelease, mayBeMissed, deliveries });
}

function begin(ledgers: Ledgers, ledger: LedgerState, command: TakeForward): Outcome {
  const { outgoing, cause, amount, condition, expiresAtMs, packet, sideData, nowMs } = command;
  const plan = { ledgerId: ledger.id, amount, expiresAtMs };
  const fault = planFault(plan, { sourceId: cause.ledgerId, nowMs });
  // Faults of the plan are the payer's side's: its account is named as the one that found them.
  if (fault !== undefined) return refuse(command, fault, '');
  const decision = decidePrepareTransfer(ledger, {
    transferId: outgoing.transferId,
    direction: 'outgoing',
    amount,
    condition,
    expiresAtMs,
    packet,
    sideDataDigest: null,
    sideData,
    cause,
  });
  if ('refusal' in decision) return refuse(command, decision.refusal, ownAddress(ledger));
  if ('event' in decision) ledgers.record(ledger, decision.event);
  const transfer = ledger.transfers.get(outgoing.transferId);
  if (transfer === undefined) return NOTHING;
  return told({ ledger, transfer }, { awaitsRelease: true, deliveries: [] });
}

/** The payer of a mirrored payment waits for the payee's answer: whoever asks has it told again. */
function mayBeUnanswered({ transfer }: Leg, awaitsRelease: boolean): boolean {
  return isMirrored(transfer) && isOpen(transfer) && !awaitsRelease;
}

/** On a shadow ledger the peer speaks first, and our clock only after the grace. */
function lookAtClock(ledgers: Ledgers, leg: Leg, nowMs: number): Delivery[] {
  const { ledger, transfer } = leg;
  if (isShadow(ledger)) return [];
  const decision = decideExpireTransfer(ledger, { transferId: transfer.id, nowMs, graceMs: 0 });
  if (!('event' in decision)) return [];
  ledgers.record(ledger, decision.event);
  return deliveriesOf(leg);
}

function told(
  leg: Leg,
  { deliveries, ...moment }: ReportMoment & { readonly deliveries: Delivery[] },
): Outcome {
  const report = reportOf(leg, moment);
  return { refusal: undefined, deliveries, errands: report === undefined ? [] : [report] };
}

/** @param triggeredBy our account that found the fault; empty = the asker's own */
function refuse(command: TakeForward, fault: PaymentFault, triggeredBy: string): Outcome {
  const { outgoing, cause } = command;
  const incoming = { ledgerId: cause.ledgerId, transferId: cause.transferId };
  const leg = { kind: 'refused', triggeredBy, ...ilpRejection(fault) } as const;
  return { ...NOTHING, errands: [{ kind: 'report', incoming, outgoing, leg }] };
}
