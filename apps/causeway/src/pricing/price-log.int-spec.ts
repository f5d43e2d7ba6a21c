import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ForwardPlan, type LedgerEvent, PRUNED_PACKET } from '#domain/ledger';
import { encodeRatesEvent, type LoggedRatesEvent, RateTable } from '#domain/rates';
import { ConnectorLog, EventReader } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { encodeIlp } from '#protocol';
import {
  aLedgerId,
  anIlpPayment,
  anIncoming,
  anOutgoing,
  aTransferId,
  ledgerOpened,
  logDatabase,
  type LogDatabase,
  NOON_MS,
  transferPrepared,
  transferProposed,
} from '#testing';
import { CONNECTOR, logStory } from '../../test/logged-story';
import { auditPrice, type PriceOptions } from '../commands/audit-price';
import { LedgerBook } from './ledger-book';
import { findPayment } from './logged-payment';
import { pricedLogLines, priceJson, priceLines } from './price-lines';
import { NothingToPriceError, priceLog } from './price-log';
import { type PaymentPrice, pricePayment } from './price-payment';
import { RatesBook, type RatesOnRecord } from './rates-book';

const SHEET = { fetchedAtMs: 5, base: 'EUR', rates: { USD: '1.0592' } };
const SOURCE = { source: 'https://rates.example/daily', publishedAt: '2017-08-28' };
const RATES: readonly LoggedRatesEvent[] = [
  { type: 'RatesPublished', sheet: { ...SHEET, ...SOURCE }, sequence: 1, by: 'quoter' },
  { type: 'RatesConfirmed', fetchedAtMs: 6, sequence: 2, by: 'quoter' },
  { type: 'RatesWithdrawn', reason: 'too-old', sequence: 3, by: 'quoter' },
  { type: 'RatesRestored', fetchedAtMs: 9, sequence: 4, by: 'quoter' },
  {
    type: 'RatesSet',
    sheet: { ...SHEET, rates: { USD: '1.25' }, source: 'table' },
    sequence: 5,
    by: 'carol',
  },
];

const ALICE = aLedgerId('alice');
const BOB = aLedgerId('bob');

interface Told {
  readonly ledgerId: string;
  readonly event: LedgerEvent;
}

interface Payment {
  readonly amount?: bigint;
  readonly packet?: Buffer;
  readonly plan?: Partial<ForwardPlan>;
  /** What went out, if it is not what was planned. */
  readonly sent?: bigint;
}

/** Payment n comes in on alice's ledger as transfer n, and goes out on bob's as transfer 0x1000 + n. */
function payment(n: number, { amount = 10_000n, packet, plan, sent }: Payment = {}): Told[] {
  const planned: ForwardPlan = {
    kind: 'forward',
    ledgerId: BOB,
    transferId: aTransferId(0x1000 + n),
    amount: 9_421n,
    expiresAtMs: NOON_MS + 9_000,
    ...plan,
  };
  const transferId = aTransferId(n);
  const bytes = { packet: packet ?? anIlpPayment(planned.amount) };
  const cause = { ledgerId: ALICE, transferId, amount };
  const out = { transferId: planned.transferId, amount: sent ?? planned.amount, cause, ...bytes };
  return [
    {
      ledgerId: ALICE,
      event: transferPrepared(anIncoming({ transferId, amount, plan: planned, ...bytes })),
    },
    { ledgerId: BOB, event: transferPrepared(anOutgoing(out)) },
  ];
}

const priced = (ratesVersion: number): Partial<ForwardPlan> => ({
  pricing: { pays: 'asked', ratesVersion, spreadPpm: 2_000 },
});

const ASKED = 1;
const BROUGHT = 2;
const BEFORE = 3;
const REFUSED = 4;
const RELAYED = 5;
const SENT = 6;
const RECEIVED = 7;
const TWICE = 8;
const DIFFERENT = 9;
const PRUNED = 10;
const NO_RATES = 11;
const OTHERWISE_SENT = 12;
const UNSENT = 13;
const PROPOSED = 14;
const NO_CURRENCY = 15;

function fulfilled(ledgerId: string, n: number): Told {
  const fulfillment = Buffer.alloc(32);
  const transferId = aTransferId(n);
  return { ledgerId, event: { type: 'TransferFulfilled', transferId, fulfillment, data: null } };
}

const reason = Buffer.alloc(0);
const STORY: readonly Told[] = [
  { ledgerId: ALICE, event: ledgerOpened({ currencyScale: 4 }) },
  {
    ledgerId: BOB,
    event: ledgerOpened({ prefix: 'test.bob.', currencyCode: 'EUR', currencyScale: 4 }),
  },
  {
    ledgerId: 'yen',
    event: ledgerOpened({ prefix: 'test.yen.', currencyCode: 'JPY', currencyScale: 0 }),
  },
  ...payment(ASKED, { packet: anIlpPayment(9_400n), plan: { amount: 9_400n, ...priced(1) } }),
  ...payment(BROUGHT, {
    plan: {
      amount: 7_984n,
      pricing: { pays: 'brought', ratesVersion: 5, spreadPpm: 2_000 },
    },
  }),
  ...payment(BEFORE),
  {
    ledgerId: ALICE,
    event: transferPrepared(
      anIncoming({
        transferId: aTransferId(REFUSED),
        plan: { kind: 'refuse', code: 'F02', triggeredBy: 'test.a', message: 'no' },
      }),
    ),
  },
  {
    ledgerId: ALICE,
    event: { type: 'TransferRejected', transferId: aTransferId(REFUSED), reason },
  },
  ...payment(RELAYED, { plan: { transferId: aTransferId(RELAYED), amount: 10_000n } }),
  { ledgerId: BOB, event: transferPrepared(anOutgoing({ transferId: aTransferId(SENT) })) },
  { ledgerId: ALICE, event: transferPrepared(anIncoming({ transferId: aTransferId(RECEIVED) })) },
  ...payment(TWICE, { plan: priced(4) }),
  { ledgerId: BOB, event: transferPrepared(anIncoming({ transferId: aTransferId(TWICE) })) },
  ...payment(DIFFERENT, { plan: { ...priced(1), amount: 9_423n } }),
  ...payment(PRUNED, { packet: PRUNED_PACKET, plan: priced(1) }),
  ...payment(NO_RATES, { plan: priced(3) }),
  ...payment(OTHERWISE_SENT, { plan: priced(1), sent: 9_420n }),
  ...payment(UNSENT, { plan: priced(1) }).slice(0, 1),
  ...payment(PROPOSED, { plan: priced(1) }).slice(0, 1),
  {
    ledgerId: BOB,
    event: transferProposed(
      anOutgoing({
        transferId: aTransferId(0x1000 + PROPOSED),
        amount: 9_421n,
        cause: { ledgerId: ALICE, transferId: aTransferId(PROPOSED), amount: 10_000n },
      }),
    ),
  },
  ...payment(NO_CURRENCY, { plan: { ...priced(1), ledgerId: aLedgerId('yen') } }).slice(0, 1),
  fulfilled(ALICE, ASKED),
  fulfilled(BOB, 0x1000 + ASKED),
];

let database: LogDatabase;
let reader: EventReader;

beforeAll(async () => {
  database = await logDatabase();
  await logStory(database.dataSource, STORY, NOON_MS);
  const log = new ConnectorLog(database.dataSource, { connector: CONNECTOR, partitions: 64 });
  for (const event of RATES) {
    const { payload, ...encoded } = encodeRatesEvent(event);
    const stored = { ...encoded, occurredAtMs: NOON_MS, payload: canonicalJson(payload) };
    await log.append(() => Promise.resolve({ events: [stored], result: undefined }));
  }
  reader = new EventReader(database.dataSource);
});
afterAll(() => database.drop());

async function price(n: number, ledgerId?: string): Promise<PaymentPrice> {
  const found = await findPayment(reader, { transferId: aTransferId(n), ledgerId });
  return pricePayment(found, { ledgers: new LedgerBook(reader), rates: new RatesBook(reader) });
}

/** What `docs/audit.md` shows of this very payment. */
function documented(): string[] {
  const text = readFileSync(join(__dirname, '../../../../docs/audit.md'), 'utf8');
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith('came in  '));
  return lines.slice(from, lines.indexOf('```', from));
}

test('a payment is shown with all that its price rests on', async () => {
  const asked = await price(ASKED);
  expect(priceLines(asked)).toEqual(documented());
  expect(priceJson(asked)).toMatchObject({
    verdict: 'ok',
    reason: null,
    incoming: { ledger: 'alice', amount: '10000', currency: 'USD', status: 'fulfilled' },
    outgoing: { ledger: 'bob', amount: '9400', status: 'fulfilled' },
    pricing: {
      pays: 'asked',
      ratesVersion: 1,
      rates: { source: 'https://rates.example/daily', publishedAt: '2017-08-28' },
      rate: { numerator: '625', denominator: '662' },
      brings: '9422',
      asked: '9400',
      forwarded: '9400',
      kept: '22',
    },
  });
});

test('both transfers of a payment lead to it', async () => {
  expect(await price(0x1000 + ASKED)).toEqual(await price(ASKED));
  expect(await price(ASKED, 'alice')).toEqual(await price(ASKED));
});

test.each<[string, number, PaymentPrice['verdict'], PaymentPrice['reason']]>([
  ['at rates that were set by hand, all of it', BROUGHT, 'ok', undefined],
  ['of before prices were on record', BEFORE, 'not-priced', 'before-prices'],
  ['that we refused', REFUSED, 'not-priced', 'refused'],
  ['that we handed on as a validator', RELAYED, 'ok', undefined],
  ['that begins with us', SENT, 'not-priced', 'sent'],
  ['that ends with us', RECEIVED, 'not-priced', 'received'],
  ['that was forwarded otherwise', DIFFERENT, 'differs', 'shortfall'],
  ['whose packet is gone', PRUNED, 'ok', undefined],
  ['at rates that never were in force', NO_RATES, 'differs', 'unknown-rates'],
  ['that went out as another amount', OTHERWISE_SENT, 'differs', 'outgoing-amount'],
  ['that never went out', UNSENT, 'ok', undefined],
  ['that went out on a ledger of another', PROPOSED, 'ok', undefined],
  ['of a currency without a rate', NO_CURRENCY, 'differs', 'missing-currency'],
])('a payment %s', async (_, n, verdict, why) => {
  const found = await price(n);
  expect(found).toMatchObject({ verdict, isRelayed: n === RELAYED });
  expect(found.reason).toBe(why);
  expect(priceLines(found).at(-1)).toMatch(/^verdict {4}(ok|DIFFERS: |nothing to price: )/);
  expect(JSON.parse(JSON.stringify(priceJson(found)))).toMatchObject({ verdict });
});

test('it is on record how long rates were in force', async () => {
  const book = new RatesBook(reader);
  const found = await Promise.all([1, 2, 3, 4, 5, 6].map((version) => book.at(version)));
  expect(found.map((each) => each?.replacedAtMs)).toEqual([
    ...[NOON_MS, undefined, undefined, NOON_MS],
    ...[undefined, undefined],
  ]);
  expect(found.map((each) => each?.recordedAtMs)).toEqual([
    ...[NOON_MS, undefined, undefined, NOON_MS],
    ...[NOON_MS, undefined],
  ]);
});

const MINUTES = 60_000;
test.each<[string, object, PaymentPrice['reason']]>([
  ['are in force', { recordedAtMs: NOON_MS - 900 * MINUTES, replacedAtMs: undefined }, undefined],
  ['came in force a little later', { recordedAtMs: NOON_MS + 5 * MINUTES }, undefined],
  ['came in force later', { recordedAtMs: NOON_MS + 6 * MINUTES }, 'rates-not-in-force'],
  ['were replaced a little before', { replacedAtMs: NOON_MS - 4 * MINUTES }, undefined],
  ['were replaced before', { replacedAtMs: NOON_MS - 5 * MINUTES }, 'rates-not-in-force'],
  ['are others now', { table: RateTable.of({ ...SHEET, rates: { USD: '1.08' } }) }, 'shortfall'],
])('a payment at rates that %s', async (_, change, why) => {
  const found = await findPayment(reader, { transferId: aTransferId(ASKED) });
  const at = async (version: number): Promise<RatesOnRecord | undefined> => {
    const known = await new RatesBook(reader).at(version);
    return known && { ...known, ...change };
  };
  const priced = await pricePayment(found, { ledgers: new LedgerBook(reader), rates: { at } });
  expect(priced.reason).toBe(why);
  expect(priced.verdict).toBe(why === undefined ? 'ok' : 'differs');
  expect(priceLines(priced).at(-1)).toMatch(why === undefined ? /ok$/ : /DIFFERS: /);
});

test('a payment that asks for no amount in particular, as if it did', async () => {
  const found = await findPayment(reader, { transferId: aTransferId(ASKED) });
  const books = { ledgers: new LedgerBook(reader), rates: new RatesBook(reader) };
  const asking = (packet: Buffer): Promise<PaymentPrice> => {
    const { incoming } = found;
    if (incoming === undefined) throw new Error('nothing came in');
    const event = { ...incoming.event, packet };
    return pricePayment({ ...found, incoming: { ...incoming, event } }, books);
  };
  expect(await asking(anIlpPayment(9_400n))).toMatchObject({ verdict: 'ok' });
  expect(await asking(anIlpPayment(9_399n))).toMatchObject({
    verdict: 'differs',
    reason: 'amount',
  });
  const anyAmount = { account: 'test.bob.x', data: Buffer.alloc(0) };
  const open = encodeIlp({ type: 'forwarded-payment', ...anyAmount });
  expect(await asking(open)).toMatchObject({ verdict: 'differs', reason: 'amount' });
});

test('an id of several payments is asked back, one of none as well', async () => {
  await expect(price(TWICE)).rejects.toThrow(
    'b4c838f6-80b1-47f8-a82e-000000000008 names transfers of 2 payments, on alice, bob: say which with --ledger',
  );
  expect(await price(TWICE, 'alice')).toMatchObject({
    verdict: 'ok',
    reckoning: { rates: { version: 4, sheet: { rates: { USD: '1.0592' } } } },
  });
  expect(await price(TWICE, 'bob')).toMatchObject({ reason: 'received' });
  await expect(price(77)).rejects.toThrow(/^no transfer \S+04d in the log$/);
  await expect(price(ASKED, 'yen')).rejects.toThrow(/^no transfer \S+ in ledger "yen"$/);
});

test('all of them are priced in one go', async () => {
  const differing: unknown[] = [];
  const onDifference = ({ incoming, reason: why }: PaymentPrice): void => {
    differing.push([incoming?.transferId, why]);
  };
  const all = await priceLog(reader, { onDifference });
  expect(all).toEqual({
    events: STORY.length + RATES.length,
    priced: 10,
    differing: 4,
    relayed: 1,
    notPriced: { refused: 1, 'before-prices': 1, received: 2, sent: 1 },
  });
  expect(differing).toEqual([
    [aTransferId(DIFFERENT), 'shortfall'],
    [aTransferId(NO_RATES), 'unknown-rates'],
    [aTransferId(OTHERWISE_SENT), 'outgoing-amount'],
    [aTransferId(NO_CURRENCY), 'missing-currency'],
  ]);
  expect(pricedLogLines(all)[1]).toBe('10 payments priced again, 1 relayed as they came: 4 DIFFER');
});

test('those of a ledger, and those from a moment on', async () => {
  const onDifference = (): void => undefined;
  const ofBob = await priceLog(reader, { ledger: 'bob', onDifference });
  expect(ofBob).toMatchObject({ priced: 0, notPriced: { received: 1, sent: 1 } });
  const sinceMs = NOON_MS + STORY.findIndex(({ event }) => isBeginningOf(event, PROPOSED));
  expect(await priceLog(reader, { sinceMs, onDifference })).toMatchObject({
    events: STORY.length + RATES.length,
    priced: 2,
    differing: 1,
  });
  await expect(priceLog(reader, { ledger: 'nobody', onDifference })).rejects.toThrow(
    NothingToPriceError,
  );
});

test.each<[string, Omit<PriceOptions, 'data'>, number, RegExp]>([
  ['one that is right', { transfer: aTransferId(ASKED) }, 0, /^verdict {4}ok$/m],
  ['one that is not', { transfer: aTransferId(DIFFERENT) }, 1, /^verdict {4}DIFFERS: the ex/m],
  ['one without a price', { transfer: aTransferId(SENT) }, 0, /^verdict {4}nothing to price: /m],
  ['all', { all: true }, 1, /(?:^verdict {4}DIFFERS[^]*){4}^10 payments.*: 4 DIFFER$/m],
  ['all, for programs', { all: true, json: true }, 1, /^(?:\{"verdict":"differs".*\n){4}\{"ev/],
])('the command ends as what it found: %s', async (_, options, code, said) => {
  const lines = await command(options);
  const ended = process.exitCode ?? 0;
  process.exitCode = undefined;
  expect(lines.join('\n')).toMatch(said);
  expect(ended).toBe(code);
});

test.each<[Omit<PriceOptions, 'data'>, RegExp]>([
  [{}, /^say either --transfer ID or --all$/],
  [{ transfer: aTransferId(ASKED), all: true }, /^say either --transfer ID or --all$/],
  [{ transfer: aTransferId(ASKED), since: '2026-01-01T00:00:00Z' }, /^--since goes with --all$/],
  [{ transfer: '7' }, /^--transfer: "7" is no UUID$/],
  [{ all: true, since: '7' }, /^--since: "7" must be an ISO 8601 time/],
  [{ all: true, since: 'yesterday' }, /^--since: "yesterday" must be/],
])('the command does not take %j', async (options, why) => {
  await expect(command(options)).rejects.toThrow(why);
});

test('an id may be written in capitals', async () => {
  expect(await command({ transfer: aTransferId(ASKED).toUpperCase() })).toContain('verdict    ok');
});

/** What it says. */
async function command(options: Omit<PriceOptions, 'data'>): Promise<string[]> {
  const lines: string[] = [];
  const shell = {
    env: { DATABASE_URL: database.url },
    print: (line: string) => lines.push(line),
    note: () => undefined,
  };
  await auditPrice({ data: 'unused', ...options }, shell);
  return lines;
}

function isBeginningOf(event: LedgerEvent, n: number): boolean {
  return event.type === 'TransferPrepared' && event.transferId === aTransferId(n);
}
