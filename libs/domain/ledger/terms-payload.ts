import type { JsonObject } from '#eventsourcing';
import type { ComparedBalances, Limits, TermsEvent, Thresholds } from './events';

/** The half of `eventPayload` that is not about one transfer. */
export function termsPayload(event: TermsEvent): JsonObject {
  switch (event.type) {
    case 'LimitsChanged':
      return { by: event.by, limits: limitsPayload(event.limits) };
    case 'BalanceCompared':
    case 'ShadowDiverged':
      return comparedPayload(event);
    case 'LedgerDisputed':
      return { about: event.about, cause: event.cause, ...comparedPayload(event) };
    case 'DisputeResolved':
    case 'ShadowReconciled': {
      const { by, how, note } = event;
      return { by, how, note, ...comparedPayload(event) };
    }
    case 'LedgerPaused':
    case 'LedgerResumed':
    case 'LedgerDraining':
      return { by: event.by, reason: event.reason };
    case 'LedgerClosed':
      return { balance: event.balance.toString(), by: event.by, reason: event.reason };
    case 'ThresholdsChanged':
      return { by: event.by, thresholds: thresholdsPayload(event.thresholds) };
    case 'ThresholdCrossed': {
      const { balance, change, limit, threshold } = event;
      return { balance: balance.toString(), change, limit: limit.toString(), threshold };
    }
    case 'SettlementRequested': {
      const { amount, balance, direction } = event;
      return { amount: amount.toString(), balance: balance.toString(), direction };
    }
    case 'SettlementRecorded': {
      const { amount, by, direction, reference } = event;
      return { amount: amount.toString(), by, direction, reference };
    }
    case 'SettlementReversed': {
      const { amount, by, direction, reason, reference, reverses } = event;
      return { amount: amount.toString(), by, direction, reason, reference, reverses };
    }
  }
}

export function limitsPayload({ maxBalance, minBalance }: Limits): JsonObject {
  return {
    maxBalance: amountOrNull(maxBalance),
    minBalance: amountOrNull(minBalance),
  };
}

export function comparedPayload({ ours, theirs }: ComparedBalances): JsonObject {
  return { ours: ours.toString(), theirs: theirs.toString() };
}

export function thresholdsPayload({ high, low, settleTo }: Thresholds): JsonObject {
  return { high: amountOrNull(high), low: amountOrNull(low), settleTo: amountOrNull(settleTo) };
}

function amountOrNull(amount: bigint | null): string | null {
  return amount === null ? null : amount.toString();
}
