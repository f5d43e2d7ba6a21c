import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { freePort } from '#platform';
import { conditionOf, decodeIlp, encodeIlp, ilpEntry, type IlpPacket } from '#protocol';
import { onCommandLine, type Ran } from '../support/command-line';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { RunningConnector, until } from '../support/running-connector';
import { type SentPayment, TrialReceiver } from '../support/trial-receiver';

const WITHIN_MS = 60_000;
/** Every word to the command line starts a process of its own; on a busy machine that takes its time. */
const TIMEOUT_MS = 240_000;
/** A payment is to live through a restart of the ledger, however long that takes. */
const HOLD_MS = 60_000;
const FULFILLMENT = randomBytes(32);

/** Ledgers of three peers that dial us; the last one never does. */
const PEERS = [
  dialsUs('dora', { ledger: { currencyCode: 'EUR', currencyScale: 2 } }),
  dialsUs('emil', { ledger: { currencyScale: 4 } }),
  dialsUs('fred', { ledger: { currencyScale: 2 } }),
];

const RATES = { backend: 'table', table: { base: 'EUR', rates: { USD: '1.0592' } } };

jest.setTimeout(TIMEOUT_MS);

const payment = z.looseObject({ id: z.string(), status: z.string(), sourceAmount: z.string() });
const amounts = z.looseObject({
  refused: z.looseObject({ code: z.string() }).nullable(),
  source: z.looseObject({ units: z.string().nullable(), amount: z.string().nullable() }),
  destination: z.looseObject({ units: z.string().nullable(), amount: z.string().nullable() }),
});

describe('quotes and payments of an operator', () => {
  let running: RunningConnector;
  let dora: TrialReceiver;
  let emil: TrialReceiver;

  beforeAll(async () => {
    // So that it is found again where it was.
    const listen = `127.0.0.1:${await freePort()}`;
    const connector = { maxHoldTimeMs: HOLD_MS };
    const settings = {
      connector,
      rates: RATES,
      console: { listen, token: 'the-token-of-the-console' },
    };
    running = await RunningConnector.start(settings, PEERS);
    const url = running.network.connector.ready.btp;
    dora = await TrialReceiver.dial({ url, token: tokenOf('dora') }, FULFILLMENT);
    emil = await TrialReceiver.dial({ url, token: tokenOf('emil') }, FULFILLMENT);
    // Quoters hear of sessions and rates a moment later.
    await until(WITHIN_MS, 'there is a quote', async () => {
      const { code } = await causeway('quote', '--from', 'dora', '--to', 'test.emil.x');
      return code === 0;
    });
  });

  afterAll(async () => {
    await Promise.all([dora.btp.close(), emil.btp.close()]);
    await running.stop();
  });

  const causeway = (...words: readonly string[]): Promise<Ran> =>
    onCommandLine(...words, '--data', running.dataDir);

  const payTo = (to: string, ...more: string[]): Promise<Ran> => {
    const words = ['pay', '--from', 'emil', '--to', to, ...more];
    return causeway(...words, '--fulfillment', FULFILLMENT.toString('hex'), '--json');
  };

  const inEmils = (to: string): string => `test.emil.client.${to}`;

  async function sentTo(account: string): Promise<SentPayment> {
    const arrived = (): SentPayment | undefined =>
      emil.sent.find(({ packet }) => packet.account === account);
    await until(WITHIN_MS, `a payment to ${account}`, () => arrived() !== undefined);
    const found = arrived();
    if (found === undefined) throw new Error(`nothing came for ${account}`);
    return found;
  }

  async function askAsPeer(request: IlpPacket): Promise<IlpPacket> {
    const answer = await dora.btp.message(ilpEntry(encodeIlp(request)));
    const [entry] = answer.protocolData;
    return decodeIlp(entry?.data ?? Buffer.alloc(0));
  }

  test('a quote is what the peer of the ledger is told, in both units and with its reasons', async () => {
    const to = 'test.emil.x';
    const quoted = await causeway(
      ...['quote', '--from', 'dora', '--to', to, '--unit', 'currency', '--source-amount', '12.34'],
      '--json',
    );
    const asPeer = await askAsPeer({
      type: 'by-source-request',
      destinationAccount: to,
      sourceAmount: 1234n,
      destinationHoldDurationMs: 5000,
    });
    expect(asPeer).toMatchObject({ destinationAmount: 130_443n });
    const answer = amounts.parse(JSON.parse(quoted.out));
    expect(answer).toMatchObject({
      source: { units: '1234', amount: '12.34', currency: 'EUR', scale: 2 },
      destination: { units: '130443', amount: '13.0443', currency: 'USD', scale: 4 },
      sourceHoldMs: 6000,
      exchange: { spreadPpm: 2000, fee: '0', source: 'EUR', destination: 'USD' },
      rates: { state: 'fresh', version: 1 },
      route: { kind: 'local', nextPrefix: 'test.emil.', nextHop: null, length: 2 },
      answeredBy: { kind: 'tables' },
    });
    const reverse = await askAsPeer({
      type: 'by-destination-request',
      destinationAccount: to,
      destinationAmount: 20_000n,
      destinationHoldDurationMs: 5000,
    });
    if (reverse.type !== 'by-destination-response') throw new Error(reverse.type);
    const back = await causeway(
      ...['quote', '--from', 'dora', '--to', to, '--destination-amount', '20000', '--json'],
    );
    expect(amounts.parse(JSON.parse(back.out)).source.units).toBe(reverse.sourceAmount.toString());
  });

  test('for people the quote says amounts, exchange, route and curve', async () => {
    const { out, code } = await causeway(
      ...['quote', '--from', 'dora', '--to', 'test.emil.x', '--source-amount', '1234'],
    );
    expect(code).toBe(0);
    expect(out).toContain('1234 base units (12.34 EUR)');
    expect(out).toContain('130443 base units (13.0443 USD)');
    expect(out).toContain('1.0592 USD for one EUR, spread 0.2 %, no fee');
    expect(out).toContain('fresh, version 1');
    expect(out).toContain('our own tables');
    expect(out).toMatch(/ {2}1 -> 0\n/);
  });

  test('what a peer would be refused is told as it would be', async () => {
    const { code, out } = await causeway('quote', '--from', 'dora', '--to', 'test.nowhere.x');
    expect(code).toBe(1);
    expect(out).toContain('F02 Unreachable: No route found to: test.nowhere.x');
    expect(out).toContain('test.dora.');
  });

  test('a payment is made, and only its condition goes out', async () => {
    const id = randomUUID();
    const to = inEmils('takes');
    const order = ['--source-amount', '7', '--id', id, '--memo', 'first trial', '--by', 'carol'];
    const { code, out, said } = await payTo(to, ...order);
    expect({ code, said }).toEqual({ code: 0, said: `causeway: payment ${id}\n` });
    expect(JSON.parse(out)).toMatchObject({
      ...{ id, to, status: 'fulfilled', sourceAmount: '7', destinationAmount: '7' },
      ...{ pricedBy: 'same-ledger', by: 'operator (carol)', memo: 'first trial' },
      fulfillment: FULFILLMENT.toString('base64url'),
    });
    const { condition, amount, transferId } = await sentTo(to);
    expect({ amount, transferId }).toEqual({ amount: 7n, transferId: id });
    expect(condition).toEqual(conditionOf(FULFILLMENT));
    const rows = await running.query(
      `select type, payload::text as payload from ledger_events
        where ledger_id = 'emil' and transfer_id = $1 order by version`,
      [id],
    );
    expect(rows.map(({ type }) => type)).toEqual(['TransferPrepared', 'TransferFulfilled']);
    expect(JSON.parse(String(rows[0]?.payload))).toMatchObject({
      order: { by: 'operator (carol)', memo: 'first trial', pricedBy: 'same-ledger' },
    });
    expect(String(rows[0]?.payload)).not.toContain(FULFILLMENT.toString('base64url'));
  });

  test('the same id never pays twice, whatever it is asked for', async () => {
    const id = randomUUID();
    const to = inEmils('x.takes');
    expect((await payTo(to, '--source-amount', '5', '--id', id)).code).toBe(0);
    const payments = (): number => new Set(emil.sent.map(({ transferId }) => transferId)).size;
    const count = payments();
    const again = await payTo(to, '--source-amount', '5', '--id', id);
    expect(again.code).toBe(0);
    expect(again.said).toContain('nothing more is paid');
    const other = await payTo(to, '--source-amount', '6', '--id', id);
    expect(other).toMatchObject({ code: 1, said: expect.stringContaining('id: ') as string });
    const elsewhere = await causeway(
      ...['pay', '--from', 'dora', '--to', 'test.dora.client.takes', '--source-amount', '5'],
      ...['--id', id, '--fulfillment', FULFILLMENT.toString('base64url')],
    );
    expect(elsewhere).toMatchObject({ code: 1 });
    expect(elsewhere.said).toContain('was used for something else, on ledger emil');
    expect(payments()).toBe(count);
    expect(dora.sent).toHaveLength(0);
  });

  test('what it costs beyond the ledger is asked of the peer, and can be bounded', async () => {
    emil.quotes = (request) => {
      if (request.type !== 'by-destination-request') throw new Error(request.type);
      const sourceAmount = request.destinationAmount + 11n;
      return { type: 'by-destination-response', sourceAmount, sourceHoldDurationMs: 6000 };
    };
    const to = 'test.far.carl.takes';
    const tooMuch = await payTo(to, '--destination-amount', '100', '--max-source-amount', '110');
    expect(tooMuch).toMatchObject({ code: 1 });
    expect(tooMuch.said).toContain('maxSourceAmount: 110 is less than the payment costs, 111');
    const paid = await payTo(to, '--destination-amount', '100', '--max-source-amount', '111');
    expect(JSON.parse(paid.out)).toMatchObject({
      ...{ status: 'fulfilled', pricedBy: 'quote' },
      ...{ sourceAmount: '111', destinationAmount: '100' },
    });
    expect(await sentTo(to)).toMatchObject({ amount: 111n, packet: { amount: 100n } });
    emil.quotes = undefined;
    const unpriced = await payTo('test.far.dave.takes', '--destination-amount', '100');
    expect(unpriced).toMatchObject({ code: 1 });
    expect(unpriced.said).toContain('emil answers a quote request with NotAcceptedError');
  });

  test('a rejection is told with code, name, and who said and passed it on', async () => {
    const to = inEmils('refuses');
    const { code, out } = await payTo(to, '--source-amount', '3');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      status: 'rejected',
      rejection: {
        ...{ code: 'F05', name: 'Wrong Condition', message: 'not my condition' },
        ...{ triggeredBy: to, forwardedBy: ['test.far.connie'] },
      },
    });
  });

  test('a payment that nobody answers expires, and the hold ends', async () => {
    const { code, out } = await payTo(
      ...([inEmils('sleeps'), '--source-amount', '3', '--expires-in', '1500'] as const),
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ status: 'expired', rejection: { code: 'R00' } });
  });

  test('the outcome is found by its id, whatever dies while the payment is under way', async () => {
    const id = randomUUID();
    const to = inEmils('waits');
    const paying = payTo(to, '--source-amount', '9', '--id', id);
    const waiting = await sentTo(to);
    await Promise.all([running.killService('ledger'), running.killService('console')]);
    await emil.fulfill(waiting);
    const { code, out } = await paying;
    expect(code).toBe(0);
    expect(payment.parse(JSON.parse(out)).status).toBe('fulfilled');
    const shown = await causeway('payment', id);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toContain(`${id}, fulfilled`);
    const sent = emil.sent.filter(({ transferId }) => transferId === id);
    expect(new Set(sent.map(({ expiresAtMs }) => expiresAtMs)).size).toBe(1);
  });

  test('what cannot be paid is refused by field and rule, and nothing is on record', async () => {
    const recorded = (): Promise<unknown> =>
      running.query(
        "select count(*)::int from ledger_events where ledger_id in ('dora', 'emil', 'fred')",
      );
    const before = await recorded();
    const to = inEmils('takes');
    const one = ['--source-amount', '1'];
    const far = ['pay', '--fulfillment', FULFILLMENT.toString('hex'), '--to'];
    const refused: readonly (readonly [() => Promise<Ran>, string])[] = [
      [() => payTo(to), 'sourceAmount: must be given, or destinationAmount, and not both'],
      [() => payTo(to, ...one, '--destination-amount', '1'), 'sourceAmount: must be given, or'],
      [() => payTo(to, '--source-amount', '0'), 'sourceAmount: must be a whole number'],
      [() => payTo(to, '--source-amount=-1'), 'sourceAmount: must be a whole number'],
      [() => payTo(to, '--source-amount', '1.5'), 'sourceAmount: must be a whole number'],
      [() => payTo(to, '--source-amount', (2n ** 64n).toString()), 'from 1 to 2^64 - 1'],
      [
        () => payTo(to, '--source-amount', '0.00001', '--unit', 'currency'),
        'has more decimals (5) than the scale of the ledger, 4',
      ],
      [
        () => payTo('test.far.x', '--destination-amount', '1', '--unit', 'currency'),
        'destinationAmount: must be in base units',
      ],
      [() => payTo('no address!', ...one), 'to: must be the ILP address of an account'],
      [
        () => payTo('test.emil.server', ...one),
        'to: test.emil.server is an account of this connector',
      ],
      [() => payTo(to, ...one, '--expires-in', '999'), 'expiresInMs: must be a whole number of ms'],
      [() => payTo(to, ...one, '--expires-in', String(HOLD_MS + 1)), 'from 1000 to 60000'],
      [() => payTo(to, ...one, '--id', 'x'), 'id: must be a UUID'],
      [() => payTo(to, '--source-amount', '1000001'), 'more than the limit of the ledger leaves'],
      [
        () => causeway('pay', '--from', 'emil', '--to', to, ...one, '--fulfillment', 'abcd'),
        '--fulfillment: must be 32 bytes',
      ],
      [() => causeway(...far, 'test.fred.x', '--from', 'fred', ...one), 'fred has no session'],
      [() => causeway(...far, to, '--from', 'nobody', ...one), 'there is no ledger nobody'],
    ];
    for (const [run, message] of refused) {
      const { code, said } = await run();
      expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining(message) as string });
    }
    expect(await recorded()).toEqual(before);
  });

  test('a paused ledger pays nothing, until it is resumed', async () => {
    await causeway('ledger', 'pause', 'emil', '--reason', 'maintenance');
    const to = inEmils('y.takes');
    const refused = await payTo(to, '--source-amount', '1');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.said).toContain('from: ledger emil is paused and takes no payments');
    await causeway('ledger', 'resume', 'emil', '--reason', 'it is over');
    expect((await payTo(to, '--source-amount', '1')).code).toBe(0);
  });

  test('balances, replay and audit agree with what was paid', async () => {
    // 7 + 5 + 111 + 9 + 1
    await until(WITHIN_MS, 'the balance is what was paid', async () => {
      const { out } = await causeway('ledger', 'show', 'emil', '--json');
      return out.includes('"balance":"-133"') && out.includes('"outgoingPrepared":"0"');
    });
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
    for (const audit of [['verify'], ['price', '--all']]) {
      const words = ['audit', ...audit, '--data', running.dataDir];
      expect(await onCommandLine(...words)).toMatchObject({ code: 0 });
    }
  });
});
