import fc from 'fast-check';
import {
  BY_CONFIGURATION,
  decodeRatesEvent,
  encodeRatesEvent,
  evolveRates,
  type LoggedRatesEvent,
  NO_RATES,
  type RatesEvent,
  type RatesHistory,
} from '#domain/rates';
import { ConnectorLog, type ConnectorRange } from '#event-store';
import { canonicalJson, type JsonObject } from '#eventsourcing';
import { logDatabase, type LogDatabase } from '#testing';
import { RatesLog } from './rates-log';

const sheet = (source: string, usd: string) => ({
  source,
  fetchedAtMs: 5,
  base: 'EUR',
  rates: { USD: usd },
});
const aUsd = fc.constantFrom('1.1', '1.2', '1.3');
const anEvent: fc.Arbitrary<readonly [RatesEvent, string]> = fc.oneof(
  aUsd.map((usd): [RatesEvent, string] => [
    { type: 'RatesPublished', sheet: sheet('https://rates.example/', usd) },
    'quoter',
  ]),
  fc
    .tuple(aUsd, fc.constantFrom(BY_CONFIGURATION, 'carol'))
    .map(([usd, by]): [RatesEvent, string] => [
      { type: 'RatesSet', sheet: sheet('table', usd) },
      by,
    ]),
  fc
    .nat()
    .map((fetchedAtMs): [RatesEvent, string] => [
      { type: 'RatesConfirmed', fetchedAtMs },
      'quoter',
    ]),
  fc.constant<[RatesEvent, string]>([{ type: 'RatesWithdrawn', reason: 'too-old' }, 'quoter']),
  fc
    .nat()
    .map((fetchedAtMs): [RatesEvent, string] => [{ type: 'RatesRestored', fetchedAtMs }, 'quoter']),
);

let database: LogDatabase;
let log: ConnectorLog;
let sequence: number;

beforeEach(async () => {
  database = await logDatabase();
  log = new ConnectorLog(database.dataSource, { connector: 'test.rates', partitions: 64 });
  sequence = 0;
});
afterEach(() => database.drop());

/** Each after an event of somebody else's. */
async function append(events: readonly (readonly [RatesEvent, string])[]): Promise<void> {
  const records = events.flatMap(([event, by]) => {
    sequence += 1;
    const own = encodeRatesEvent({ ...event, sequence, by });
    const other = { type: 'PeerTokenRotated', schemaVersion: 1, payload: { by, peerId: 'dave' } };
    return [other, own].map(({ payload, ...rest }) => {
      return { ...rest, occurredAtMs: 1, payload: canonicalJson(payload) };
    });
  });
  await log.append(() => Promise.resolve({ events: records, result: undefined }));
}

async function wholeFold(): Promise<RatesHistory> {
  const events = (await log.read()).filter(({ type }) => type.startsWith('Rates'));
  return events
    .map((event): LoggedRatesEvent =>
      decodeRatesEvent({ ...event, payload: JSON.parse(event.payload) as JsonObject }),
    )
    .reduce(evolveRates, NO_RATES);
}

/** The log, and how many events were read of it. */
function counted() {
  const seen = { events: 0 };
  const count = <T extends readonly unknown[]>(events: T): T => {
    seen.events += events.length;
    return events;
  };
  const parts: ConstructorParameters<typeof RatesLog>[0] = {
    append: (decide) => log.append(decide),
    read: async (range) => count(await log.read(range)),
    look: (work) =>
      log.look((transaction) => {
        const read = async (range?: ConnectorRange) => count(await transaction.read(range));
        return work({ ...transaction, read });
      }),
  };
  return { seen, rates: new RatesLog(parts, () => undefined) };
}

test('a process that starts knows what the whole history comes to, at any time, and goes on', async () => {
  const parts = fc.array(fc.array(anEvent, { maxLength: 6 }), { minLength: 2, maxLength: 4 });
  const follower = counted().rates;
  await fc.assert(
    fc.asyncProperty(parts, async (drawn) => {
      for (const events of drawn) {
        await append(events);
        const whole = await wholeFold();
        expect(await counted().rates.refresh()).toEqual(whole);
        expect(await follower.refresh()).toEqual(whole);
      }
      const { rates } = counted();
      let told: RatesHistory | undefined;
      const decide = (history: RatesHistory) => {
        told = history;
        return undefined;
      };
      await rates.append({ by: 'carol', nowMs: 1, decide });
      expect(told).toEqual(await wholeFold());
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('however long the history, it reads six events of it at most', async () => {
  await append(fc.sample(anEvent, { numRuns: 2_000, seed: 7 }));
  const { rates, seen } = counted();
  expect(await rates.refresh()).toEqual(await wholeFold());
  expect(seen.events).toBeLessThanOrEqual(6);
  await rates.refresh();
  await append([[{ type: 'RatesConfirmed', fetchedAtMs: 9 }, 'quoter']]);
  expect(await rates.refresh()).toMatchObject({ sequence: 2_001, confirmedAtMs: 9 });
  expect(seen.events).toBeLessThanOrEqual(7);
});
