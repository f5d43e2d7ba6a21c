import { randomUUID } from 'node:crypto';
import { QUOTE_REFUSAL } from '#contracts';
import { transferId } from '#domain/ledger';
import { ControlRefusal } from '#messaging';
import { conditionOf, decodeIlp, encodeIlp, ilpError } from '#protocol';
import { PaymentsStage } from '../../test/payments-stage';

const FULFILLMENT = Buffer.alloc(32, 7);
const CONDITION = conditionOf(FULFILLMENT).toString('base64url');
const ORDER = {
  from: 'alice',
  to: 'test.far.carl',
  destinationAmount: '100',
  condition: CONDITION,
} as const;

let stage: PaymentsStage;

beforeAll(async () => {
  stage = await PaymentsStage.open();
});

beforeEach(() => stage.begin());

afterEach(() => stage.end());

afterAll(() => stage.close());

const ask: PaymentsStage['ask'] = (...words) => stage.ask(...words);

const record: PaymentsStage['record'] = (...words) => stage.record(...words);

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
    expect(stage.priced).toEqual([{ from: 'alice', to: 'test.far.carl', ...amounts }]);
    const [order] = stage.ordered;
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
    stage.forget();
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
    expect([stage.priced, stage.ordered]).toEqual([[], []]);
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
    stage.forget();
    expect(await ask('payments', { ...ORDER, ...change, id })).toMatchObject({
      status: 409,
      body: { error: { kind: 'DuplicateId', field: 'id', rule: 'already-used' } },
    });
    expect([stage.priced, stage.ordered]).toEqual([[], []]);
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
    const amounts = { unit: 'currency', sourceAmount: '1.11', maxSourceAmount: '1.11' };
    const order = { ...ORDER, destinationAmount: undefined, ...amounts };
    expect((await ask('payments', order)).status).toBe(202);
    expect(stage.priced).toMatchObject([{ sourceAmount: '111' }]);
    const there = { ...ORDER, to: 'test.bob.client', destinationAmount: '0.0001' };
    await ask('payments', { ...there, unit: 'currency' });
    expect(stage.priced[1]).toMatchObject({ destinationAmount: '1' });
  });

  test('is not given where it would cost more than was allowed', async () => {
    expect(await ask('payments', { ...ORDER, maxSourceAmount: '110' })).toMatchObject({
      status: 409,
      body: { error: { kind: 'TooExpensive', field: 'maxSourceAmount' } },
    });
    expect(stage.ordered).toEqual([]);
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
    expect([stage.priced, stage.ordered]).toEqual([[], []]);
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
    stage.price = () => Promise.reject(new ControlRefusal(code, 'not so'));
    expect(await ask('payments', ORDER)).toMatchObject({ status, body: { error: { kind } } });
    expect(stage.ordered).toEqual([]);
  });

  test('that the ledger refuses is answered with field, rule and both figures', async () => {
    const refusal = {
      ...{ kind: 'InsufficientBalance', message: 'sourceAmount: 111 is more' },
      ...{ field: 'sourceAmount', rule: 'insufficient-balance' },
      figures: { required: '111', available: '7' },
    };
    stage.obey = () => Promise.resolve({ outcome: 'refused', refusal });
    const { figures, ...error } = refusal;
    expect(await ask('payments', ORDER)).toEqual({
      status: 409,
      body: { error: { ...error, ...figures } },
    });
  });

  test('of unknown fate says that giving it again does no harm', async () => {
    stage.obey = () => Promise.reject(new ControlRefusal('no-answer', 'lost'));
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
