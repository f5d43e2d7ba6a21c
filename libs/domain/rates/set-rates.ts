import { RateError } from './rate-error';
import { type QuotedRates, readCurrencyCode, readQuotedRates } from './rate-table';
import type { RatesEvent } from './rates-event';
import { newTable, type RatesHistory, TABLE_SOURCE } from './rates-history';

/** By currency, the value of one unit of the base as decimal text; null = no longer known. */
export type RateChanges = Readonly<Record<string, string | null>>;

/**
 * Changes single values of the table that is in force; what is not named stays.
 * @returns undefined if everything is so already
 * @throws RateError for a value that is no rate, a currency to be forgotten that there is not, and
 *   where nothing would be left
 */
export function decideSet(
  history: RatesHistory,
  changes: RateChanges,
  nowMs: number,
): RatesEvent | undefined {
  const { sheet } = history;
  if (sheet?.source !== TABLE_SOURCE) throw new RateError('table', 'missing');
  const wanted = changed(sheet, changes);
  const codes = new Set([...Object.keys(sheet.rates), ...Object.keys(wanted.rates)]);
  const differs = [...codes].some((code) => sheet.rates[code] !== wanted.rates[code]);
  return differs ? { type: 'RatesSet', sheet: newTable(wanted, nowMs) } : undefined;
}

function changed({ base, rates }: QuotedRates, changes: RateChanges): QuotedRates {
  const values = new Map(Object.entries(rates));
  const named = new Set<string>();
  for (const [written, value] of Object.entries(changes)) {
    const code = readCurrencyCode(written, written);
    if (named.has(code)) throw new RateError(code, 'twice');
    named.add(code);
    if (value !== null) values.set(code, value);
    else if (code === base) throw new RateError(code, 'base-not-one');
    else values.delete(code);
  }
  return readQuotedRates(base, values);
}
