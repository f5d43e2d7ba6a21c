import { decimalOf } from './exact-decimal';

test.each<[bigint, bigint, string]>([
  [0n, 7n, '0'],
  [10_592n, 10_000n, '1.0592'],
  [2000n, 10_000n, '0.2'],
  [1n, 3n, '0.333333333333333333…'],
  [10n ** 30n, 1n, '1000000000000000000000000000000'],
  [1n, 10n ** 18n, '0.000000000000000001'],
  [1n, 10n ** 19n, '0.000000000000000000…'],
])('%s / %s is %s', (numerator, denominator, text) => {
  expect(decimalOf(numerator, denominator)).toBe(text);
});
