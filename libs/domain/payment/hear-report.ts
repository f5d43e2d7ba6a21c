import { decideExpireTransfer, ownAddress, type Transfer } from '#domain/ledger';
import { deliveriesOf } from './deliveries';
import { answerErrand, type LegState, type ReportErrand, type Verdict } from './errand';
import type { Ledgers } from './ledgers';
import type { Leg, LegName } from './leg';
import { isMirrored, refusalReason } from './mirror';
import { asking, both, delivering, type News, NO_NEWS, NOTHING, type Outcome } from './outcome';
import { plannedReason } from './reason';
import { rejectAsReceiver } from './reject-as-receiver';
import { fulfillIncoming, rejectIncoming } from './settle-incoming';

/** The owner of the outgoing ledger tells us of an outgoing transfer. */
export interface HearReport extends Omit<ReportErrand, 'kind'> {
  /** It answers what we have asked since we are the owner: no old word about what was refused. */
  readonly isAnswer: boolean;
  /** It answers what we have asked since the incoming transfer's time was over. */
  readonly isAnswerWhenDue: boolean;
  readonly nowMs: number;
}

/**
 * Lets the incoming transfer follow the outgoing one, and answers with what became of it. A refusal
 * ends it only in answer to our own ask: an old one may have been overtaken by an ask of the owner
 * before us, upon which the peer has been told.
 */
export function hearReport(ledgers: Ledgers, report: HearReport): Outcome {
  const { incoming, outgoing, leg } = report;
  const ledger = ledgers.find(incoming.ledgerId);
  if (ledger === undefined) return NOTHING;
  const transfer = ledger.transfers.get(incoming.transferId);
  if (transfer === undefined || !isPlanned(transfer, outgoing)) {
    return { ...NOTHING, ...answering(outgoing, strangersVerdict(leg)) };
  }
  const follower = { ledger, transfer };
  const news =
    transfer.status === 'prepared'
      ? follow(ledgers, follower, report)
      : answering(outgoing, finalVerdict(transfer, leg));
  return { refusal: undefined, ...news };
}

function isPlanned({ plan }: Transfer, outgoing: LegName): boolean {
  return (
    plan?.kind === 'forward' &&
    plan.ledgerId === outgoing.ledgerId &&
    plan.transferId === outgoing.transferId
  );
}

/** Of a payment that we know nothing of, nothing is to be paid. */
function strangersVerdict(leg: LegState): Verdict | undefined {
  if (leg.kind === 'open') return leg.awaitsRelease ? 'withdraw' : undefined;
  if (leg.kind === 'refused') return undefined;
  return leg.kind === 'fulfilled' ? 'lost' : 'settled';
}

/**
 * Only what we rejected ourselves is withdrawn, for then nobody can have heard of the outgoing one;
 * what ran out here runs out there.
 */
function finalVerdict({ status }: Transfer, leg: LegState): Verdict | undefined {
  switch (leg.kind) {
    case 'refused':
      return undefined;
    case 'open':
      return leg.awaitsRelease && status === 'rejected' ? 'withdraw' : undefined;
    case 'fulfilled':
      return status === 'fulfilled' || status === 'submitted' ? 'settled' : 'lost';
    case 'rolled-back':
      return 'settled';
  }
}

function follow(ledgers: Ledgers, incoming: Leg, report: HearReport): News {
  const { outgoing, leg, nowMs } = report;
  const cause = { ...report.incoming, amount: incoming.transfer.amount };
  switch (leg.kind) {
    case 'open':
      return wait(ledgers, incoming, { ...report, leg });
    case 'refused':
      return report.isAnswer ? refuse(ledgers, incoming, { leg, nowMs }) : NO_NEWS;
    case 'fulfilled': {
      const { fulfillment, data, receivedAtMs } = leg;
      const paid = fulfillIncoming(ledgers, cause, { fulfillment, data, receivedAtMs });
      return both(paid, answering(outgoing, paid.isLost ? 'lost' : 'settled'));
    }
    case 'rolled-back': {
      const { reason } = leg;
      const rejected = rejectIncoming(ledgers, cause, { reason, atMs: nowMs });
      return both(delivering(rejected), answering(outgoing, 'settled'));
    }
  }
}

/**
 * The peer may hear of the outgoing transfer while there is time left for the incoming one. After
 * that we wait: for the clock of the other owner, and not where another one decides about the
 * outgoing transfer and has not spoken, for it may never do.
 */
function wait(
  ledgers: Ledgers,
  incoming: Leg,
  report: HearReport & { readonly leg: LegState & { readonly kind: 'open' } },
): News {
  const { ledger, transfer } = incoming;
  const { leg, nowMs, outgoing } = report;
  if (nowMs < transfer.expiresAtMs) {
    return answering(outgoing, leg.awaitsRelease ? 'proceed' : undefined);
  }
  if (!leg.awaitsAuthority || !report.isAnswerWhenDue) return NO_NEWS;
  const decision = decideExpireTransfer(ledger, { transferId: transfer.id, nowMs, graceMs: 0 });
  if (!('event' in decision)) return NO_NEWS;
  ledgers.record(ledger, decision.event);
  return delivering(deliveriesOf(incoming));
}

function refuse(
  ledgers: Ledgers,
  incoming: Leg,
  { leg, nowMs }: { readonly leg: LegState & { readonly kind: 'refused' }; readonly nowMs: number },
): News {
  const speaker = { triggeredBy: ownAddress(incoming.ledger), atMs: nowMs };
  const reason = isMirrored(incoming.transfer)
    ? refusalReason(leg, speaker)
    : plannedReason({ ...leg, kind: 'refuse' }, speaker);
  return delivering(rejectAsReceiver(ledgers, incoming, { reason, atMs: nowMs }));
}

function answering(outgoing: LegName, verdict: Verdict | undefined): News {
  return verdict === undefined ? NO_NEWS : asking(answerErrand(outgoing, verdict));
}
