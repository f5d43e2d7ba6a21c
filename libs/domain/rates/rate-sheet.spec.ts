import { canonicalJson } from '#eventsourcing';
import { RateError } from './rate-error';
import { isSameSheet, type RateSheet, rateSheetJson, readRateSheet } from './rate-sheet';

const SHEET: RateSheet = {
  version: 7,
  source: 'https://rates.example/daily.xml',
  fetchedAtMs: 1_795_305_600_000,
  publishedAt: '2026-11-20',
  base: 'EUR',
  rates: { GBP: '0.86', USD: '1.0592' },
};

it('a sheet has one canonical text, and is read from it', () => {
  const text = canonicalJson(rateSheetJson(SHEET));
  expect(text).toBe(
    '{"base":"EUR","fetchedAtMs":1795305600000,"publishedAt":"2026-11-20",' +
      '"rates":{"GBP":"0.86","USD":"1.0592"},"source":"https://rates.example/daily.xml","version":7}',
  );
  const read = readRateSheet(JSON.parse(text));
  expect(read).toEqual(SHEET);
  const turned = { ...SHEET, rates: { USD: '1.0592', GBP: '0.86' } };
  expect(canonicalJson(rateSheetJson(turned))).toBe(text);
});

it('a sheet without a date has none in its text', () => {
  const undated: RateSheet = { ...SHEET };
  Reflect.deleteProperty(undated, 'publishedAt');
  expect(canonicalJson(rateSheetJson(undated))).not.toContain('publishedAt');
  expect(readRateSheet(JSON.parse(canonicalJson(rateSheetJson(undated))))).toEqual(undated);
});

it.each([
  [{ version: -1 }, 'version', 'not-an-integer'],
  [{ fetchedAtMs: '1' }, 'fetchedAtMs', 'not-an-integer'],
  [{ source: '' }, 'source', 'not-a-text'],
  [{ publishedAt: '2026-02-30' }, 'publishedAt', 'not-a-date'],
  [{ publishedAt: 20261120 }, 'publishedAt', 'not-a-date'],
  [{ rates: [] }, 'rates', 'not-an-object'],
  [{ rates: { USD: 1.1 } }, 'USD', 'not-a-text'],
  [{ rates: { USD: '-1' } }, 'USD', 'negative'],
  [{ other: 1 }, 'other', 'unknown'],
])('%j is refused for %s: %s', (change, field, rule) => {
  const read = () => readRateSheet({ ...SHEET, ...change });
  expect(read).toThrow(expect.objectContaining({ field, rule }) as RateError);
});

it('whether two sheets say the same does not depend on when they were fetched', () => {
  expect(isSameSheet(SHEET, { ...SHEET, fetchedAtMs: 1 })).toBe(true);
  expect(isSameSheet(SHEET, { ...SHEET, publishedAt: '2026-11-21' })).toBe(false);
  expect(isSameSheet(SHEET, { ...SHEET, source: 'table' })).toBe(false);
  expect(isSameSheet(SHEET, { ...SHEET, rates: { ...SHEET.rates, USD: '1.06' } })).toBe(false);
  expect(isSameSheet(SHEET, { ...SHEET, rates: { USD: '1.0592' } })).toBe(false);
  expect(isSameSheet(SHEET, { ...SHEET, rates: { GBP: '0.86', JPY: '1.0592' } })).toBe(false);
});
