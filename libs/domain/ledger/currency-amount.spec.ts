import fc from 'fast-check';
import { baseUnits, inCurrency, InvalidAmountError } from './currency-amount';

describe('an amount in the currency of a ledger', () => {
  it.each([
    ['12.5', 9, '12500000000'],
    ['12.50', 1, '125'],
    ['0', 9, '0'],
    ['-0.000000001', 9, '-1'],
    ['-0.0', 9, '0'],
    ['7', 0, '7'],
    ['7.0', 0, '7'],
    ['7000', -3, '7'],
    ['18446744073.709551615', 9, '18446744073709551615'],
    ['0.1', 18, '100000000000000000'],
  ])('%s at scale %i is %s base units', (written, scale, units) => {
    expect(baseUnits('--amount', written, scale)).toBe(units);
  });

  it.each<[string, number, string]>([
    [
      '0.0000000001',
      9,
      '--amount: 0.0000000001 has more decimals (10) than the scale of the ledger, 9',
    ],
    ['1.5', 0, '--amount: 1.5 has more decimals (1) than the scale of the ledger, 0'],
    ['1.5', -3, '--amount: 1.5 has more decimals (1) than the scale of the ledger, -3'],
    ['7500', -3, '--amount: 7500 is no multiple of 1000, as the scale -3 of the ledger asks for'],
  ])('%s at scale %i is never rounded', (written, scale, rule) => {
    expect(() => baseUnits('--amount', written, scale)).toThrow(new InvalidAmountError(rule));
  });

  it.each(['', '1e3', '01', '+1', '.5', '5.', '1,5', '0x1', ' 1', '1 ', '--1', 'NaN', '١'])(
    '"%s" is none',
    (written) => {
      expect(() => baseUnits('--low', written, 2)).toThrow(/^--low: must be a decimal number/);
    },
  );

  it('is read as it is written', () => {
    const scale = fc.integer({ min: -9, max: 18 });
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 64n), 2n ** 64n), scale, (units, places) => {
        const written = inCurrency(units.toString(), places);
        expect(baseUnits('--amount', written, places)).toBe(units.toString());
      }),
    );
  });
});

describe('base units', () => {
  it.each([
    ['1500', 9, '0.000001500'],
    ['-1500', 2, '-15.00'],
    ['0', 2, '0.00'],
    ['7', 0, '7'],
    ['-7', -3, '-7000'],
    ['0', -3, '0'],
  ])('%s at scale %i are %s', (units, scale, written) => {
    expect(inCurrency(units, scale)).toBe(written);
  });
});
