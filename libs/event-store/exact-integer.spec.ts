import { InexactNumberError } from './event-store-errors';
import { bigintColumn, countColumn, safeInteger } from './exact-integer';

test('counts are numbers up to 2^53 - 1 and an error beyond', () => {
  expect(safeInteger('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => safeInteger('9007199254740992')).toThrow(InexactNumberError);
  expect(() => safeInteger('9007199254740993')).toThrow('"9007199254740993"');
  expect(() => safeInteger('1.5')).toThrow(InexactNumberError);
  expect(() => void countColumn.from('9007199254740993')).toThrow(InexactNumberError);
});

test('columns of money are bigint on our side and decimal text on the way', () => {
  const most = 2n ** 64n - 1n;
  expect(bigintColumn.to(most)).toBe('18446744073709551615');
  expect(bigintColumn.from('18446744073709551615')).toBe(most);
  expect(bigintColumn.from(null)).toBeNull();
  expect(bigintColumn.to(null)).toBeNull();
});
