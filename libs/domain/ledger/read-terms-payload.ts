import type { ComparedBalances, Limits, TermsEvent, Thresholds } from './events';
import type { PayloadReader } from './payload-reader';

/** The inverse of `termsPayload`; throws UnreadableEventError. */
export function readTerms(type: TermsEvent['type'], payload: PayloadReader): TermsEvent {
  switch (type) {
    case 'LimitsChanged':
      return { type, limits: readLimits(payload), by: payload.text('by') };
    case 'BalanceCompared':
    case 'ShadowDiverged':
      return { type, ...readCompared(payload) };
    case 'LedgerDisputed':
      return {
        type,
        cause: payload.oneOf('cause', ['balance', 'outcome']),
        about: payload.textOrNull('about') === null ? null : payload.transferId('about'),
        ...readCompared(payload),
      };
    case 'DisputeResolved':
    case 'ShadowReconciled':
      return {
        type,
        how: payload.oneOf('how', ['agreed', 'adopted']),
        by: payload.text('by'),
        note: payload.text('note'),
        ...readCompared(payload),
      };
    case 'LedgerPaused':
    case 'LedgerResumed':
    case 'LedgerDraining':
      return { type, by: payload.text('by'), reason: payload.text('reason') };
    case 'LedgerClosed': {
      const balance = payload.signedAmount('balance');
      return { type, balance, by: payload.text('by'), reason: payload.text('reason') };
    }
    default:
      return readSettling(type, payload);
  }
}

type SettlingType =
  | 'ThresholdsChanged'
  | 'ThresholdCrossed'
  | 'SettlementRequested'
  | 'SettlementRecorded'
  | 'SettlementReversed';

function readSettling(type: SettlingType, payload: PayloadReader): TermsEvent {
  switch (type) {
    case 'ThresholdsChanged':
      return { type, thresholds: readThresholds(payload), by: payload.text('by') };
    case 'ThresholdCrossed':
      return {
        type,
        threshold: payload.oneOf('threshold', ['low', 'high']),
        change: payload.oneOf('change', ['reached', 'left']),
        limit: payload.signedAmount('limit'),
        balance: payload.signedAmount('balance'),
      };
    case 'SettlementRequested':
      return {
        type,
        direction: payload.oneOf('direction', ['pay', 'collect']),
        amount: payload.amount('amount'),
        balance: payload.signedAmount('balance'),
      };
    case 'SettlementRecorded':
      return {
        type,
        reference: payload.text('reference'),
        direction: payload.oneOf('direction', ['paid', 'received']),
        amount: payload.amount('amount'),
        by: payload.text('by'),
      };
    case 'SettlementReversed':
      return {
        type,
        reference: payload.text('reference'),
        reverses: payload.text('reverses'),
        direction: payload.oneOf('direction', ['paid', 'received']),
        amount: payload.amount('amount'),
        reason: payload.text('reason'),
        by: payload.text('by'),
      };
  }
}

export function readCompared(payload: PayloadReader): ComparedBalances {
  return { ours: payload.signedAmount('ours'), theirs: payload.signedAmount('theirs') };
}

export function readThresholds(payload: PayloadReader): Thresholds {
  const thresholds = payload.object('thresholds');
  const read = {
    low: thresholds.signedAmountOrNull('low'),
    high: thresholds.signedAmountOrNull('high'),
    settleTo: thresholds.signedAmountOrNull('settleTo'),
  };
  thresholds.finish();
  return read;
}

export function readLimits(payload: PayloadReader, member = 'limits'): Limits {
  const limits = payload.object(member);
  const read = {
    maxBalance: limits.signedAmountOrNull('maxBalance'),
    minBalance: limits.signedAmountOrNull('minBalance'),
  };
  limits.finish();
  return read;
}
