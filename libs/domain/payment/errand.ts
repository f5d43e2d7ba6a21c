import type { Cause, ForwardPlan, RefusePlan } from '#domain/ledger';
import type { Leg, LegName } from './leg';

/**
 * What the owners of the two ledgers of a payment ask and tell each other. An errand gets lost,
 * doubled and overtaken; it is repeated until it is answered, and nothing hangs on its order.
 */
export type Errand = ForwardErrand | ReportErrand | AnswerErrand;

/** To the owner of the outgoing ledger: put it on hold, or say what became of it. */
export interface ForwardErrand {
  readonly kind: 'forward';
  readonly outgoing: LegName;
  /** The incoming transfer. */
  readonly cause: Cause;
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: Buffer;
  /** Protocol data that the peer gets as it came; undefined = just the packet. */
  readonly sideData?: Buffer | undefined;
  /** The incoming transfer's time is over, and it waits for nothing but the answer to this. */
  readonly isDue: boolean;
}

/** What the owner of the outgoing ledger tells about it. */
export type LegState =
  | {
      readonly kind: 'open';
      /** Its peer hears of it only when the owner of the incoming ledger says so. */
      readonly awaitsRelease: boolean;
      /** The peer decides what became of it, and has not yet spoken, for all that could reach us. */
      readonly awaitsAuthority: boolean;
    }
  /** There is none and nothing was put on hold: a later ask may be answered otherwise. */
  | ({ readonly kind: 'refused' } & Omit<RefusePlan, 'kind'>)
  | {
      readonly kind: 'fulfilled';
      readonly fulfillment: Buffer;
      readonly data: Buffer | null;
      /** When the preimage was here. */
      readonly receivedAtMs: number;
    }
  /** reason: encoded ILP error, as the outgoing ledger has it. */
  | { readonly kind: 'rolled-back'; readonly reason: Buffer };

/** To the owner of the incoming ledger. */
export interface ReportErrand {
  readonly kind: 'report';
  readonly incoming: LegName;
  readonly outgoing: LegName;
  readonly leg: LegState;
}

/**
 * proceed: the incoming transfer is on hold, so the peer may hear of the outgoing one. withdraw: the
 * incoming one was rejected before anybody heard of the outgoing one. settled: the incoming one has
 * followed. lost: it can no longer follow, and the outgoing one is paid.
 */
export type Verdict = 'proceed' | 'withdraw' | 'settled' | 'lost';

/** To the owner of the outgoing ledger, upon its report. Never repeated but upon another report. */
export interface AnswerErrand {
  readonly kind: 'answer';
  readonly outgoing: LegName;
  readonly verdict: Verdict;
}

/** Asks the owner of the outgoing ledger for what the plan says. */
export function forwardErrand(
  { ledger, transfer }: Leg,
  plan: ForwardPlan,
  isDue: boolean,
): ForwardErrand {
  return {
    kind: 'forward',
    outgoing: { ledgerId: plan.ledgerId, transferId: plan.transferId },
    cause: { ledgerId: ledger.id, transferId: transfer.id, amount: transfer.amount },
    amount: plan.amount,
    condition: transfer.condition,
    expiresAtMs: plan.expiresAtMs,
    packet: transfer.packet,
    ...(transfer.sideData !== undefined && { sideData: transfer.sideData }),
    isDue,
  };
}

export function answerErrand(outgoing: LegName, verdict: Verdict): AnswerErrand {
  return { kind: 'answer', outgoing, verdict };
}
