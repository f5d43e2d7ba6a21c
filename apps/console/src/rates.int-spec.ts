import { randomBytes } from 'node:crypto';
import { type RatesOrderReply, type RatesReply, subjectsOf } from '#contracts';
import { BusConnection, ControlListener, ControlRefusal, type Listening } from '#messaging';
import { logDatabase, type LogDatabase } from '#testing';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from './console-service';
import { consoleUrl } from './console-url';

const token = 'token-of-everybody';
const carols = 'token-of-carol';
const connector = `spec-${randomBytes(4).toString('hex')}`;

const rates: RatesReply = {
  version: 3,
  state: 'fresh',
  source: 'table',
  base: 'EUR',
  rates: { USD: '1.0592' },
  fetchedAt: '2026-11-20T12:00:00.000Z',
  confirmedAt: '2026-11-20T12:00:00.000Z',
  staleAt: null,
  publishedAt: null,
};

let database: LogDatabase;
let service: StartedService;
let bus: BusConnection;
let listening: Listening[] = [];
/** What the quoter heard, and how it answers. */
let heard: unknown[];
let reply: () => Promise<RatesOrderReply>;

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function ask(method: 'GET' | 'PUT', body?: unknown, presented = carols): Promise<Answered> {
  const response = await fetch(`${consoleUrl(service.app)}/api/rates`, {
    method,
    headers: { authorization: `Bearer ${presented}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function quoterIsThere(): Promise<void> {
  const subjects = subjectsOf(service.context.configuration.connector.slug);
  const listener = new ControlListener(bus);
  listening = [
    listener.listen(subjects.ratesCurrent, () => Promise.resolve(rates)),
    listener.listen(subjects.ratesSet, (order) => {
      heard.push(order);
      return reply();
    }),
  ];
  await bus.roundTrip(10_000);
}

async function quoterIsGone(): Promise<void> {
  await Promise.all(listening.splice(0).map((one) => one.stop()));
  await bus.roundTrip(10_000);
}

beforeAll(async () => {
  database = await logDatabase();
  service = await startService(consoleService, {
    connector: { address: `test.${connector}` },
    console: { listen: '127.0.0.1:0', token, operators: [{ name: 'carol', token: carols }] },
    databaseUrl: database.url,
    natsUrl: testNatsUrl(),
  });
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'rates-spec' });
});

beforeEach(async () => {
  heard = [];
  reply = () => Promise.resolve({ outcome: 'done', event: 'RatesSet', rates });
  await quoterIsThere();
});

afterEach(quoterIsGone);

afterAll(async () => {
  await service.stop();
  await bus.drain();
  await database.drop();
});

test('the rates are told as a quoter tells them', async () => {
  expect(await ask('GET')).toEqual({ status: 200, body: rates });
});

test('an order goes to a quoter with who gave it', async () => {
  const done = { outcome: 'done', event: 'RatesSet', rates };
  expect(await ask('PUT', { rates: { USD: '1.0592', XYZ: null } })).toEqual({
    status: 200,
    body: done,
  });
  await ask('PUT', { rates: { USD: '1' }, by: 'dora' }, token);
  expect(heard).toEqual([
    { rates: { USD: '1.0592', XYZ: null }, by: 'carol' },
    { rates: { USD: '1' }, by: 'operator (dora)' },
  ]);
});

test.each(['wrong', ''])(
  'whoever presents "%s" neither sees nor changes anything',
  async (presented) => {
    expect((await ask('GET', undefined, presented)).status).toBe(401);
    expect((await ask('PUT', { rates: { USD: '1' } }, presented)).status).toBe(401);
    expect(heard).toEqual([]);
  },
);

test.each<[unknown, string, string]>([
  [[], 'body', 'must be a JSON object'],
  [{}, 'rates', 'must be an object of currency and value'],
  [{ rates: {} }, 'rates', 'must name a currency'],
  [{ rates: { USD: '-1' } }, 'rates.USD', 'must not be negative'],
  [{ rates: { USD: '0' } }, 'rates.USD', 'must not be zero'],
  [{ rates: { USD: '1e99' } }, 'rates.USD', 'must lie between 10^-18 and 10^18'],
  [
    { rates: { USD: 1.1 } },
    'rates.USD',
    'must be a decimal number as text, like "1.0592", or null',
  ],
  [{ rates: { DOLLAR: '1' } }, 'rates.DOLLAR', 'must be three letters'],
  [{ rates: { USD: '1' }, base: 'EUR' }, 'base', 'is not known in this order'],
])('%j is refused for %s: %s', async (body, field, rule) => {
  const { status, body: answer } = await ask('PUT', body);
  expect(status).toBe(422);
  expect(answer).toMatchObject({ error: { kind: 'InvalidOrder', problems: [{ field, rule }] } });
  expect(heard).toEqual([]);
});

test('where there is no table, and where nothing would be left, the quoter refuses', async () => {
  const refusal = {
    kind: 'NoRateTable',
    message: 'rates are fetched',
    field: null,
    rule: null,
  } as const;
  reply = () => Promise.resolve({ outcome: 'refused', refusal });
  expect(await ask('PUT', { rates: { USD: '1' } })).toEqual({
    status: 409,
    body: { error: { kind: 'NoRateTable', message: 'rates are fetched' } },
  });
  const none = { kind: 'InvalidRate', message: 'no', field: 'rates.USD', rule: 'r' } as const;
  reply = () => Promise.resolve({ outcome: 'refused', refusal: none });
  expect((await ask('PUT', { rates: { USD: null } })).status).toBe(422);
});

test('it is told whether something may have happened when a quoter fails', async () => {
  reply = () => Promise.reject(new ControlRefusal('unavailable', 'not now'));
  expect((await ask('PUT', { rates: { USD: '1' } })).status).toBe(503);
  reply = () => Promise.reject(new Error('disk full'));
  expect((await ask('PUT', { rates: { USD: '1' } })).status).toBe(504);
  await quoterIsGone();
  expect(await ask('GET')).toMatchObject({
    status: 503,
    body: { error: { kind: 'RatesUnavailable' } },
  });
});
