import { decideRejectTransfer, isOpen, ownAddress } from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import type { AnswerErrand } from './errand';
import type { Ledgers } from './ledgers';
import type { Leg } from './leg';
import { delivering, NOTHING, type Outcome } from './outcome';
import { ownReason } from './reason';

/** The owner of the incoming ledger answers what we reported of an outgoing transfer. */
export interface HearAnswer extends Omit<AnswerErrand, 'kind'> {
  /** What we reported last was not answered before. */
  readonly isExpected: boolean;
  readonly nowMs: number;
}

/**
 * Sends the outgoing transfer to its peer, or takes it back before the peer heard of it; learns that
 * the incoming one has followed or never can. An answer to nothing, or to what has changed since,
 * changes nothing.
 */
export function hearAnswer(ledgers: Ledgers, answer: HearAnswer): Outcome {
  const { outgoing, verdict, isExpected, nowMs } = answer;
  const ledger = ledgers.find(outgoing.ledgerId);
  const transfer = ledger?.transfers.get(outgoing.transferId);
  if (ledger === undefined || transfer === undefined || !isExpected) return NOTHING;
  const leg = { ledger, transfer };
  switch (verdict) {
    case 'proceed':
      if (!isOpen(transfer)) return NOTHING;
      return { refusal: undefined, ...delivering(deliveriesOf(leg)) };
    case 'withdraw':
      withdraw(ledgers, leg, nowMs);
      return NOTHING;
    case 'settled':
      return NOTHING;
    case 'lost':
      if (transfer.status !== 'fulfilled') return NOTHING;
      return { ...NOTHING, loss: { ...outgoing, amount: transfer.amount } };
  }
}

/** Nobody but us knows of it: we speak in the peer's place. */
function withdraw(ledgers: Ledgers, { ledger, transfer }: Leg, nowMs: number): void {
  if (!isOpen(transfer)) return;
  const fault = { code: 'T00', message: 'the payment was given up before it was sent on' } as const;
  const decision = decideRejectTransfer(ledger, {
    transferId: transfer.id,
    reason: ownReason(fault, { triggeredBy: ownAddress(ledger), atMs: nowMs }),
    by: 'peer',
    receivedAtMs: nowMs,
  });
  if ('event' in decision) ledgers.record(ledger, decision.event);
}
