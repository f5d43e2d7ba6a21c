import { Logger } from '@nestjs/common';
import type { RatesReply } from '#contracts';
import { RatesDirectory } from './rates-directory';

const TIMING = { refreshMs: 5_000, retryMinMs: 100, retryMaxMs: 2_000, leastPauseMs: 50 };
const START = 1_795_305_600_000;
const at = (ms: number): string => new Date(START + ms).toISOString();

const rates = (version: number, more: Partial<RatesReply> = {}): RatesReply => ({
  version,
  state: 'fresh',
  source: 'https://rates.example/daily',
  base: 'EUR',
  rates: { USD: '1.1' },
  fetchedAt: at(0),
  confirmedAt: at(0),
  staleAt: null,
  publishedAt: null,
  ...more,
});

let answer: RatesReply | Error | 'silence';
let asked: number;
let directory: RatesDirectory;
let heard: string[];

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(() => {
  jest.useFakeTimers({ now: START });
  asked = 0;
  answer = rates(1);
  heard = [];
  const ask = (): Promise<RatesReply> => {
    asked += 1;
    if (answer === 'silence') return silence();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  directory = new RatesDirectory(ask, Date.now, TIMING);
  directory.onChange(({ version, state }) => heard.push(`${version} ${state}`));
});

afterEach(() => {
  directory.onModuleDestroy();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** As when a quoter is there and hangs: only the deadline ends it. */
const silence = (): Promise<RatesReply> =>
  new Promise((_, reject) => {
    setTimeout(() => {
      reject(new Error('no answer in time'));
    }, 2_000);
  });

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

test('rates are known from the first answer on, and listeners hear of new ones only', async () => {
  expect(directory.rates).toBeUndefined();
  directory.onApplicationBootstrap();
  await pass(0);
  expect(directory.rates).toEqual(rates(1));
  answer = rates(1, { confirmedAt: at(3_000) });
  await pass(5_050);
  expect(directory.rates?.confirmedAt).toBe(at(3_000));
  expect(heard).toEqual(['1 fresh']);
  answer = rates(2, { rates: { USD: '1.2' } });
  await pass(5_050);
  expect(heard).toEqual(['1 fresh', '2 fresh']);
});

test('a change that is announced is asked for at once, however many are announced', async () => {
  directory.onApplicationBootstrap();
  await pass(100);
  answer = rates(2);
  for (let told = 0; told < 100; told += 1) directory.refresh();
  await pass(0);
  expect(heard).toEqual(['1 fresh', '2 fresh']);
  expect(asked).toBe(2);
  directory.refresh();
  await pass(50);
  expect(asked).toBe(3);
});

test('without an answer the rates stay, until they are too old', async () => {
  answer = rates(1, { staleAt: at(20_000) });
  directory.onApplicationBootstrap();
  await pass(0);
  answer = new Error('nobody');
  await pass(19_999);
  expect(directory.rates?.state).toBe('fresh');
  await pass(1);
  expect(directory.rates).toMatchObject({ state: 'stale', rates: { USD: '1.1' } });
  await pass(50);
  expect(heard).toEqual(['1 fresh', '1 stale']);
  answer = rates(1, { staleAt: at(90_000) });
  await pass(2_000);
  expect(heard).toEqual(['1 fresh', '1 stale', '1 fresh']);
});

test('whoever hangs while it is asked keeps nothing in force that is too old', async () => {
  answer = rates(1, { staleAt: at(10_000) });
  directory.onApplicationBootstrap();
  await pass(9_000);
  answer = 'silence';
  directory.refresh();
  await pass(999);
  expect(heard).toEqual(['1 fresh']);
  await pass(1);
  expect(heard).toEqual(['1 fresh', '1 stale']);
  await pass(3_000);
  expect(heard).toEqual(['1 fresh', '1 stale']);
  directory.onModuleDestroy();
  await pass(2_000);
});

test('a quoter that is behind the others takes nobody back to what was in force before', async () => {
  directory.onApplicationBootstrap();
  await pass(0);
  answer = rates(2, { rates: { USD: '1.2' } });
  await pass(5_050);
  answer = rates(1);
  await pass(5_050);
  expect(directory.rates).toMatchObject({ version: 2, rates: { USD: '1.2' } });
  expect(heard).toEqual(['1 fresh', '2 fresh']);
  answer = rates(3, { state: 'stale' });
  await pass(5_050);
  expect(heard).toEqual(['1 fresh', '2 fresh', '3 stale']);
});

test('who does not answer is asked with growing pauses', async () => {
  answer = new Error('nobody');
  directory.onApplicationBootstrap();
  await pass(60_000);
  expect(asked).toBeGreaterThan(30);
  expect(asked).toBeLessThan(40);
  expect(heard).toEqual([]);
});

test('a listener that fails keeps the rates from nobody else', async () => {
  const others: number[] = [];
  directory.onChange(() => {
    throw new Error('no');
  });
  directory.onChange(({ version }) => others.push(version));
  directory.onApplicationBootstrap();
  await pass(0);
  answer = rates(2);
  await pass(5_050);
  expect(others).toEqual([1, 2]);
});
