import type { JsonObject } from '#eventsourcing';
import { RateError } from './rate-error';
import { newSheetJson, type NewSheet, readNewSheet } from './rate-sheet';

/** Whoever orders the table that the configuration asks for. */
export const BY_CONFIGURATION = 'configuration';

/** Why rates are no longer in force although nothing has replaced them. */
export type WithdrawalReason = 'too-old' | 'other-source';

/** What the log of rates says; `by` stands beside the event there. */
export type RatesEvent =
  /** A source said something new. */
  | { readonly type: 'RatesPublished'; readonly sheet: NewSheet }
  /** Somebody, or the configuration, said what the rates are. */
  | { readonly type: 'RatesSet'; readonly sheet: NewSheet }
  /** The source was still saying the same. */
  | { readonly type: 'RatesConfirmed'; readonly fetchedAtMs: number }
  | { readonly type: 'RatesWithdrawn'; readonly reason: WithdrawalReason }
  /** The source says again what it said before the rates were withdrawn. */
  | { readonly type: 'RatesRestored'; readonly fetchedAtMs: number };

export function ratesEventPayload(event: RatesEvent): JsonObject {
  switch (event.type) {
    case 'RatesPublished':
    case 'RatesSet':
      return newSheetJson(event.sheet);
    case 'RatesConfirmed':
    case 'RatesRestored':
      return { fetchedAtMs: event.fetchedAtMs };
    case 'RatesWithdrawn':
      return { reason: event.reason };
  }
}

/** @throws RateError for what no `ratesEventPayload` made */
export function readRatesEvent(type: string, payload: JsonObject): RatesEvent {
  switch (type) {
    case 'RatesPublished':
    case 'RatesSet':
      return { type, sheet: readNewSheet(payload) };
    case 'RatesConfirmed':
    case 'RatesRestored':
      return { type, fetchedAtMs: time(payload.fetchedAtMs) };
    case 'RatesWithdrawn':
      return { type, reason: reason(payload.reason) };
    default:
      throw new RateError(type, 'unknown');
  }
}

function time(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new RateError('fetchedAtMs', 'not-an-integer');
}

function reason(value: unknown): WithdrawalReason {
  if (value === 'too-old' || value === 'other-source') return value;
  throw new RateError('reason', 'unknown');
}
