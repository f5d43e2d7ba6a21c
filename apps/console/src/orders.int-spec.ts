import { randomBytes } from 'node:crypto';
import { subjectsOf, type LedgerOrderReply, type OrderedLedger } from '#contracts';
import { BusConnection, ControlListener, type Listening } from '#messaging';
import { logDatabase, type LogDatabase } from '#testing';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from './console-service';
import { consoleUrl } from './console-url';

const token = 'token-of-everybody';
const carols = 'token-of-carol';
const connector = `spec-${randomBytes(4).toString('hex')}`;

const ledger: OrderedLedger = {
  ledger: 'alice',
  currencyCode: 'USD',
  currencyScale: 9,
  standing: 'open',
  balance: '500',
  incomingPrepared: '0',
  outgoingPrepared: '0',
  maxBalance: null,
  minBalance: null,
  thresholds: { low: null, high: null, settleTo: null },
  beyond: { low: false, high: false },
  difference: null,
};
const done = (event: string): LedgerOrderReply => ({ outcome: 'done', event, version: 2, ledger });

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

describe('orders over HTTP', () => {
  let database: LogDatabase;
  let service: StartedService;
  let bus: BusConnection;
  let listening: Listening | undefined;
  let base: string;
  /** What the ledger heard, and what it says next. */
  const heard: unknown[] = [];
  let reply: LedgerOrderReply = done('x');

  async function post(path: string, body: unknown, presented = carols): Promise<Answered> {
    const response = await fetch(`${base}/api/ledgers/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${presented}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  async function listen(): Promise<void> {
    const subject = subjectsOf(service.context.configuration.connector.slug).ledgerOrder;
    listening = new ControlListener(bus).listen(subject, (order) => {
      heard.push(order);
      return Promise.resolve(reply);
    });
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
    base = consoleUrl(service.app);
    bus = await BusConnection.connect({ url: testNatsUrl(), name: 'orders-spec' });
    await listen();
  });

  beforeEach(() => {
    heard.length = 0;
    reply = done('x');
  });

  afterAll(async () => {
    await service.stop();
    await listening?.stop();
    await bus.drain();
    await database.drop();
  });

  it.each<[string, object, object]>([
    ['alice/limits', { maxBalance: '5' }, { kind: 'change-limits', maxBalance: '5' }],
    ['alice/thresholds', { low: null }, { kind: 'change-thresholds', low: null }],
    ['alice/pause', { reason: 'x' }, { kind: 'pause', reason: 'x' }],
    ['alice/resume', { reason: 'x' }, { kind: 'resume', reason: 'x' }],
    ['alice/drain', { reason: 'x' }, { kind: 'drain', reason: 'x' }],
    ['alice/close', { reason: 'x', balance: '-1' }, { kind: 'close', reason: 'x', balance: '-1' }],
    [
      'alice/settlements',
      { reference: 'R1', direction: 'paid', amount: '500' },
      { kind: 'settle', reference: 'R1', direction: 'paid', amount: '500' },
    ],
    [
      `alice/settlements/${encodeURIComponent('R 1/2')}/reversal`,
      { reference: 'R2', reason: 'x' },
      { kind: 'reverse-settlement', reverses: 'R 1/2', reference: 'R2', reason: 'x' },
    ],
    [
      'alice/reconciliation',
      { theirs: '-5', note: '' },
      { kind: 'reconcile', theirs: '-5', note: '' },
    ],
  ])('POST %s %j goes to the ledger with who gave it', async (path, body, order) => {
    expect(await post(path, body)).toEqual({ status: 200, body: done('x') });
    expect(heard).toEqual([{ ledgerId: 'alice', by: 'carol', ...order }]);
  });

  it('takes a name from a token that is nobody’s own as a claim', async () => {
    await post('alice/pause', { reason: 'x', by: 'carol' }, token);
    await post('alice/pause', { reason: 'x' }, token);
    expect(heard).toMatchObject([{ by: 'operator (carol)' }, { by: 'operator' }]);
  });

  it.each(['wrong', ''])('turns away whoever presents "%s"', async (presented) => {
    expect((await post('alice/pause', { reason: 'x' }, presented)).status).toBe(401);
    expect(heard).toEqual([]);
  });

  it('answers a repetition like the first time', async () => {
    reply = { outcome: 'repeated', ledger };
    expect(await post('alice/pause', { reason: 'x' })).toEqual({ status: 200, body: reply });
  });

  it('answers what the ledger refuses with field, rule and both figures', async () => {
    const refusal = {
      kind: 'InvalidLimits',
      message: 'minBalance: 1 must not be above 0',
      field: 'minBalance',
      rule: 'must-not-be-positive',
      figures: { value: '1', bound: '0' },
    };
    reply = { outcome: 'refused', refusal };
    const { figures, ...named } = refusal;
    expect(await post('alice/limits', { minBalance: '1' })).toEqual({
      status: 409,
      body: { error: { ...named, ...figures } },
    });
  });

  it('answers what there is not with 404', async () => {
    const message = 'there is no ledger bob';
    const refusal = { kind: 'LedgerNotFound', message, field: null, rule: null, figures: {} };
    reply = { outcome: 'refused', refusal };
    const answer = { status: 404, body: { error: { kind: 'LedgerNotFound', message } } };
    expect(await post('bob/pause', { reason: 'x' })).toEqual(answer);
    expect((await post('a/b/c/pause', { reason: 'x' })).status).toBe(404);
  });

  it.each<[string, unknown, string]>([
    ['alice/settlements', { reference: 'R', direction: 'paid', amount: '1e3' }, 'amount'],
    ['alice/settlements', { reference: 'R', direction: 'paid', amount: '01' }, 'amount'],
    ['alice/settlements', { reference: 'R', direction: 'paid', amount: 1 }, 'amount'],
    ['alice/settlements', { reference: 'R', direction: 'lent', amount: '1' }, 'direction'],
    ['alice/settlements', { direction: 'paid', amount: '1' }, 'reference'],
    ['alice/settlements', { reference: 'R', direction: 'paid', amount: '1', fee: '1' }, 'fee'],
    ['alice/settlements/R1/reversal', { reference: 'R2', reason: 'x', reverses: 'R3' }, 'reverses'],
    ['alice/limits', {}, 'maxBalance'],
    ['alice/pause', { reason: 'x', ledgerId: 'bob' }, 'ledgerId'],
    ['alice/pause', { reason: 'x', by: 'dave' }, 'by'],
    ['alice/pause', [], 'body'],
  ])('answers POST %s %j with 422 and the field', async (path, body, field) => {
    const answer = await post(path, body);
    expect(answer).toMatchObject({
      status: 422,
      body: { error: { kind: 'InvalidOrder', problems: [{ field }] } },
    });
    expect(heard).toEqual([]);
  });

  it('answers what is no JSON with 400', async () => {
    expect((await post('alice/pause', '{"reason":')).status).toBe(400);
  });

  it('waits for a ledger that comes back, and says so when none does', async () => {
    await listening?.stop();
    listening = undefined;
    expect(await post('alice/pause', { reason: 'x' })).toMatchObject({
      status: 503,
      body: { error: { kind: 'LedgerUnavailable' } },
    });
    const waiting = post('alice/pause', { reason: 'x' });
    await listen();
    expect(await waiting).toMatchObject({ status: 200 });
  });
});
