import fc from 'fast-check';
import { RateError } from './rate-error';
import { RateTable, readQuotedRates } from './rate-table';

const quoted = (values: Record<string, string>, base = 'EUR') =>
  readQuotedRates(base, Object.entries(values));
const tableOf = (values: Record<string, string>) => RateTable.of(quoted(values));

function errorOf(work: () => unknown): Pick<RateError, 'field' | 'rule'> {
  try {
    work();
  } catch (error) {
    if (error instanceof RateError) return { field: error.field, rule: error.rule };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('quoted rates', () => {
  it('are sorted, canonical, upper-case and without the base', () => {
    const read = readQuotedRates('eur', [
      ['usd', '1.10'],
      ['EUR', '1.0'],
      ['AUD', '1.7e0'],
    ]);
    expect(read).toEqual({ base: 'EUR', rates: { AUD: '1.7', USD: '1.1' } });
    expect(Object.keys(read.rates)).toEqual(['AUD', 'USD']);
  });

  it.each([
    [{ USD: '-1' }, 'USD', 'negative'],
    [{ USD: '0' }, 'USD', 'zero'],
    [{ USD: 'abc' }, 'USD', 'not-a-number'],
    [{ USD: '1e30' }, 'USD', 'out-of-range'],
    [{ USDT: '1' }, 'USDT', 'not-three-letters'],
    [{ USD: '1', usd: '1' }, 'USD', 'twice'],
    [{ USD: '1', EUR: '2' }, 'EUR', 'base-not-one'],
    [{ EUR: '1' }, 'rates', 'no-rates'],
    [{}, 'rates', 'no-rates'],
  ])('%j is refused for %s: %s', (values, field, rule) => {
    expect(errorOf(() => quoted(values as Record<string, string>))).toEqual({ field, rule });
  });

  it('are at most a thousand', () => {
    const letters = 'ABCDEFGHIJ'.split('');
    const codes = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
    const values = codes.map((code): [string, string] => [code, '2']);
    expect(Object.keys(readQuotedRates('EUR', values).rates)).toHaveLength(1000);
    expect(errorOf(() => readQuotedRates('EUR', [...values, ['USD', '2']]))).toEqual({
      field: 'rates',
      rule: 'too-many',
    });
  });

  it('have a base of three letters', () => {
    expect(errorOf(() => quoted({ USD: '1' }, 'EURO'))).toEqual({
      field: 'base',
      rule: 'not-three-letters',
    });
  });
});

describe('cross rates', () => {
  it('are R_dst / R_src in lowest terms', () => {
    const table = tableOf({ USD: '1.0592', GBP: '0.86' });
    expect(table.rate('EUR', 'USD')).toEqual({ numerator: 662n, denominator: 625n });
    expect(table.rate('USD', 'EUR')).toEqual({ numerator: 625n, denominator: 662n });
    expect(table.rate('USD', 'GBP')).toEqual({ numerator: 1075n, denominator: 1324n });
  });

  it('of a currency for itself are 1, known or not', () => {
    expect(tableOf({ USD: '2' }).rate('XYZ', 'XYZ')).toEqual({ numerator: 1n, denominator: 1n });
  });

  it.each([
    ['XYZ', 'USD'],
    ['EUR', 'XYZ'],
  ])('of a currency that is not there are refused: %s to %s', (source, destination) => {
    const work = () => tableOf({ USD: '2' }).rate(source, destination);
    expect(errorOf(work)).toEqual({ field: 'XYZ', rule: 'missing' });
  });

  const rate = fc
    .tuple(fc.bigInt({ min: 1n, max: 10n ** 20n }), fc.integer({ min: -18, max: -3 }))
    .map(([digits, power]) => `${digits}e${power}`)
    .filter((text) => BigInt(text.split('e')[0] ?? '') < 10n ** 18n);

  it('there and back again make exactly 1, and the way over the base is the direct one', () => {
    fc.assert(
      fc.property(rate, rate, (usd, gbp) => {
        const table = tableOf({ USD: usd, GBP: gbp });
        const there = table.rate('USD', 'GBP');
        const back = table.rate('GBP', 'USD');
        expect(there.numerator * back.numerator).toBe(there.denominator * back.denominator);
        const first = table.rate('USD', 'EUR');
        const second = table.rate('EUR', 'GBP');
        expect(first.numerator * second.numerator * there.denominator).toBe(
          first.denominator * second.denominator * there.numerator,
        );
      }),
    );
  });
});
