import { isSameSheet, type NewSheet, type RateSheet } from './rate-sheet';
import type { QuotedRates } from './rate-table';
import {
  BY_CONFIGURATION,
  type LoggedRatesEvent,
  type RatesEvent,
  type WithdrawalReason,
} from './rates-event';

/** The source of rates that somebody set. */
export const TABLE_SOURCE = 'table';

/** The fold of the log of rates. */
export interface RatesHistory {
  /** Of the last event of rates; 0 = none yet. */
  readonly sequence: number;
  /** Sequence of the last event that changed what is in force. */
  readonly version: number;
  readonly sheet: RateSheet | undefined;
  readonly withdrawn: WithdrawalReason | undefined;
  /** When the source was last known to say what the sheet says. */
  readonly confirmedAtMs: number;
  /** What the configuration last asked for. */
  readonly configured: QuotedRates | undefined;
}

export const NO_RATES: RatesHistory = {
  sequence: 0,
  version: 0,
  sheet: undefined,
  withdrawn: undefined,
  confirmedAtMs: 0,
  configured: undefined,
};

/** @throws RangeError if an event is missing in between */
export function evolveRates(history: RatesHistory, event: LoggedRatesEvent): RatesHistory {
  const { sequence } = event;
  if (sequence !== history.sequence + 1) {
    throw new RangeError(`event ${sequence} of the rates follows ${history.sequence}`);
  }
  return afterRatesEvent(history, event);
}

/** The same, whatever may be missing before it. */
export function afterRatesEvent(history: RatesHistory, event: LoggedRatesEvent): RatesHistory {
  const { sequence, by } = event;
  const changed = { ...history, sequence, version: sequence };
  switch (event.type) {
    case 'RatesPublished':
      return { ...changed, ...inForce(event.sheet, sequence) };
    case 'RatesSet': {
      const isConfigured = by === BY_CONFIGURATION;
      const configured = isConfigured ? quotedOf(event.sheet) : history.configured;
      return { ...changed, ...inForce(event.sheet, sequence), configured };
    }
    case 'RatesConfirmed':
      return { ...history, sequence, confirmedAtMs: event.fetchedAtMs };
    case 'RatesWithdrawn':
      return { ...changed, withdrawn: event.reason };
    case 'RatesRestored':
      return { ...changed, withdrawn: undefined, confirmedAtMs: event.fetchedAtMs };
  }
}

/**
 * The whole history from a few events of it, in any order: the newest of each type, and the newest
 * `RatesSet` of the configuration. Whatever the history says, the newest event of some types has
 * said, whichever came before.
 */
export function historyOfNewest(newest: readonly LoggedRatesEvent[]): RatesHistory {
  return [...newest]
    .sort((one, other) => one.sequence - other.sequence)
    .reduce(afterRatesEvent, NO_RATES);
}

function inForce(
  sheet: NewSheet,
  version: number,
): Pick<RatesHistory, 'sheet' | 'withdrawn' | 'confirmedAtMs'> {
  return { sheet: { ...sheet, version }, withdrawn: undefined, confirmedAtMs: sheet.fetchedAtMs };
}

function quotedOf({ base, rates }: QuotedRates): QuotedRates {
  return { base, rates };
}

/** Of the age at which rates are withdrawn: so often it is put on record that they still hold. */
const CONFIRMATIONS_PER_AGE = 4;

/**
 * What is to be put on record of a sheet that was fetched just now: that it is new, that it is back,
 * that it still holds; or nothing, because the log knew so not long ago.
 */
export function decideFetched(
  history: RatesHistory,
  fetched: NewSheet,
  maxAgeMs: number,
): RatesEvent | undefined {
  const { sheet, withdrawn } = history;
  if (sheet === undefined || !isSameSheet(sheet, fetched)) {
    return { type: 'RatesPublished', sheet: fetched };
  }
  const { fetchedAtMs } = fetched;
  if (withdrawn !== undefined) return { type: 'RatesRestored', fetchedAtMs };
  return decideConfirmed(history, { seenAtMs: fetchedAtMs, nowMs: fetchedAtMs, maxAgeMs });
}

/**
 * Puts on record that the source was seen to say the same, once the log is a quarter of the greatest
 * age behind: so few events keep every process, and the next one to keep the rates, up to date.
 */
export function decideConfirmed(
  history: RatesHistory,
  { seenAtMs, nowMs, maxAgeMs }: { seenAtMs: number; nowMs: number; maxAgeMs: number },
): RatesEvent | undefined {
  const { sheet, withdrawn, confirmedAtMs } = history;
  const isDue = nowMs - confirmedAtMs >= maxAgeMs / CONFIRMATIONS_PER_AGE;
  if (sheet === undefined || withdrawn !== undefined || seenAtMs <= confirmedAtMs || !isDue) {
    return undefined;
  }
  return { type: 'RatesConfirmed', fetchedAtMs: seenAtMs };
}

/** Withdraws rates of another source than is wanted now, and those that are too old. */
export function decideWithdrawal(
  history: RatesHistory,
  { source, nowMs, maxAgeMs }: { source: string; nowMs: number; maxAgeMs: number },
): RatesEvent | undefined {
  const { sheet, withdrawn, confirmedAtMs } = history;
  if (sheet === undefined || withdrawn !== undefined) return undefined;
  if (sheet.source !== source) return { type: 'RatesWithdrawn', reason: 'other-source' };
  if (nowMs - confirmedAtMs < maxAgeMs) return undefined;
  return { type: 'RatesWithdrawn', reason: 'too-old' };
}

/**
 * The table of the configuration is set when it says something new, or when the rates were not those
 * of a table; else what an operator has set since then stays.
 */
export function decideConfigured(
  history: RatesHistory,
  wanted: QuotedRates,
  nowMs: number,
): RatesEvent | undefined {
  const { sheet, withdrawn, configured } = history;
  const sheetOf = (quoted: QuotedRates): NewSheet => newTable(quoted, nowMs);
  const isTable = sheet?.source === TABLE_SOURCE && withdrawn === undefined;
  const isSaidBefore =
    configured !== undefined && isSameSheet(sheetOf(configured), sheetOf(wanted));
  if (isTable && isSaidBefore) return undefined;
  return { type: 'RatesSet', sheet: sheetOf(wanted) };
}

/** A sheet that somebody sets at this time. */
export function newTable({ base, rates }: QuotedRates, nowMs: number): NewSheet {
  return { source: TABLE_SOURCE, fetchedAtMs: nowMs, base, rates };
}
