import { readJsonRates } from './json-rates';
import type { RateError } from './rate-error';
import { RateTable } from './rate-table';

const shape = { path: 'rates', base: 'EUR' };
const refused = (text: string, field: string, rule: string, path = 'rates'): void => {
  const error = expect.objectContaining({ name: 'RateError', field, rule }) as RateError;
  expect(() => readJsonRates(text, { ...shape, path })).toThrow(error);
};

it('numbers keep their digits: 1.1 is 11/10', () => {
  const read = readJsonRates('{"rates": {"USD": 1.1, "GBP": "0.86", "JPY": 1.6324e2}}', shape);
  expect(read).toEqual({ base: 'EUR', rates: { GBP: '0.86', JPY: '163.24', USD: '1.1' } });
  expect(RateTable.of(read).rate('EUR', 'USD')).toEqual({ numerator: 11n, denominator: 10n });
  const long = readJsonRates('{"rates":{"USD":0.12345678901234567890123456789}}', shape);
  expect(long.rates.USD).toBe('0.12345678901234567890123456789');
});

it('rates are found at any path, or are the document', () => {
  const deep = '{"data":{"quotes":{"USD":2}},"ok":true}';
  expect(readJsonRates(deep, { path: 'data.quotes', base: 'EUR' }).rates).toEqual({ USD: '2' });
  expect(readJsonRates('{"USD":2}', { path: '', base: 'EUR' }).rates).toEqual({ USD: '2' });
});

it('members that are no currencies are passed over', () => {
  const text = '{"rates":{"USD":2,"USDT":-1,"at":"noon","timestamp":null}}';
  expect(readJsonRates(text, shape).rates).toEqual({ USD: '2' });
});

it.each([
  ['{"rates":{"USD":-1}}', 'USD', 'negative'],
  ['{"rates":{"USD":0}}', 'USD', 'zero'],
  ['{"rates":{"USD":null}}', 'USD', 'not-a-number'],
  ['{"rates":{"USD":"many"}}', 'USD', 'not-a-number'],
  ['{"rates":{"USD":{}}}', 'USD', 'not-a-number'],
  ['{"rates":{"USD":1e300}}', 'USD', 'out-of-range'],
  ['{"rates":{"USD":1,"USD":2}}', 'USD', 'twice'],
  ['{"rates":{"USD":1,"usd":2}}', 'USD', 'twice'],
  ['{"rates":{}}', 'rates', 'no-rates'],
  ['{"rates":[1]}', 'rates', 'not-an-object'],
  ['{"quotes":{}}', 'rates', 'missing'],
  ['{"__proto__":{"rates":{"USD":1}}}', 'rates', 'missing'],
  ['[]', '', 'not-an-object'],
  ['<html/>', '', 'not-json'],
  ['', '', 'not-json'],
  ['{"rates":{"USD":1.}}', '', 'not-json'],
  ['{"rates":{"USD":01}}', '', 'not-json'],
  ['{"rates":{"USD":1}} x', '', 'not-json'],
  ['{"rates":{"USD":1},}', '', 'not-json'],
  ['{"rates":{1:1}}', '', 'not-json'],
  ['{"rates":{"US', '', 'not-json'],
  ['[NaN]', '', 'not-json'],
])('%s is refused for %j: %s', (text, field, rule) => {
  refused(text, field, rule);
});

it('neither depth nor length wears the reader out', () => {
  refused('['.repeat(100_000), '', 'not-json');
  refused(`"${'x'.repeat(1_000_000)}"`, '', 'not-an-object');
  refused(' '.repeat(1_048_577), '', 'too-long');
});
