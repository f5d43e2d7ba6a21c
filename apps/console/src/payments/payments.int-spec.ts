import { randomBytes, randomUUID } from 'node:crypto';
import { createHash } from 'node:crypto';
import {
  DEFAULT_PARTITIONS,
  partitionOf,
  type PaymentOrderReply,
  type PriceReply,
  QUOTE_REFUSAL,
  type QuoteExplained,
  readPaymentOrder,
  subjectsOf,
} from '#contracts';
import { encodeEvent, type LedgerEvent, transferId } from '#domain/ledger';
import { EventReader, openWriter, ProjectionRunner } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { BusConnection, ControlListener, ControlRefusal, type Listening } from '#messaging';
import { conditionOf, decodeIlp, encodeIlp, ilpError } from '#protocol';
import { PROJECTIONS } from '#read-models';
import { ledgerOpened, logDatabase, type LogDatabase } from '#testing';
import { startService, type StartedService } from '../../../../test/support/started-service';
import { testNatsUrl } from '../../../../test/support/test-nats';
import { consoleService } from '../console-service';
import { consoleUrl } from '../console-url';

const CAROLS = 'token-of-carol';
const FULFILLMENT = Buffer.alloc(32, 7);
const CONDITION = conditionOf(FULFILLMENT).toString('base64url');
const connector = `spec-${randomBytes(4).toString('hex')}`;

const ORDER = {
  from: 'alice',
  to: 'test.far.carl',
  destinationAmount: '100',
  condition: CONDITION,
} as const;
const PRICE: PriceReply = {
  sourceAmount: '111',
  destinationAmount: '100',
  pricedBy: 'quote',
  instead: null,
};

let database: LogDatabase;
let service: StartedService;
let bus: BusConnection;
let listening: Listening[];
/** What the other services heard, and how they answer. */
let priced: unknown[];
let ordered: ReturnType<typeof readPaymentOrder>[];
let quoted: unknown[];
let price: () => Promise<PriceReply>;
let obey: (order: ReturnType<typeof readPaymentOrder>) => Promise<PaymentOrderReply>;

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function ask(path: string, body?: object, token = CAROLS): Promise<Answered> {
  const response = await fetch(`${consoleUrl(service.app)}/api/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** As the owner of the ledger would put it on record. */
async function record(ledgerId: string, ...events: readonly LedgerEvent[]): Promise<void> {
  const writer = await openWriter(database.dataSource, { connector: `test.${connector}` });
  try {
    const partition = partitionOf(ledgerId);
    await writer.take([partition], 1);
    for (const event of events) {
      const { type, schemaVersion, transferId: id, payload, packet } = encodeEvent(event);
      writer.stage({
        ...{ ledgerId, partition, type, schemaVersion, transferId: id, packet },
        occurredAtMs: Date.parse('2026-11-23T12:00:00.000Z'),
        payload: canonicalJson(payload),
        packetDigest: packet && createHash('sha256').update(packet).digest(),
      });
    }
    await writer.commit();
  } finally {
    await writer.release();
  }
}

async function projected(): Promise<void> {
  for (const projection of PROJECTIONS) {
    const partitions = DEFAULT_PARTITIONS;
    await new ProjectionRunner(database.dataSource, { projection, partitions }).catchUp();
  }
}

/** The order as it comes on record with the ledger's owner. */
function prepared(order: ReturnType<typeof readPaymentOrder>): LedgerEvent {
  const { amount, condition, packet, by, memo, pricedBy } = order;
  return {
    type: 'TransferPrepared',
    transferId: transferId(order.transferId),
    direction: 'outgoing',
    ...{ amount, condition, packet },
    expiresAtMs: Date.parse('2026-11-23T12:00:10.000Z'),
    sideDataDigest: null,
    order: { by, memo, pricedBy },
  };
}

beforeAll(async () => {
  database = await logDatabase();
  const usd = { currencyCode: 'USD', currencyScale: 2 };
  await record('alice', ledgerOpened({ prefix: 'test.alice.', ...usd }));
  await record('bob', ledgerOpened({ prefix: 'test.bob.', ...usd, currencyScale: 4 }));
  await projected();
  service = await startService(consoleService, {
    connector: { address: `test.${connector}`, maxHoldTimeMs: 8_000 },
    console: {
      listen: '127.0.0.1:0',
      token: 'token-of-everybody',
      operators: [{ name: 'carol', token: CAROLS }],
    },
    databaseUrl: database.url,
    natsUrl: testNatsUrl(),
  });
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'payments-spec' });
});

beforeEach(async () => {
  [priced, ordered, quoted] = [[], [], []];
  price = () => Promise.resolve(PRICE);
  obey = async (order) => {
    await record(order.ledgerId, prepared(order));
    return { outcome: 'done' };
  };
  const subjects = subjectsOf(service.context.configuration.connector.slug);
  const listener = new ControlListener(bus);
  listening = [
    listener.listen(subjects.quoterPrice, (question) => {
      priced.push(question);
      return price();
    }),
    listener.listen(subjects.quoterExplain, (question) => {
      quoted.push(question);
      return Promise.resolve(EXPLAINED);
    }),
    listener.listen(subjects.ledgerPay, (written) => {
      const order = readPaymentOrder(written);
      ordered.push(order);
      return obey(order);
    }),
  ];
  await bus.roundTrip(10_000);
});

afterEach(async () => {
  await Promise.all(listening.map((one) => one.stop()));
});

afterAll(async () => {
  await service.stop();
  await bus.drain();
  await database.drop();
});

const end = { ledger: null, currency: null, scale: null, units: null, amount: null };
const EXPLAINED: QuoteExplained = {
  ...{ from: 'alice', to: 'test.bob.x', asked: 'liquidity', refused: null },
  ...{ source: end, destination: end, destinationHoldMs: 5000, sourceHoldMs: 6000 },
  ...{ curve: [['1', '0']], appliesToPrefix: 'test.bob.', expiresAt: null, exchange: null },
  ...{ rates: { state: 'fresh', version: 3 }, route: null, answeredBy: { kind: 'tables' } },
};

describe('an order to pay', () => {
  test('is priced, put to the owner of the ledger with who gave it, and told from the log', async () => {
    const id = randomUUID();
    const { status, body } = await ask('payments', { ...ORDER, id, memo: 'trial' });
    expect(status).toBe(202);
    expect(body).toEqual({
      outcome: 'ordered',
      instead: null,
      payment: {
        ...{
          id,
          from: 'alice',
          to: 'test.far.carl',
          sourceAmount: '111',
          destinationAmount: '100',
        },
        ...{ pricedBy: 'quote', by: 'carol', memo: 'trial', condition: CONDITION },
        ...{ orderedAt: '2026-11-23T12:00:00.000Z', expiresAt: '2026-11-23T12:00:10.000Z' },
        ...{ status: 'prepared', isFinal: false, finishedAt: null },
        ...{ fulfillment: null, fulfillmentData: null, rejection: null },
      },
    });
    const amounts = { destinationAmount: '100', holdMs: 5000 };
    expect(priced).toEqual([{ from: 'alice', to: 'test.far.carl', ...amounts }]);
    const [order] = ordered;
    expect(order).toMatchObject({ amount: 111n, expiresInMs: 8_000, by: 'carol' });
    expect(decodeIlp(order?.packet ?? Buffer.alloc(0))).toEqual({
      ...{ type: 'payment', account: 'test.far.carl', amount: 100n, data: Buffer.alloc(0) },
    });
  });

  test('given again is answered with what became of it; nobody is asked', async () => {
    const id = randomUUID();
    await ask('payments', { ...ORDER, id });
    await record('alice', {
      type: 'TransferFulfilled',
      transferId: transferId(id),
      fulfillment: FULFILLMENT,
      data: Buffer.from('thanks'),
    });
    [priced, ordered] = [[], []];
    const payment = {
      ...{ id, status: 'fulfilled', isFinal: true, finishedAt: '2026-11-23T12:00:00.000Z' },
      fulfillment: FULFILLMENT.toString('base64url'),
      fulfillmentData: Buffer.from('thanks').toString('base64url'),
    };
    expect(await ask('payments', { ...ORDER, id })).toMatchObject({
      status: 202,
      body: { outcome: 'repeated', payment },
    });
    expect(await ask(`payments/${id}?waitMs=5000`)).toMatchObject({
      status: 200,
      body: { payment },
    });
    expect([priced, ordered]).toEqual([[], []]);
  });

  test.each<[string, object]>([
    ['another amount', { destinationAmount: '99' }],
    ['another address', { to: 'test.far.carla' }],
    ['another condition', { condition: conditionOf(Buffer.alloc(32)).toString('base64url') }],
    ['other data', { data: 'AAAA' }],
    ['another ledger', { from: 'bob' }],
  ])('with an id that was used for %s is refused', async (_what, change) => {
    const id = randomUUID();
    await ask('payments', { ...ORDER, id });
    [priced, ordered] = [[], []];
    expect(await ask('payments', { ...ORDER, ...change, id })).toMatchObject({
      status: 409,
      body: { error: { kind: 'DuplicateId', field: 'id', rule: 'already-used' } },
    });
    expect([priced, ordered]).toEqual([[], []]);
  });

  test('that ends badly is told with code, name, who said it and who passed it on', async () => {
    const id = randomUUID();
    await ask('payments', { ...ORDER, id });
    const said = {
      code: 'F05',
      triggeredBy: 'test.far.carl',
      triggeredAtMs: 0,
      data: 'no',
    } as const;
    const reason = encodeIlp({ ...ilpError(said), forwardedBy: ['test.alice.client'] });
    await record('alice', { type: 'TransferRejected', transferId: transferId(id), reason });
    expect(await ask(`payments/${id}`)).toMatchObject({
      body: {
        payment: {
          status: 'rejected',
          rejection: {
            ...{ code: 'F05', name: 'Wrong Condition', message: 'no' },
            ...{ triggeredBy: 'test.far.carl', forwardedBy: ['test.alice.client'] },
            triggeredAt: '1970-01-01T00:00:00.000Z',
          },
        },
      },
    });
  });

  test('may be in the currency, exactly', async () => {
    const { destinationAmount: _, ...order } = ORDER;
    const amounts = { unit: 'currency', sourceAmount: '1.11', maxSourceAmount: '1.11' };
    expect((await ask('payments', { ...order, ...amounts })).status).toBe(202);
    expect(priced).toMatchObject([{ sourceAmount: '111' }]);
    const there = { ...ORDER, to: 'test.bob.client', destinationAmount: '0.0001' };
    await ask('payments', { ...there, unit: 'currency' });
    expect(priced[1]).toMatchObject({ destinationAmount: '1' });
  });

  test('is not given where it would cost more than was allowed', async () => {
    expect(await ask('payments', { ...ORDER, maxSourceAmount: '110' })).toMatchObject({
      status: 409,
      body: { error: { kind: 'TooExpensive', field: 'maxSourceAmount' } },
    });
    expect(ordered).toEqual([]);
  });

  test.each<[string, object, string, string | RegExp]>([
    ['no amount', { destinationAmount: undefined }, 'sourceAmount', /must be given/],
    ['both amounts', { sourceAmount: '1' }, 'sourceAmount', /and not both/],
    ['an amount of 0', { destinationAmount: '0' }, 'destinationAmount', /from 1 to 2\^64 - 1/],
    ['less', { destinationAmount: '-1' }, 'destinationAmount', /whole number/],
    ['a fraction', { destinationAmount: '1.5' }, 'destinationAmount', /whole number/],
    ['a number', { destinationAmount: 1 }, 'destinationAmount', /must be a text/],
    [
      'too much',
      { destinationAmount: '18446744073709551616' },
      'destinationAmount',
      /from 1 to 2\^64 - 1/,
    ],
    ['another unit', { unit: 'dollars' }, 'unit', /base or currency/],
    ['an unknown scale', { unit: 'currency' }, 'destinationAmount', /scale .* not known/],
    [
      'too many decimals',
      { unit: 'currency', destinationAmount: undefined, sourceAmount: '0.001' },
      'sourceAmount',
      /more decimals \(3\) than the scale of the ledger, 2/,
    ],
    [
      'too much in the currency',
      { unit: 'currency', destinationAmount: undefined, sourceAmount: '184467440737095516.16' },
      'sourceAmount',
      /from 1 to 2\^64 - 1 base units|2\^64/,
    ],
    ['no address', { to: 'test far' }, 'to', /ILP address of an account/],
    ['a prefix', { to: 'test.far.' }, 'to', /ILP address of an account/],
    ['no condition', { condition: undefined }, 'condition', /is required/],
    ['a short condition', { condition: 'AAAA' }, 'condition', /must be 32 bytes/],
    ['too little time', { expiresInMs: 999 }, 'expiresInMs', /from 1000 to 8000/],
    ['too much time', { expiresInMs: 8001 }, 'expiresInMs', /from 1000 to 8000/],
    ['no id', { id: 'x' }, 'id', /UUID in small letters/],
    ['no data', { data: '/+' }, 'data', /base64url/],
    ['too much data', { data: 'A'.repeat(43_692) }, 'data', /at most 32767 bytes/],
    ['anything else', { fulfillment: 'AAAA' }, 'fulfillment', /not known in this order/],
  ])('of %s is refused, and nobody is asked', async (_what, change, field, rule) => {
    const { status, body } = await ask('payments', { ...ORDER, ...change });
    expect(status).toBe(422);
    const problem = { field, rule: expect.stringMatching(rule) as string };
    expect(body).toMatchObject({ error: { kind: 'InvalidOrder', problems: [problem] } });
    expect([priced, ordered]).toEqual([[], []]);
  });

  test('from a ledger that there is not is refused', async () => {
    expect(await ask('payments', { ...ORDER, from: 'nobody' })).toMatchObject({
      status: 404,
      body: { error: { kind: 'LedgerNotFound' } },
    });
  });

  test.each<[string, number, string]>([
    [QUOTE_REFUSAL.notConnected, 409, 'NoSession'],
    [QUOTE_REFUSAL.ownAddress, 409, 'OwnAddress'],
    [QUOTE_REFUSAL.relayed, 409, 'LedgerRelayed'],
    [QUOTE_REFUSAL.noPrice, 409, 'NoPrice'],
    [QUOTE_REFUSAL.unknownLedger, 404, 'LedgerNotFound'],
    ['whatever', 503, 'QuotesUnavailable'],
  ])('that a quoter refuses with %s is answered %i %s', async (code, status, kind) => {
    price = () => Promise.reject(new ControlRefusal(code, 'not so'));
    expect(await ask('payments', ORDER)).toMatchObject({ status, body: { error: { kind } } });
    expect(ordered).toEqual([]);
  });

  test('that the ledger refuses is answered with field, rule and both figures', async () => {
    const refusal = {
      ...{ kind: 'InsufficientBalance', message: 'sourceAmount: 111 is more' },
      ...{ field: 'sourceAmount', rule: 'insufficient-balance' },
      figures: { required: '111', available: '7' },
    };
    obey = () => Promise.resolve({ outcome: 'refused', refusal });
    const { figures, ...error } = refusal;
    expect(await ask('payments', ORDER)).toEqual({
      status: 409,
      body: { error: { ...error, ...figures } },
    });
  });

  test('of unknown fate says that giving it again does no harm', async () => {
    obey = () => Promise.reject(new ControlRefusal('no-answer', 'lost'));
    const { status, body } = await ask('payments', ORDER);
    expect(status).toBe(504);
    expect(JSON.stringify(body)).toContain('does no harm');
  });

  test('needs a token', async () => {
    expect((await ask('payments', ORDER, 'a guess')).status).toBe(401);
    expect((await ask('quote?from=alice&to=g.x', undefined, 'a guess')).status).toBe(401);
  });
});

describe('a payment', () => {
  test('that nobody ordered is not shown, whatever transfer bears the id', async () => {
    expect(await ask(`payments/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { error: { kind: 'PaymentNotFound' } },
    });
    expect((await ask('payments/x')).status).toBe(400);
    expect((await ask(`payments/${randomUUID()}?waitMs=10001`)).status).toBe(400);
  });

  test('is waited for until it ends, or as long as was asked for', async () => {
    const id = randomUUID();
    await ask('payments', { ...ORDER, id });
    expect(await ask(`payments/${id}?waitMs=150`)).toMatchObject({
      body: { payment: { status: 'prepared' } },
    });
    const waiting = ask(`payments/${id}?waitMs=10000`);
    const fulfilled = { fulfillment: FULFILLMENT, data: null };
    await record('alice', { type: 'TransferFulfilled', transferId: transferId(id), ...fulfilled });
    expect(await waiting).toMatchObject({ body: { payment: { status: 'fulfilled' } } });
  });
});

describe('a quote', () => {
  test('is asked of a quoter, amounts in base units', async () => {
    const { status, body } = await ask('quote?from=alice&to=test.bob.x');
    expect({ status, body }).toEqual({ status: 200, body: EXPLAINED });
    await ask('quote?from=alice&to=test.bob.x&destinationAmount=1.5&unit=currency&hold=100');
    expect(quoted).toEqual([
      { from: 'alice', to: 'test.bob.x', holdMs: 5000 },
      { from: 'alice', to: 'test.bob.x', holdMs: 100, destinationAmount: '15000' },
    ]);
  });

  test.each([
    ['from=alice', 'to'],
    ['from=alice&to=g.x&sourceAmount=1&destinationAmount=1', 'destinationAmount'],
    ['from=alice&to=g.x&sourceAmount=0', 'sourceAmount'],
    ['from=alice&to=g.x&hold=-1', 'hold'],
    ['from=alice&to=g.x&hold=4294967296', 'hold'],
    ['from=alice&to=g.x&colour=red', 'colour'],
    ['from=alice&to=g.x&unit=x', 'unit'],
  ])('of %s is refused for %s', async (query, field) => {
    const { status, body } = await ask(`quote?${query}`);
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { kind: 'InvalidQuestion', problems: [{ field }] } });
    expect(quoted).toEqual([]);
  });
});

test('the whole log of this can be read again', async () => {
  const reader = new EventReader(database.dataSource);
  let events = 0;
  for await (const _ of reader.readLedger({ ledgerId: 'alice' })) events += 1;
  expect(events).toBeGreaterThan(10);
});
