import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type JsonObject } from '#eventsourcing';
import {
  decodeRatesEvent,
  encodeRatesEvent,
  RATES_EVENT_TYPES,
  ratesVersionOf,
  UnreadableRatesEventError,
} from '.';

interface GoldenFile {
  readonly type: string;
  readonly schemaVersion: number;
  readonly events: readonly { readonly title: string; readonly payload: JsonObject }[];
}

/** One file per type and version. A file is never changed: it is what logs hold. */
const golden = readdirSync(join(__dirname, 'golden'))
  .map((name) => JSON.parse(readFileSync(join(__dirname, 'golden', name), 'utf8')) as GoldenFile)
  .flatMap(({ type, schemaVersion, events }) =>
    events.map(({ title, payload }) => ({ type, schemaVersion, title, payload })),
  );

test.each(golden)('$type $title is read, and written again byte for byte', (stored) => {
  const event = decodeRatesEvent(stored);
  expect(event.type).toBe(stored.type);
  const again = encodeRatesEvent(event);
  expect(again).toMatchObject({ type: stored.type, schemaVersion: stored.schemaVersion });
  expect(canonicalJson(again.payload)).toBe(canonicalJson(stored.payload));
});

test.each(RATES_EVENT_TYPES)('%s has a golden file for every version', (type) => {
  const versions = golden.filter((one) => one.type === type).map((one) => one.schemaVersion);
  expect(Math.max(...versions)).toBe(ratesVersionOf(type));
});

test.each(golden)('$type $title is refused with a member more or less', (stored) => {
  const { payload } = stored;
  const read = (changed: JsonObject) => () => decodeRatesEvent({ ...stored, payload: changed });
  expect(read({ ...payload, surplus: 1 })).toThrow(/surplus unexpected/);
  expect(read({ ...payload, type: stored.type })).toThrow(/type unexpected/);
  for (const member of Object.keys(payload)) {
    const { [member]: gone, ...others } = payload;
    expect(gone).toBeDefined();
    expect(read(others)).toThrow(new RegExp(`${member} missing`));
    expect(read({ ...others, [member]: true })).toThrow(UnreadableRatesEventError);
  }
});

const sheet = { base: 'EUR', fetchedAtMs: 5, rates: { USD: '1.1' }, source: 'table' };

test.each<[string, JsonObject, string, string]>([
  ['RatesConfirmed', { sequence: 0 }, 'sequence', 'not-an-integer'],
  ['RatesConfirmed', { fetchedAtMs: -1 }, 'fetchedAtMs', 'not-an-integer'],
  ['RatesWithdrawn', { reason: 'mood' }, 'reason', 'not-one-of-the-known'],
  ['RatesSet', { sheet: 1 }, 'sheet', 'not-an-object'],
  ['RatesSet', { sheet: { ...sheet, mood: 1 } }, 'sheet.mood', 'unknown'],
  ['RatesSet', { sheet: { ...sheet, rates: { USD: '-1' } } }, 'sheet.USD', 'negative'],
  ['RatesSet', { sheet: { ...sheet, rates: { USD: '1.10' } } }, 'sheet', 'not-canonical'],
  ['RatesSet', { sheet: { ...sheet, rates: { usd: '1.1' } } }, 'sheet', 'not-canonical'],
  ['RatesDoubled', {}, 'type', 'unknown-type'],
])('what cannot be understood is named: %s %j', (type, members, member, rule) => {
  const payload = { by: 'carol', sequence: 3, ...members };
  const read = () => decodeRatesEvent({ type, schemaVersion: 1, payload });
  const name = 'UnreadableRatesEventError';
  expect(read).toThrow(expect.objectContaining({ name, type, member, rule }) as Error);
});

test('a version that is newer than we are is not read', () => {
  const read = () => decodeRatesEvent({ type: 'RatesSet', schemaVersion: 2, payload: {} });
  expect(read).toThrow(/RatesSet version 2: schemaVersion unknown-version/);
});
