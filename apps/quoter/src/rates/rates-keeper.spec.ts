import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { type NewSheet, RateError } from '#domain/rates';
import { MemoryConnectorLog } from '../../test/memory-connector-log';
import { RateFetchError } from './rate-fetch-error';
import { RatesKeeper } from './rates-keeper';
import { RatesLog } from './rates-log';
import { RatesMetrics } from './rates-metrics';

const SOURCE = 'https://rates.example/daily';
const SETTINGS = { pollMs: 10_000, retryMinMs: 1_000, retryMaxMs: 4_000, maxAgeMs: 60_000 };

let store: MemoryConnectorLog;
let log: RatesLog;
let registry: Registry;
let keeper: RatesKeeper;
/** What the source says next. */
let dollar: string | Error;
/** Beside the dollar. */
let others: Readonly<Record<string, string>>;
let polls: number[];
let isElected: boolean | Error;
let released: number;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  jest.useFakeTimers({ now: 1_795_305_600_000 });
  store = new MemoryConnectorLog();
  log = new RatesLog(store, () => undefined);
  registry = new Registry();
  dollar = '1.1';
  others = {};
  polls = [];
  isElected = true;
  released = 0;
  keeper = makeKeeper();
});

afterEach(async () => {
  await keeper.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function makeKeeper(): RatesKeeper {
  const clock = (): number => Date.now();
  const observe = () => ({
    history: log.history,
    source: SOURCE,
    maxAgeMs: SETTINGS.maxAgeMs,
    nowMs: clock(),
  });
  return new RatesKeeper(SETTINGS, {
    source: { name: SOURCE, fetch: ask },
    log,
    lock: {
      hold: () =>
        typeof isElected === 'boolean' ? Promise.resolve(isElected) : Promise.reject(isElected),
      release: () => {
        released += 1;
      },
    },
    metrics: new RatesMetrics(registry, observe),
    clock,
  });
}

function ask(nowMs: number): Promise<NewSheet> {
  polls.push(nowMs);
  if (typeof dollar !== 'string') return Promise.reject(dollar);
  const rates = { USD: dollar, ...others };
  return Promise.resolve({ source: SOURCE, fetchedAtMs: nowMs, base: 'EUR', rates });
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const down = new RateFetchError('unreachable', 'rates.example: ECONNREFUSED');
const pauses = (): number[] => polls.slice(1).map((at, index) => at - (polls[index] ?? 0));

async function metric(name: string): Promise<number | undefined> {
  const found = await registry.getSingleMetric(`causeway_quoter_rates_${name}`)?.get();
  return found?.values[0]?.value;
}

test('the source is asked at once and then at intervals, and only what is new is put on record', async () => {
  keeper.start();
  await pass(0);
  expect(store.types).toEqual(['RatesPublished']);
  await pass(14_000);
  expect(pauses()).toEqual([10_000]);
  expect(store.types).toEqual(['RatesPublished']);
  dollar = '1.2';
  await pass(10_000);
  expect(store.types).toEqual(['RatesPublished', 'RatesPublished']);
  expect(log.history).toMatchObject({ version: 2, sheet: { rates: { USD: '1.2' } } });
});

test('after failures the pauses grow to the longest, and the old rates hold', async () => {
  keeper.start();
  await pass(0);
  dollar = down;
  await pass(10_000 + 1_000 + 2_000 + 4_000 + 4_000);
  expect(pauses()).toEqual([10_000, 1_000, 2_000, 4_000, 4_000]);
  expect(log.history).toMatchObject({ withdrawn: undefined, sheet: { rates: { USD: '1.1' } } });
  expect(keeper.report).toMatchObject({ keeper: true, failures: 5, lastFailure: down.message });
  expect(await metric('failures_total')).toBe(5);
  dollar = '1.1';
  await pass(4_000 + 10_000);
  expect(pauses().slice(-2)).toEqual([4_000, 10_000]);
  expect(keeper.report.failures).toBe(0);
});

test('rates are withdrawn at their greatest age to the millisecond, and come back', async () => {
  keeper.start();
  await pass(10_000);
  dollar = down;
  const heardAtMs = polls.at(-1) ?? 0;
  await pass(heardAtMs + 60_000 - Date.now() - 1);
  // That it was heard a second time was put on record as soon as it mattered.
  expect(store.types).toEqual(['RatesPublished', 'RatesConfirmed']);
  expect(await metric('usable')).toBe(1);
  await pass(1);
  expect(store.types.at(-1)).toBe('RatesWithdrawn');
  expect(await metric('usable')).toBe(0);
  expect(await metric('age_seconds')).toBe(60);
  await pass(20_000);
  expect(store.types.at(-1)).toBe('RatesWithdrawn');
  dollar = '1.1';
  await pass(4_000);
  expect(store.types.slice(-2)).toEqual(['RatesWithdrawn', 'RatesRestored']);
  expect(await metric('usable')).toBe(1);
});

test('while the source says the same for long, little is put on record, and nothing is withdrawn', async () => {
  keeper.start();
  await pass(600_000);
  expect(new Set(store.types)).toEqual(new Set(['RatesPublished', 'RatesConfirmed']));
  expect(store.types.length).toBeLessThanOrEqual(1 + (600_000 / 60_000) * 4);
  expect(log.history?.version).toBe(1);
  expect(await metric('version')).toBe(1);
});

test('who is not elected asks nobody, and takes over when he is', async () => {
  isElected = false;
  keeper.start();
  await pass(60_000);
  expect(polls).toEqual([]);
  expect(await metric('keeper')).toBe(0);
  isElected = true;
  await pass(2_000);
  expect(polls).toHaveLength(1);
  expect(await metric('keeper')).toBe(1);
  isElected = false;
  await pass(2_000);
  expect(keeper.report.keeper).toBe(false);
});

test('what a predecessor put on record is known to his successor', async () => {
  keeper.start();
  await pass(0);
  await keeper.stop();
  expect(released).toBe(1);
  log = new RatesLog(store, () => undefined);
  keeper = makeKeeperAgain();
  keeper.start();
  await pass(0);
  expect(store.types).toEqual(['RatesPublished']);
  expect(log.history?.version).toBe(1);
});

function makeKeeperAgain(): RatesKeeper {
  registry = new Registry();
  return makeKeeper();
}

test('a database that fails ends nothing and loses nothing', async () => {
  isElected = new Error('no database');
  keeper.start();
  await pass(10_000);
  expect(polls).toEqual([]);
  isElected = true;
  store.failure = new Error('disk full');
  await pass(20_000);
  expect(polls).toEqual([]);
  expect(keeper.report).toMatchObject({ keeper: false, lastFailure: 'disk full' });
  store.failure = undefined;
  await pass(6_000);
  expect(store.types).toEqual(['RatesPublished']);
});

test('what could not be put on record confirms nothing', async () => {
  keeper.start();
  await pass(0);
  dollar = '1.2';
  store.failure = new Error('disk full');
  await pass(40_000);
  // The source does not suffer for it: the pauses are those of any failure.
  expect(polls.length).toBeLessThan(12);
  dollar = down;
  store.failure = undefined;
  await pass(19_999);
  expect(store.types).toEqual(['RatesPublished']);
  await pass(1);
  expect(store.types).toEqual(['RatesPublished', 'RatesWithdrawn']);
});

test('what is too old is withdrawn as soon as that can be put on record, without haste before', async () => {
  keeper.start();
  await pass(0);
  dollar = down;
  store.failure = new Error('disk full');
  const reads = store.reads;
  await pass(120_000);
  expect(store.reads - reads).toBeLessThan(200);
  store.failure = undefined;
  await pass(2_000);
  expect(store.types).toEqual(['RatesPublished', 'RatesWithdrawn']);
});

test('a wrong document is a failure like any other, named by its rule', async () => {
  keeper.start();
  await pass(0);
  dollar = new RateError('USD', 'negative');
  await pass(10_000);
  const failures = await registry.getSingleMetric('causeway_quoter_rates_failures_total')?.get();
  expect(failures?.values).toMatchObject([{ value: 1, labels: { reason: 'negative' } }]);
  expect(log.history?.sheet?.rates).toEqual({ USD: '1.1' });
});

describe('a currency that the source names no more', () => {
  const inForce = (): unknown =>
    log.history?.withdrawn === undefined ? log.history?.sheet?.rates : undefined;

  test('keeps its last rate until that is too old, and the others go on', async () => {
    others = { JPY: '160' };
    keeper.start();
    await pass(0);
    others = {};
    await pass(10_000);
    expect(inForce()).toEqual({ USD: '1.1', JPY: '160' });
    expect(keeper.report).toMatchObject({ missing: ['JPY'], failures: 0 });
    expect(await metric('missing')).toBe(1);
    dollar = '1.2';
    await pass(49_999);
    expect(inForce()).toEqual({ USD: '1.2', JPY: '160' });
    await pass(1);
    expect(inForce()).toEqual({ USD: '1.2' });
    expect(keeper.report.missing).toEqual(['JPY']);
    others = { JPY: '150' };
    await pass(10_000);
    expect(inForce()).toEqual({ USD: '1.2', JPY: '150' });
    expect(keeper.report.missing).toEqual([]);
    expect(await metric('missing')).toBe(0);
    expect(new Set(store.types)).toEqual(new Set(['RatesPublished', 'RatesConfirmed']));
  });

  test('loses it in time although the source is down, and the others theirs at their own', async () => {
    others = { JPY: '160' };
    keeper.start();
    await pass(0);
    others = {};
    await pass(10_000);
    dollar = down;
    await pass(49_999);
    expect(inForce()).toEqual({ USD: '1.1', JPY: '160' });
    await pass(1);
    expect(inForce()).toEqual({ USD: '1.1' });
    expect(await metric('usable')).toBe(1);
    await pass(9_999);
    expect(await metric('usable')).toBe(1);
    await pass(1);
    expect(await metric('usable')).toBe(0);
    expect(store.types.at(-1)).toBe('RatesWithdrawn');
    await pass(60_000);
    expect(store.types.at(-1)).toBe('RatesWithdrawn');
    dollar = '1.1';
    await pass(4_000);
    expect(inForce()).toEqual({ USD: '1.1' });
  });

  test('is not kept by a successor, who never heard it', async () => {
    others = { JPY: '160' };
    keeper.start();
    await pass(0);
    others = {};
    await pass(10_000);
    isElected = false;
    await pass(2_000);
    expect(keeper.report.missing).toEqual([]);
    isElected = true;
    await pass(10_000);
    expect(inForce()).toEqual({ USD: '1.1' });
  });
});

test('a clock that is put back stops nothing', async () => {
  keeper.start();
  await pass(0);
  jest.setSystemTime(Date.now() - 86_400_000);
  await pass(2_000 + 10_000);
  expect(polls).toHaveLength(3);
});
