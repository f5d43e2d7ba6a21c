import fc from 'fast-check';
import { ExactJsonError, JsonNumber, type JsonValue, parseExactJson } from './exact-json';

const plain = (value: JsonValue): unknown => {
  if (value instanceof JsonNumber) return value.value;
  if (value instanceof Map) {
    const object = Object.create(null) as Record<string, unknown>;
    for (const [name, member] of value) object[name] = plain(member);
    return object;
  }
  return Array.isArray(value) ? value.map(plain) : value;
};

const withoutPrototypes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== 'object' || value === null) return value;
  const object = Object.create(null) as Record<string, unknown>;
  for (const [name, member] of Object.entries(value)) object[name] = withoutPrototypes(member);
  return object;
};

const verdict = (read: () => unknown): unknown => {
  try {
    return { value: read() };
  } catch {
    return 'refused';
  }
};

const expectAsParsed = (text: string): void => {
  const ours = verdict(() => plain(parseExactJson(text, { maxDepth: 1_000 })));
  const theirs = verdict(() => withoutPrototypes(JSON.parse(text)));
  expect({ text, verdict: ours }).toEqual({ text, verdict: theirs });
};

describe('JSON with exact numbers', () => {
  test.each([
    '{"a":[1,-0,2.50,1e3,1E-7,"x\\u00e9\\n\\"",true,false,null],"b":{},"":[]}',
    ' \t\r\n[ 1 , 2 ] \n',
    '"plain"',
    '"\ud83d\ude00 \\ud83d"',
    '{"__proto__":1,"a":1,"a":2}',
    '',
    ' ',
    '[1,]',
    '[,1]',
    '{"a":1,}',
    '{"a"}',
    '{a:1}',
    '{"a":1',
    '[1',
    '"open',
    '"open\\',
    '"ends in \\"',
    '"tab\tinside"',
    '"bad \\x escape"',
    '"short \\u12"',
    '01',
    '-',
    '+1',
    '.5',
    '1.',
    '1e',
    '0x10',
    'NaN',
    'tru',
    'truex',
    '1 2',
    "'a'",
    '\u00a0 1',
    '\ufeff1',
    '[1] // note',
  ])('reads %j as JSON.parse does, or refuses it as that does', expectAsParsed);

  test('reads any JSON as JSON.parse does', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), expectAsParsed), { numRuns: 500 });
  });

  test('gives the same verdict as JSON.parse on damaged JSON', () => {
    const character = fc.constantFrom(...Array.from('{}[]",:\\/.-+eE0123456789utfn \n\t\u0001x'));
    const damage = fc.tuple(fc.nat(), fc.nat({ max: 2 }), character);
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.array(damage, { maxLength: 3 }), (json, damages) => {
        let text = json;
        for (const [position, removed, inserted] of damages) {
          const at = position % (text.length + 1);
          text = text.slice(0, at) + inserted + text.slice(at + removed);
        }
        expectAsParsed(text);
      }),
      { numRuns: 3_000 },
    );
  });

  test('keeps the digits that a double would lose', () => {
    const value = parseExactJson('[9007199254740993, 18446744073709551615, 1e400]', {
      maxDepth: 1,
    });
    expect(value).toEqual([
      new JsonNumber('9007199254740993'),
      new JsonNumber('18446744073709551615'),
      new JsonNumber('1e400'),
    ]);
  });

  test('refuses what is nested deeper than allowed, however deep it is', () => {
    expect(plain(parseExactJson('[{"a":[]}]', { maxDepth: 3 }))).toEqual([{ a: [] }]);
    expect(() => parseExactJson('[{"a":[[]]}]', { maxDepth: 3 })).toThrow(
      new ExactJsonError('too-deep'),
    );
    expect(() => parseExactJson('['.repeat(2_000_000), { maxDepth: 16 })).toThrow(
      new ExactJsonError('too-deep'),
    );
    expect(() => parseExactJson('{"a":'.repeat(500_000), { maxDepth: 16 })).toThrow(
      new ExactJsonError('too-deep'),
    );
  });

  test.each([
    ['one number', '9'.repeat(2_000_000)],
    ['one fraction', `0.${'1'.repeat(2_000_000)}`],
    ['one string', `"${'x'.repeat(2_000_000)}"`],
    ['one string of escapes', `"${'\\n'.repeat(1_000_000)}"`],
    ['blanks', `${' '.repeat(2_000_000)}1`],
    ['many items', `[${'1,'.repeat(1_000_000)}1]`],
  ])('is not exhausted by %s of two megabytes', (_what, text) => {
    expect(() => parseExactJson(text, { maxDepth: 16 })).not.toThrow();
  });
});

test('a name that repeats may be refused, in the object that it repeats in', () => {
  const strict = { maxDepth: 3, repeated: 'refused' } as const;
  expect(plain(parseExactJson('[{"a":1},{"a":{"a":2}}]', strict))).toEqual([
    { a: 1 },
    { a: { a: 2 } },
  ]);
  expect(() => parseExactJson('{"a":{"b":1,"\\u0062":2}}', strict)).toThrow(
    expect.objectContaining({ rule: 'repeated-member', member: 'b' }) as Error,
  );
});
