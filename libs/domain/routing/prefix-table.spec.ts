import fc from 'fast-check';
import vectors from '../../../test/vectors/vectors.json';
import { PrefixTable } from './prefix-table';

const tableOf = (...keys: string[]): PrefixTable<string> => {
  const table = new PrefixTable<string>();
  for (const key of keys) table.set(key, key);
  return table;
};

const keyFor = (table: PrefixTable<string>, address: string): string | undefined =>
  table.longestMatch(address)?.value;

/** Addresses over few segments, so that they meet often; `b` and `bb` share their letters. */
const segment = fc.constantFrom('a', 'b', 'bb', 'c');
const address = fc.array(segment, { minLength: 1, maxLength: 6 }).map((names) => names.join('.'));
const prefix = fc
  .array(segment, { maxLength: 5 })
  .map((names) => names.map((n) => `${n}.`).join(''));
const prefixes = fc.uniqueArray(prefix, { maxLength: 12 });

describe('the longest match', () => {
  test.each([
    ['a.b.c.carl', 'a.b.c.'],
    ['a.b.c.d.e.carl', 'a.b.c.'],
    ['a.b.carl', 'a.'],
    ['a.b.c', 'a.'],
    ['a.bb.c.carl', 'a.'],
    ['ab.carl', ''],
    ['', ''],
  ])('of %s among a.b.c., a. and the empty prefix is "%s"', (destination, key) => {
    expect(keyFor(tableOf('a.b.c.', 'a.', ''), destination)).toBe(key);
  });

  test('is nothing where no prefix matches', () => {
    expect(keyFor(tableOf('a.b.'), 'a.c')).toBeUndefined();
    expect(keyFor(tableOf(), 'a.c')).toBeUndefined();
  });

  test('of an address that is itself a key is that key', () => {
    const table = tableOf('a.', 'a.b', 'a.b.c');
    expect(keyFor(table, 'a.b')).toBe('a.b');
    expect(keyFor(table, 'a.b.c')).toBe('a.b.c');
  });

  test('of what lies below an account is the account, of a namesake is not', () => {
    const table = tableOf('a.', 'a.carl');
    expect(keyFor(table, 'a.carl.invoice')).toBe('a.carl');
    expect(keyFor(table, 'a.carl2')).toBe('a.');
  });

  test('prefers the prefix to the account of the same name', () => {
    const table = tableOf('a.carl', 'a.carl.');
    expect(keyFor(table, 'a.carl.invoice')).toBe('a.carl.');
    expect(keyFor(table, 'a.carl')).toBe('a.carl');
  });

  test('comes first among all matches', () => {
    const table = tableOf('', 'a.', 'a.b.', 'a.b', 'a.c.');
    expect(table.matches('a.b.c')).toEqual(['a.b.', 'a.b', 'a.', '']);
    expect(table.longestMatch('a.b.c')).toEqual({ key: 'a.b.', value: 'a.b.' });
    expect(table.longestMatch('a.b')).toEqual({ key: 'a.b', value: 'a.b' });
  });

  test('is the longest of all keys that the address starts with', () => {
    fc.assert(
      fc.property(prefixes, address, (keys, destination) => {
        const matching = keys.filter((key) => destination.startsWith(key));
        const longest = matching.sort((a, b) => b.length - a.length)[0];
        expect(keyFor(tableOf(...keys), destination)).toBe(longest);
      }),
    );
  });
});

describe('a key', () => {
  test('holds what was set last, and only under its own name', () => {
    const table = tableOf('a.b.');
    table.set('a.b.', 'other');
    expect(table.get('a.b.')).toBe('other');
    expect(table.get('a.b')).toBeUndefined();
    expect(table.get('a.b.c.')).toBeUndefined();
    expect(table.get('')).toBeUndefined();
  });
});

/** What a table of these keys says, in the plainest way there is. */
function plainly(keys: ReadonlySet<string>, destination: string): string[] {
  const isBelow = (key: string): boolean =>
    key === '' || key.endsWith('.')
      ? destination.startsWith(key)
      : destination === key || destination.startsWith(`${key}.`);
  return [...keys].filter(isBelow).sort((a, b) => b.length - a.length);
}

describe('keys that come and go', () => {
  /** Long ones over few segments, some of them empty, so that they share much and part anywhere. */
  const key = fc
    .array(fc.constantFrom('a', 'a', 'a', 'b', 'bb', ''), { minLength: 1, maxLength: 9 })
    .chain((names) => fc.constantFrom(names.join('.'), `${names.join('.')}.`));
  const change = fc.record({ isSet: fc.boolean(), key });

  test('leave a table that finds what is there, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.array(key), (changes, addresses) => {
        const table = new PrefixTable<string>();
        const keys = new Set<string>();
        for (const { isSet, key: one } of changes) {
          if (isSet) table.set(one, one);
          else table.delete(one);
          if (isSet) keys.add(one);
          else keys.delete(one);
        }
        for (const one of [...addresses, ...changes.map((each) => each.key)]) {
          expect(table.get(one)).toBe(keys.has(one) ? one : undefined);
          expect(table.matches(one)).toEqual(plainly(keys, one));
        }
        expect(table).toEqual(tableOf(...keys));
        for (const one of keys) table.delete(one);
        expect(table).toEqual(new PrefixTable());
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the prefix that an answer applies to', () => {
  test.each(vectors.applies_to_prefix)(
    'for $destination among $known_prefixes is $out',
    ({ known_prefixes: known, matched_prefix: matched, destination, out }) => {
      expect(tableOf(...known).appliesTo(matched, destination)).toBe(out);
    },
  );

  test('is the default prefix where there is no other', () => {
    expect(tableOf('').appliesTo('', 'random.carl')).toBe('');
  });

  test('below an account starts with that account', () => {
    expect(tableOf('a.carl').appliesTo('a.carl', 'a.carl')).toBe('a.carl');
    expect(tableOf('a.carl').appliesTo('a.carl', 'a.carl.x')).toBe('a.carl.');
  });

  test('holds the address, lies within the match and shares nothing with another key', () => {
    fc.assert(
      fc.property(prefixes, address, (keys, destination) => {
        const table = tableOf(...keys);
        const matched = keyFor(table, destination);
        fc.pre(matched !== undefined);
        const applies = table.appliesTo(matched, destination);
        expect(destination.startsWith(applies)).toBe(true);
        expect(applies.startsWith(matched)).toBe(true);
        if (applies === destination) return;
        expect(keys.filter((key) => key !== matched && key.startsWith(applies))).toEqual([]);
      }),
    );
  });
});
