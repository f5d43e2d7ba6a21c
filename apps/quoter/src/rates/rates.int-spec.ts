import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  encodePeerQuoteQuestion,
  type RatesReply,
  readRatesOrderReply,
  readRatesReply,
  subjectsOf,
} from '#contracts';
import { ConnectorLog } from '#event-store';
import { BatchedLink, BusConnection, ControlClient } from '#messaging';
import { encodeIlp } from '#protocol';
import { logDatabase, type LogDatabase } from '#testing';
import { eventually } from '../../../../test/support/processes';
import { aLedger, ScriptedLedgers } from '../../../../test/support/scripted-ledgers';
import { ScriptedSessions } from '../../../../test/support/scripted-sessions';
import {
  onceReady,
  type StartedService,
  startService,
} from '../../../../test/support/started-service';
import { testNatsUrl } from '../../../../test/support/test-nats';
import { ecbSheet, ScriptedSource } from '../../test/scripted-source';
import { QuoteDesk } from '../quote-desk';
import { quoterService } from '../quoter-service';

const QUESTION = encodeIlp({
  type: 'by-source-request',
  destinationAccount: 'test.b.client',
  sourceAmount: 1_000_000_000n,
  destinationHoldDurationMs: 5_000,
});

/** No pause of the machine makes rates too old before they are to be. */
const MAX_AGE_MS = 10_000;

let scope: string;
let database: LogDatabase;
let source: ScriptedSource;
let ledgers: ScriptedLedgers;
let bus: BusConnection;
let quoters: StartedService[];
let announced: number;
let sessions: ScriptedSessions | undefined;

beforeEach(async () => {
  scope = `test-${randomBytes(6).toString('hex')}`;
  database = await logDatabase();
  source = await ScriptedSource.start();
  ledgers = await ScriptedLedgers.connect(scope);
  ledgers.open([aLedger('a')], 'silently');
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'rates-spec' });
  announced = 0;
  bus.nats.subscribe(subjectsOf(scope).ratesChanged, { callback: () => (announced += 1) });
  await bus.roundTrip(10_000);
  quoters = [];
});

afterEach(async () => {
  await Promise.all(quoters.map((quoter) => quoter.stop()));
  await sessions?.close();
  sessions = undefined;
  await ledgers.close();
  await bus.drain();
  await source.close();
  await database.drop();
});

const table = (usd: string): object => ({
  backend: 'table',
  table: { base: 'EUR', rates: { USD: usd, GBP: '0.86' } },
});

const fetched = (maxAgeMs: number): object => ({
  backend: 'http',
  http: {
    url: `${source.url}?key=secret`,
    pollMs: 100,
    timeoutMs: 2_000,
    retryMinMs: 20,
    retryMaxMs: 100,
    maxAgeMs,
    allowPrivateAddresses: true,
  },
});

async function start(rates: object, more: object = {}): Promise<StartedService> {
  const quoter = await startService(quoterService, {
    connector: { address: scope.replace('-', '.') },
    console: { token: 'unused' },
    natsUrl: testNatsUrl(),
    databaseUrl: database.url,
    rates,
    ...more,
  });
  quoters.push(quoter);
  await quoter.ready;
  return quoter;
}

async function stop(quoter: StartedService): Promise<void> {
  quoters = quoters.filter((other) => other !== quoter);
  await quoter.stop();
}

function current(): Promise<RatesReply> {
  const question = { deadlineMs: 20_000, parse: readRatesReply };
  return new ControlClient(bus).ask(subjectsOf(scope).ratesCurrent, {}, question);
}

function set(rates: object, by = 'carol') {
  const question = { deadlineMs: 20_000, parse: readRatesOrderReply };
  return new ControlClient(bus).ask(subjectsOf(scope).ratesSet, { rates, by }, question);
}

/** Asks until the answer is as wanted. */
async function until(what: string, holds: (reply: RatesReply) => boolean): Promise<RatesReply> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const reply = await current();
    if (holds(reply)) return reply;
    if (Date.now() > deadline) throw new Error(`not ${what}: ${JSON.stringify(reply)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Asks until every quoter quotes a payment from a to b at these rates. */
async function quotedAt(version: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await Promise.all(quoters.map(quotedVersion));
    if (found.every((one) => one === version)) return;
    if (Date.now() > deadline) throw new Error(`quoted at ${String(found)}, not ${version}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function quotedVersion({ app }: StartedService): Promise<number | undefined> {
  return (await app.get(QuoteDesk).answer('a', QUESTION)).ratesVersion;
}

/** As a gateway asks, of whichever quoter takes it. */
async function quotedOnTheLink(): Promise<void> {
  const { gatewayQuotes, quoterQuestions } = subjectsOf(scope);
  const link = new BatchedLink(bus);
  const answered = new Promise<void>((resolve) => {
    link.listen(gatewayQuotes('a-gateway'), {}, () => {
      resolve();
    });
  });
  const replyTo = { gatewayId: 'a-gateway', reference: 1 };
  link.send(quoterQuestions, encodePeerQuoteQuestion({ replyTo, ledgerId: 'a', packet: QUESTION }));
  await answered;
  await link.close();
}

const isFresh = ({ state }: RatesReply): boolean => state === 'fresh';

async function logged(): Promise<[type: string, by: string, sequence: number][]> {
  const identity = { connector: scope.replace('-', '.'), partitions: 64 };
  const events = await new ConnectorLog(database.dataSource, identity).read();
  return events.map(({ type, payload }) => {
    const { by, sequence } = JSON.parse(payload) as { by: string; sequence: number };
    return [type, by, sequence];
  });
}

/** Waits for what the page of health is to say: what is on record a process learns a little later. */
async function healthBecomes(quoter: StartedService, wanted: object): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { checks } = await onceReady(quoter);
    const detail = { ...checks.rates?.detail };
    if (isDeepStrictEqual({ ...detail, ...wanted }, detail)) return;
    if (Date.now() > deadline) throw new Error(`the health is ${JSON.stringify(detail)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function metricsContain(quoter: StartedService, line: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const text = await quoter.context.metrics.metrics();
    if (text.includes(line)) return;
    if (Date.now() > deadline) throw new Error(`${line} is not in ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('one to one needs no database, knows no rates and takes none', async () => {
  await start({}, { databaseUrl: undefined });
  expect(await current()).toMatchObject({ state: 'one-to-one', version: 0, rates: null });
  expect(await set({ USD: '1.1' })).toMatchObject({
    outcome: 'refused',
    refusal: { kind: 'NoRateTable' },
  });
});

test('the table of the configuration is on record, and an order changes it for every process', async () => {
  await start(table('1.10'));
  await start(table('1.10'));
  const first = await until('fresh', isFresh);
  expect(first).toMatchObject({
    version: 1,
    source: 'table',
    base: 'EUR',
    rates: { GBP: '0.86', USD: '1.1' },
    staleAt: null,
  });
  expect(await set({ USD: '1.2', JPY: '163.2', GBP: null })).toMatchObject({
    outcome: 'done',
    event: 'RatesSet',
    rates: { version: 2, rates: { JPY: '163.2', USD: '1.2' } },
  });
  expect(await set({ USD: '1.20' })).toMatchObject({ outcome: 'repeated', rates: { version: 2 } });
  const { refusal } = (await set({ EUR: '2' })) as { refusal?: unknown };
  expect(refusal).toMatchObject({ kind: 'InvalidRate', field: 'rates.EUR' });
  for (let asked = 0; asked < 10; asked += 1) expect((await current()).version).toBe(2);
  expect(await logged()).toEqual([
    ['RatesSet', 'configuration', 1],
    ['RatesSet', 'carol', 2],
  ]);
  await eventually('both are announced', () => announced >= 2);
  await bus.roundTrip(10_000);
  expect(announced).toBe(2);
});

test('an order outlives a restart, until the configuration says something new', async () => {
  await stop(
    await start(table('1.1')).then(async (quoter) => {
      await until('fresh', isFresh);
      await set({ USD: '1.2' });
      return quoter;
    }),
  );
  const again = await start(table('1.1'));
  expect(await until('fresh', isFresh)).toMatchObject({ version: 2, rates: { USD: '1.2' } });
  await stop(again);
  await start(table('1.3'));
  expect(await until('set anew', ({ version }) => version === 3)).toMatchObject({
    rates: { USD: '1.3', GBP: '0.86' },
  });
});

test('orders that say nothing readable are refused', async () => {
  await start(table('1.1'));
  await expect(set({})).rejects.toMatchObject({ code: 'bad-request' });
  await expect(set({ USD: 1.1 })).rejects.toThrow(/rates\.USD: must be a decimal number as text/);
  await expect(set({ USD: '-1' })).rejects.toThrow(/rates\.USD: must not be negative/);
});

test('fetched rates hold while the source fails, are withdrawn when too old, and come back', async () => {
  source.saysDollar('1.0592');
  const quoter = await start(fetched(MAX_AGE_MS));
  const first = await until('fresh', isFresh);
  expect(first).toMatchObject({ version: 1, rates: { USD: '1.0592' }, publishedAt: '2026-11-20' });
  expect(first.source).toBe(source.url);
  source.fails();
  const askedBefore = source.asked;
  const stale = await until('stale', ({ state }) => state === 'stale');
  expect(source.asked).toBeGreaterThan(askedBefore + 3);
  expect(stale.rates).toEqual({ USD: '1.0592' });
  await until('withdrawn on record', ({ version }) => version === 2);
  await healthBecomes(quoter, { state: 'stale', keeper: true, version: 2 });
  source.saysDollar('1.0592');
  expect(await until('fresh', isFresh)).toMatchObject({ version: 3 });
  source.saysDollar('1.06', '2026-11-21');
  expect(await until('new', ({ version }) => version === 4)).toMatchObject({
    rates: { USD: '1.06' },
    publishedAt: '2026-11-21',
  });
  const events = (await logged()).map(([type]) => type);
  expect(events.filter((type) => type !== 'RatesConfirmed')).toEqual([
    'RatesPublished',
    'RatesWithdrawn',
    'RatesRestored',
    'RatesPublished',
  ]);
  expect(await set({ USD: '1' })).toMatchObject({
    outcome: 'refused',
    refusal: { kind: 'NoRateTable' },
  });
});

test('a wrong document changes nothing, and is counted', async () => {
  source.saysDollar('1.0592');
  const quoter = await start(fetched(600_000));
  await until('fresh', isFresh);
  source.saysDollar('-1');
  await metricsContain(quoter, 'rates_failures_total{reason="negative"');
  expect(await current()).toMatchObject({ state: 'fresh', version: 1, rates: { USD: '1.0592' } });
  await healthBecomes(quoter, { lastFailure: 'USD must not be negative' });
});

test('a currency that is missing keeps its rate for its time, and everybody can see that it is', async () => {
  const saying = (rates: [string, string][]): void => {
    source.says(ecbSheet(rates, '2026-11-20'), 'text/xml');
  };
  saying([
    ['USD', '1.0592'],
    ['JPY', '163.2'],
  ]);
  const quoter = await start(fetched(MAX_AGE_MS));
  await until('fresh', isFresh);
  saying([['USD', '1.06']]);
  const first = await until('new', ({ version }) => version > 1);
  expect(first.rates).toEqual({ USD: '1.06', JPY: '163.2' });
  await healthBecomes(quoter, { state: 'fresh', missing: ['JPY'] });
  const missing = 'causeway_quoter_rates_missing{service="quoter"}';
  await metricsContain(quoter, `${missing} 1`);
  const later = await until(
    'withdrawn',
    (reply) => isFresh(reply) && reply.rates?.JPY === undefined,
  );
  expect(later).toMatchObject({ state: 'fresh', rates: { USD: '1.06' } });
  saying([
    ['USD', '1.06'],
    ['JPY', '164'],
  ]);
  await until('back', ({ rates }) => rates?.JPY === '164');
  await metricsContain(quoter, `${missing} 0`);
});

test('of two processes one fetches, the other answers too, and takes over', async () => {
  source.saysDollar('1.0592');
  const first = await start(fetched(600_000));
  await until('fresh', isFresh);
  const second = await start(fetched(600_000));
  const askedBefore = source.asked;
  while (source.asked < askedBefore + 10) await new Promise((resolve) => setTimeout(resolve, 20));
  await healthBecomes(first, { keeper: true });
  await healthBecomes(second, { keeper: false, lastSuccess: null });
  await stop(first);
  expect(await current()).toMatchObject({ state: 'fresh', version: 1 });
  source.saysDollar('1.07', '2026-11-21');
  await until('fetched by the other', ({ version }) => version === 2);
  await healthBecomes(second, { keeper: true, state: 'fresh', version: 2 });
});

test('a quote names the rates that it rests on', async () => {
  sessions = await ScriptedSessions.connect(scope, ['a', 'b']);
  ledgers.open([aLedger('a'), aLedger('b', { currencyCode: 'EUR' })], 'silently');
  await start(table('1.10'));
  await quotedAt(1);
  await set({ USD: '1.2' });
  await quotedAt(2);
  await quotedOnTheLink();
  expect(await quoters[0]?.context.metrics.metrics()).toContain(
    'causeway_quoter_quoted_rates_version{service="quoter"} 2',
  );
});

test('a restart keeps version and rates although the source is down', async () => {
  source.saysDollar('1.0592');
  await stop(
    await start(fetched(600_000)).then(async (quoter) => {
      await until('fresh', isFresh);
      return quoter;
    }),
  );
  source.fails();
  await start(fetched(600_000));
  expect(await current()).toMatchObject({ state: 'fresh', version: 1, rates: { USD: '1.0592' } });
});

test('rates of one source are not those of another', async () => {
  await stop(
    await start(table('1.1')).then(async (quoter) => {
      await until('fresh', isFresh);
      return quoter;
    }),
  );
  source.fails();
  await start(fetched(600_000));
  expect(await current()).toMatchObject({ state: 'unknown', rates: null });
  source.saysDollar('1.0592');
  expect(await until('fresh', isFresh)).toMatchObject({ rates: { USD: '1.0592' } });
});
