import type { NewSheet } from './rate-sheet';
import { SaidRates } from './said-rates';

const MAX_AGE = 1_000;
const sheet = (fetchedAtMs: number, rates: Record<string, string>, base = 'EUR'): NewSheet => ({
  source: 'https://rates.example/daily',
  fetchedAtMs,
  base,
  rates,
});
const heard = (...sheets: readonly NewSheet[]): SaidRates =>
  sheets.reduce((said, next) => said.hearing(next), SaidRates.nothing(MAX_AGE));

it('is nothing before anything was said', () => {
  expect(heard().at(5)).toBeUndefined();
  expect(heard().missing).toEqual([]);
});

it('is what was said last, as long as that names everything', () => {
  const said = heard(sheet(1, { USD: '1.1' }), sheet(5, { JPY: '160', USD: '1.2' }));
  // How old a whole sheet may be is for others to say.
  expect(said.at(99_999)).toEqual(sheet(5, { JPY: '160', USD: '1.2' }));
  expect(said.missing).toEqual([]);
  expect(said.nextEndMs(5)).toBeUndefined();
});

it('keeps the last rate of a currency that is missing, until that is too old', () => {
  const said = heard(sheet(0, { JPY: '160', USD: '1.1' }), sheet(600, { USD: '1.2' }));
  expect(said.at(999)).toEqual(sheet(600, { JPY: '160', USD: '1.2' }));
  expect(said.nextEndMs(999)).toBe(1_000);
  expect(said.at(1_000)).toEqual(sheet(600, { USD: '1.2' }));
  expect(said.nextEndMs(1_000)).toBeUndefined();
  expect(said.missing).toEqual(['JPY']);
});

it('counts from when each was said, and is whole again when all are', () => {
  const said = heard(
    sheet(0, { GBP: '0.8', JPY: '160', USD: '1' }),
    sheet(100, { GBP: '0.9', USD: '1' }),
    sheet(200, { USD: '1' }),
  );
  expect(said.missing).toEqual(['GBP', 'JPY']);
  expect(said.nextEndMs(200)).toBe(1_000);
  expect(said.nextEndMs(1_000)).toBe(1_100);
  expect(said.at(1_099)?.rates).toEqual({ GBP: '0.9', USD: '1' });
  const whole = said.hearing(sheet(300, { GBP: '0.7', JPY: '150', USD: '1' }));
  expect(whole.missing).toEqual([]);
  expect(whole.at(5_000)?.rates).toEqual({ GBP: '0.7', JPY: '150', USD: '1' });
});

it('keeps nothing that was counted in another base', () => {
  const said = heard(sheet(0, { JPY: '160' }), sheet(1, { EUR: '0.9' }, 'USD'));
  expect(said.at(2)).toEqual(sheet(1, { EUR: '0.9' }, 'USD'));
});

it('is never more than a sheet has room for, whatever names the source invents', () => {
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const named = (first: string): Record<string, string> =>
    Object.fromEntries(letters.flatMap((b) => letters.map((c) => [first + b + c, '1'])));
  const said = heard(sheet(0, named('A')), sheet(1, named('B')), sheet(2, { USD: '1' }));
  const rates = Object.keys(said.at(3)?.rates ?? {});
  expect(rates).toHaveLength(1_000);
  expect(rates).toContain('USD');
  expect(rates.filter((code) => code.startsWith('B'))).toHaveLength(676);
});
