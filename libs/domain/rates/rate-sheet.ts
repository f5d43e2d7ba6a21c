import type { JsonObject } from '#eventsourcing';
import { RateError } from './rate-error';
import { type QuotedRates, readQuotedRates } from './rate-table';

/** Rates that were in force from some moment on, and where they came from. */
export interface RateSheet extends QuotedRates {
  /** Of the event that brought them; counts up. */
  readonly version: number;
  /** `table`, or the address of whoever publishes them, without anything secret. */
  readonly source: string;
  readonly fetchedAtMs: number;
  /** As the source dates them: an ISO 8601 date. */
  readonly publishedAt?: string | undefined;
}

/** A sheet that has no version yet. */
export type NewSheet = Omit<RateSheet, 'version'>;

const MEMBERS: ReadonlySet<string> = new Set([
  'source',
  'fetchedAtMs',
  'publishedAt',
  'base',
  'rates',
]);
const MAX_TEXT = 500;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** JSON whose `canonicalJson` is the same for equal sheets; rates are decimal text. */
export function rateSheetJson(sheet: RateSheet): JsonObject {
  return { ...newSheetJson(sheet), version: sheet.version };
}

/** The same, of a sheet without its version. */
export function newSheetJson(sheet: NewSheet): JsonObject {
  const { source, fetchedAtMs, publishedAt, base, rates } = sheet;
  return { base, fetchedAtMs, publishedAt, rates, source };
}

/**
 * Reads what `rateSheetJson` made. Rates are read anew, so that what is no rate is found here.
 * @throws RateError naming the member or the currency
 */
export function readRateSheet(value: unknown): RateSheet {
  const { version, ...members } = membersOf(value, '');
  return { ...readNewSheet(members), version: integer(version, 'version') };
}

/** As `readRateSheet`, of what `newSheetJson` made. */
export function readNewSheet(value: unknown): NewSheet {
  const members = membersOf(value, '');
  for (const name of Object.keys(members)) {
    if (!MEMBERS.has(name)) throw new RateError(name, 'unknown');
  }
  const { publishedAt } = members;
  return {
    source: text(members.source, 'source'),
    fetchedAtMs: integer(members.fetchedAtMs, 'fetchedAtMs'),
    ...(publishedAt === undefined ? {} : { publishedAt: readDate(publishedAt, 'publishedAt') }),
    ...readQuotedRates(text(members.base, 'base'), texts(members.rates)),
  };
}

/** Do the two say the same, whenever they were fetched? */
export function isSameSheet(one: NewSheet, other: NewSheet): boolean {
  const codes = Object.keys(one.rates);
  return (
    one.source === other.source &&
    one.publishedAt === other.publishedAt &&
    one.base === other.base &&
    codes.length === Object.keys(other.rates).length &&
    codes.every((code) => one.rates[code] === other.rates[code])
  );
}

/** @throws RateError not-a-date */
export function readDate(value: unknown, field: string): string {
  const isDate = typeof value === 'string' && DATE.test(value) && dayOf(value) === value;
  if (!isDate) throw new RateError(field, 'not-a-date');
  return value;
}

function dayOf(written: string): string | undefined {
  const time = Date.parse(`${written}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10);
}

function membersOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RateError(field, 'not-an-object');
  }
  return { ...value };
}

function texts(rates: unknown): [string, string][] {
  return Object.entries(membersOf(rates, 'rates')).map(([code, value]) => [
    code,
    text(value, code),
  ]);
}

function integer(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RateError(field, 'not-an-integer');
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT) return value;
  throw new RateError(field, 'not-a-text');
}
