import * as fc from 'fast-check';
import { canonicalJson, type JsonValue } from '#eventsourcing';
import { anEvent, logDatabase, type LogDatabase } from '../testing/log-database';
import { acquirePartitions } from './acquire-partitions';
import { EventReader } from './event-reader';
import { UnstorableEventError } from './event-store-errors';
import type { PartitionWriter } from './partition-writer';

const every = Array.from({ length: 64 }, (_, partition) => partition);

let database: LogDatabase;
let writer: PartitionWriter;
let reader: EventReader;
let version = 0;
beforeAll(async () => {
  database = await logDatabase();
  reader = new EventReader(database.dataSource);
  const options = { partitions: every, connector: 'test.causeway' };
  const acquired = await acquirePartitions(database.dataSource, options);
  if (acquired === undefined) throw new Error('no partition was free');
  writer = acquired;
});
afterAll(async () => {
  await writer.release();
  await database.drop();
});

async function storedSinceLastTime(): Promise<string[]> {
  await writer.commit();
  const stored: string[] = [];
  for await (const event of reader.readLedger({ ledgerId: 'alice', afterVersion: version })) {
    stored.push(event.payload);
    version = event.version;
  }
  return stored;
}

const awkward: JsonValue[] = [
  {},
  [],
  '',
  null,
  0,
  -0,
  1e21,
  1e-7,
  5e-324,
  1.7976931348623157e308,
  Number.MAX_SAFE_INTEGER,
  2 ** 60,
  0.1 + 0.2,
  -1.5,
  'a\\u0000b',
  '\\\\u0000',
  '\\ud800',
  'quote " backslash \\ slash / newline \n tab \t bell \u0007 delete \u007f',
  '\u2028\u2029\ufeff\ufffe\uffff',
  'Zürich 東京 🚂 e\u0301 \u{10ffff}',
  { b: 1, a: 2, aa: 3, ä: 4, '': 5, '10': 6, '9': 7, '\u{1f682}': 8, '\uffff': 9 },
  JSON.parse('{"__proto__": {"x": 1}, "constructor": "y"}') as JsonValue,
  { deep: [[[{ z: [1, { y: null }] }]]] },
  { gone: undefined, kept: false },
];

test('every awkward payload comes back as the same canonical text', async () => {
  expect(awkward.filter(isTaken)).toEqual(awkward);
  expect(await storedSinceLastTime()).toEqual(awkward.map(canonicalJson));
});

// Characters that JSON, jsonb or UTF-8 treat specially come up far more often than by chance.
const character = fc.oneof(
  fc.constantFrom('\0', '\ud800', '\udc00', '\\', 'u0000', '"', '\n', '\u2028', '\uffff'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

/**
 * The rule of jsonb, told without regular expressions: no U+0000 and no half of a surrogate pair.
 */
function isStorable(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') {
    return !value.includes('\0') && Buffer.from(value).toString() === value;
  }
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorable(member));
}

function isTaken(payload: JsonValue): boolean {
  try {
    writer.stage({ ...anEvent('alice'), payload: canonicalJson(payload) });
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(UnstorableEventError);
    return false;
  }
}

test('staging takes exactly what the log gives back as the same canonical text', async () => {
  const payloads = fc.array(fc.jsonValue({ stringUnit: character }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(payloads, async (values) => {
      const generated = values as JsonValue[];
      const taken = generated.filter(isTaken);
      expect(taken).toEqual(generated.filter(isStorable));
      expect(await storedSinceLastTime()).toEqual(taken.map(canonicalJson));
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['U+0000 in a value', { a: 'x\u0000y' }],
  ['U+0000 in a key', { 'x\u0000y': 1 }],
  ['a lone high surrogate', ['\ud800']],
  ['a lone low surrogate', ['\udc00']],
  ['U+0000 after an escaped backslash', ['\\\u0000']],
])('%s is refused before it gets a place', async (_, payload) => {
  const event = { ...anEvent('alice'), payload: canonicalJson(payload) };
  expect(() => writer.stage(event)).toThrow(UnstorableEventError);
  // The server would refuse it as well, but only when the chain already counts on it.
  const literal = event.payload.replaceAll(`'`, `''`);
  await expect(database.asSuperuser(`SELECT '${literal}'::jsonb`)).rejects.toThrow();
});
