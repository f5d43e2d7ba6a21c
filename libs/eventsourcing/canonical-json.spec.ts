import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { canonicalJson, type JsonObject, type JsonValue } from './canonical-json';

/** Any JSON value whose numbers are whole, as payloads have them. */
const { value: aValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 5 }), tie('value'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
}));

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The same value with the keys of every object the other way round. */
function reordered(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(reordered);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, member]): [string, JsonValue | undefined] => [
    key,
    member === undefined ? undefined : reordered(member),
  ]);
  return Object.fromEntries(entries.reverse());
}

describe('the canonical text', () => {
  test.each<[string, JsonValue, string]>([
    ['null', null, 'null'],
    ['an empty object', {}, '{}'],
    ['an empty list', [], '[]'],
    [
      'keys in order',
      { b: 1, a: [true, { d: '', c: null }] },
      '{"a":[true,{"c":null,"d":""}],"b":1}',
    ],
    [
      'keys by code unit, not by language',
      { é: 1, z: 2, Z: 3, a1: 4, a: 5 },
      '{"Z":3,"a":5,"a1":4,"z":2,"é":1}',
    ],
    ['keys that look like numbers', { 10: 1, 9: 2, a: 3 }, '{"10":1,"9":2,"a":3}'],
    ['a key above the basic plane', { '\u{1f600}': 1, '\uffee': 2 }, '{"\u{1f600}":1,"\uffee":2}'],
    ['a list in its own order', [3, 1, 2], '[3,1,2]'],
    ['members that are undefined', { a: undefined, b: 1, c: undefined }, '{"b":1}'],
    ['escapes', 'a"\\\n\u2028\u0000/', '"a\\"\\\\\\n\u2028\\u0000/"'],
    ['a lone surrogate', '\ud800', '"\\ud800"'],
    ['an own __proto__', JSON.parse('{"__proto__":1,"a":2}') as JsonValue, '{"__proto__":1,"a":2}'],
  ])('of %s', (_what, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(aValue, (value) => {
        expect(canonicalJson(reordered(value))).toBe(canonicalJson(value));
      }),
      { numRuns: 1000 },
    );
  });

  test('is JSON and says the same', () => {
    fc.assert(
      fc.property(aValue, (value) => {
        // Through JSON, because it knows no -0.
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(plain);
      }),
      { numRuns: 1000 },
    );
  });

  test('survives a database that keeps the value in an order of its own', () => {
    fc.assert(
      fc.property(aValue, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reordered(JSON.parse(text) as JsonValue))).toBe(text);
      }),
    );
  });

  test('of different values is different', () => {
    fc.assert(
      fc.property(aValue, aValue, (one, other) => {
        fc.pre(
          !isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))),
        );
        expect(canonicalJson(one)).not.toBe(canonicalJson(other));
      }),
      { numRuns: 1000 },
    );
  });
});
