import fc from 'fast-check';
import { canonicalJson, type JsonObject, type JsonValue } from '#eventsourcing';
import { canonicalText } from './canonical-text';

/** As jsonb writes a value: shorter keys first, then by bytes; spaces after colons and commas. */
function stored(value: JsonValue): string {
  if (isList(value)) return `[${value.map(stored).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value)
    .map(([key, member]): [Buffer, JsonValue] => [Buffer.from(key), member ?? null])
    .sort(([one], [other]) => one.length - other.length || Buffer.compare(one, other))
    .map(([key, member]) => `${JSON.stringify(key.toString())}: ${stored(member)}`);
  return `{${members.join(', ')}}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/** Characters that JSON treats specially, or that come before a quote in the order of keys. */
const character = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '\n',
    '\u0007',
    ' ',
    '!',
    '#',
    ':',
    ',',
    '{',
    '}',
    '\u2028',
    'ü',
    '🚂',
  ),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
);
const { value: aValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 1e21, 0.5, Number.MAX_SAFE_INTEGER),
    fc.maxSafeInteger(),
    fc.string({ unit: character, maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: character, maxLength: 4 }), tie('value'), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
  ),
}));

test.each<[string, JsonValue]>([
  ['keys of different length', { b: 1, aa: 2, a: 3 }],
  ['a key that begins another one, and characters before the quote', { a: 1, 'a!': 2, 'a ': 3 }],
  ['characters of JSON inside strings', { 'k:, {"}': ['[', '\\', '\\"', '"\\\\"'] }],
  ['keys with escapes', { '"': 1, '#': 2, '\\': 3, '[': 4 }],
  ['numbers that are not written as they are stored', [1e21, 1e-7, 0.1, 2 ** 60]],
  ['nothing', {}],
  ['empty lists', [[], {}, '']],
])('%s', (_what, value) => {
  expect(canonicalText(stored(value))).toBe(canonicalJson(value));
});

test('whatever jsonb gives back becomes the canonical text again', () => {
  fc.assert(
    fc.property(aValue, (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as JsonValue;
      expect(canonicalText(stored(plain))).toBe(canonicalJson(plain));
    }),
    { numRuns: 2000 },
  );
});

test.each(['', '{', '{"a', '{"a": ', '[', '[1, ', '{"a": 1, ', '"a'])(
  'text that ends too early is refused, not repaired: %j',
  (text) => {
    expect(() => canonicalText(text)).toThrow(SyntaxError);
  },
);
