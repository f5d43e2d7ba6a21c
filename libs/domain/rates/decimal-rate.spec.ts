import fc from 'fast-check';
import { readRate } from './decimal-rate';
import { RateError, type RateRule } from './rate-error';

const ruleOf = (written: string): RateRule => {
  try {
    readRate(written, 'USD');
  } catch (error) {
    if (!(error instanceof RateError)) throw error;
    expect(error.field).toBe('USD');
    expect(error.message).toMatch(/^USD must /);
    return error.rule;
  }
  throw new Error(`${written} is a rate`);
};

it.each([
  ['1.0592', 662n, 625n, '1.0592'],
  ['1.1', 11n, 10n, '1.1'],
  ['1', 1n, 1n, '1'],
  ['150.00', 150n, 1n, '150'],
  ['0.10', 1n, 10n, '0.1'],
  ['1e3', 1000n, 1n, '1000'],
  ['2.5E-3', 1n, 400n, '0.0025'],
  ['120e-1', 12n, 1n, '12'],
  ['0.000000000000000001', 1n, 10n ** 18n, '0.000000000000000001'],
  ['1e18', 10n ** 18n, 1n, '1000000000000000000'],
  [
    '0.1000000000000000055511151231257827',
    1000000000000000055511151231257827n,
    10n ** 34n,
    '0.1000000000000000055511151231257827',
  ],
])('%s is read exactly', (written, numerator, denominator, text) => {
  expect(readRate(written, 'USD')).toEqual({ numerator, denominator, text });
});

it.each([
  '',
  ' 1',
  '1 ',
  '.5',
  '5.',
  '+1',
  '01',
  '1,5',
  '0x10',
  'NaN',
  'Infinity',
  '1e',
  '1e+',
  '--1',
  '1'.repeat(101),
  '1e99999',
  '١',
])('%j is not a number', (written) => {
  expect(ruleOf(written)).toBe('not-a-number');
});

it.each([
  ['0', 'zero'],
  ['0.000', 'zero'],
  ['-0', 'zero'],
  ['0e9', 'zero'],
  ['-1.05', 'negative'],
  ['1e19', 'out-of-range'],
  ['1.1e18', 'out-of-range'],
  ['9.9e-19', 'out-of-range'],
  ['1e9999', 'out-of-range'],
  ['1e-9999', 'out-of-range'],
  [`1.${'1'.repeat(40)}`, 'too-many-digits'],
])('%s is refused as %s', (written, rule) => {
  expect(ruleOf(written)).toBe(rule);
});

it('up to 40 digits count, and zeros at the ends do not', () => {
  expect(readRate(`1.${'1'.repeat(39)}`, 'USD').text).toBe(`1.${'1'.repeat(39)}`);
  expect(readRate(`0.000${'1'.repeat(40)}0000`, 'USD').text).toBe(`0.000${'1'.repeat(40)}`);
});

const decimal = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.integer({ min: 0, max: 17 }))
  .map(([digits, decimals]) => ({ digits, decimals, text: pointed(digits, decimals) }))
  .filter(({ digits, decimals }) => String(digits).length - decimals <= 18);

function pointed(digits: bigint, decimals: number): string {
  const padded = String(digits).padStart(decimals + 1, '0');
  const point = padded.length - decimals;
  return decimals === 0 ? padded : `${padded.slice(0, point)}.${padded.slice(point)}`;
}

it('what is written is what is read, whatever way it is written in', () => {
  fc.assert(
    fc.property(decimal, ({ digits, decimals, text }) => {
      const read = readRate(text, 'USD');
      expect(read.numerator * 10n ** BigInt(decimals)).toBe(digits * read.denominator);
      expect(readRate(`${digits}e-${decimals}`, 'USD')).toEqual(read);
    }),
  );
});

it('the text of a rate is read as the same rate with the same text', () => {
  fc.assert(
    fc.property(decimal, ({ text }) => {
      const read = readRate(text, 'USD');
      expect(readRate(read.text, 'USD')).toEqual(read);
    }),
  );
});
