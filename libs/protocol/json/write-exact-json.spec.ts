import fc from 'fast-check';
import { parseExactJson } from './exact-json';
import { writeExactJson } from './write-exact-json';

const read = (text: string) => parseExactJson(text, { maxDepth: 100 });

test.each([
  '9007199254740993',
  '18446744073709551615',
  '-0',
  '1.50',
  '1e400',
  '0.1234567890123456789',
  '{"points":[[9007199254740993,1.0E+2]],"__proto__":{"a":1},"":null}',
])('%s is written as it was read', (text) => {
  expect(writeExactJson(read(text))).toBe(text);
});

test('any JSON is written as JSON.stringify would, read before or not', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(writeExactJson(value)).toBe(text);
      expect(JSON.parse(writeExactJson(read(text)))).toEqual(JSON.parse(text));
    }),
  );
});

test('what was read may stand within what was not', () => {
  const custom = read('{"n":9007199254740993}');
  expect(writeExactJson([{ ilp: 'AA', custom, none: undefined }])).toBe(
    '[{"ilp":"AA","custom":{"n":9007199254740993}}]',
  );
});
