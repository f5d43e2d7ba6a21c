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

/** Every type of event about rates that the connector's stream may hold. */
export const RATES_EVENT_TYPES: readonly RatesEvent['type'][] = [
  'RatesPublished',
  'RatesSet',
  'RatesConfirmed',
  'RatesWithdrawn',
  'RatesRestored',
];
/** The version that each type is written in today. */
export const RATES_SCHEMA_VERSION = 1;

/** An event of rates where it stands in the log. */
export interface LoggedRatesEvent {
  /** Among the events of rates: the first is 1, and none is missing. */
  readonly sequence: number;
  readonly by: string;
  readonly event: RatesEvent;
}

export function ratesEventPayload({ sequence, by, event }: LoggedRatesEvent): JsonObject {
  return { by, sequence, ...membersOf(event) };
}

function membersOf(event: RatesEvent): JsonObject {
  switch (event.type) {
    case 'RatesPublished':
    case 'RatesSet':
      return { sheet: newSheetJson(event.sheet) };
    case 'RatesConfirmed':
    case 'RatesRestored':
      return { fetchedAtMs: event.fetchedAtMs };
    case 'RatesWithdrawn':
      return { reason: event.reason };
  }
}

/** @throws RateError for what no `ratesEventPayload` made */
export function readRatesEvent(type: string, payload: JsonObject): LoggedRatesEvent {
  const { by, sequence } = payload;
  if (typeof by !== 'string') throw new RateError('by', 'not-a-text');
  return { sequence: integer(sequence, 'sequence'), by, event: readEvent(type, payload) };
}

function readEvent(type: string, payload: JsonObject): RatesEvent {
  switch (type) {
    case 'RatesPublished':
    case 'RatesSet':
      return { type, sheet: readNewSheet(payload.sheet) };
    case 'RatesConfirmed':
    case 'RatesRestored':
      return { type, fetchedAtMs: integer(payload.fetchedAtMs, 'fetchedAtMs') };
    case 'RatesWithdrawn':
      return { type, reason: reason(payload.reason) };
    default:
      throw new RateError(type, 'unknown');
  }
}

function integer(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new RateError(field, 'not-an-integer');
}

function reason(value: unknown): WithdrawalReason {
  if (value === 'too-old' || value === 'other-source') return value;
  throw new RateError('reason', 'unknown');
}
