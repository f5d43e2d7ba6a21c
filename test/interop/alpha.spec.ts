import { randomBytes, randomUUID } from 'node:crypto';
import { freePort } from '#platform';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import type { PaymentOrder } from '../../apps/causeway/src/demo/historic-peer.messages';
import { ConnectorUnderTest } from '../support/connector-under-test';
import type { HistoricEntry } from './alpha-link';
import { AlphaPeer, fulfill } from './alpha-peer';
import { BTP_TYPE, historicIlp } from './codec-historic';
import { eventually } from './eventually';
import {
  arrived,
  EVERY_BEHAVIOUR,
  expectExpiries,
  MAX_HOLD_MS,
  ordersOf,
  paid,
  payAll,
  type Payer,
  type PaymentMade,
  REJECTION,
  SOON_MS,
  stories,
  sumOf,
} from './payments-made';
import { PATIENT } from './patient-limits';
import { stopInTurn } from './stop-in-turn';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
const LIMIT = '1000000000000';
/** The spread of our connector is 2 parts in 1000. */
const RATE = 1.01;
const CURRENCY = { currencyCode: 'USD', currencyScale: 9 };
const LIMITS = { maxBalance: LIMIT, minBalance: `-${LIMIT}` };
const ALPHA = { btpVersion: 'BTP/alpha' };
/** What a URL has to encode. */
const TOKEN = { gus: 'gus/s 100% token', hal: 'hal:token?', ivy: 'ivys-token', ann: 'anns-token' };
const HAL_PATH = '/api/17q3/causeway/hal%3Atoken%3F';

const secret = randomBytes(32).toString('hex');
const alphaPeer = (name: string, account: 'client' | 'server'): AlphaPeer =>
  new AlphaPeer({ name, secret, prefix: `test.${name}.`, account, maxBalance: LIMIT });

/** Where each is paid. */
const ACCOUNT = {
  gus: 'test.gus.client',
  hal: 'test.hal.server',
  ivy: 'test.ivy.server',
  ann: 'test.ann.client',
  dee: 'test.dee.server',
} as const;
type Name = keyof typeof ACCOUNT;
const NAMES = Object.keys(ACCOUNT) as Name[];

function configured(halPort: number, deePort: number): readonly object[] {
  const ours = (id: Name): object => ({ prefix: `test.${id}.`, ...CURRENCY, ...LIMITS });
  const hal = `btp+ws://causeway:hal%3Atoken%3F@127.0.0.1:${halPort}/api/17q3`;
  const dee = `btp+ws://:dees-token@127.0.0.1:${deePort}`;
  const theirs = { authority: 'shadow', ledger: CURRENCY };
  return [
    {
      id: 'gus',
      ...ALPHA,
      socket: 'server',
      username: 'gus',
      token: TOKEN.gus,
      authority: 'admin',
      ledger: ours('gus'),
    },
    { id: 'hal', ...ALPHA, socket: 'client', uri: hal, ...theirs },
    { id: 'ivy', ...ALPHA, socket: 'server', username: 'gus', token: TOKEN.ivy, ...theirs },
    {
      id: 'ann',
      socket: 'server',
      username: '',
      token: TOKEN.ann,
      authority: 'admin',
      ledger: ours('ann'),
    },
    { id: 'dee', socket: 'client', uri: dee, ...theirs },
  ];
}

describe('a peer of BTP/alpha, by btp-packet@1.2.1', () => {
  const gus = alphaPeer('gus', 'client');
  const hal = alphaPeer('hal', 'server');
  const ivy = alphaPeer('ivy', 'server');
  const started: { stop(): Promise<unknown> }[] = [];
  const payers = new Map<Name, Payer>();
  const payments: PaymentMade[] = [];
  let connector: ConnectorUnderTest;

  const urlFor = (token: string): string =>
    `${connector.url}/alpha/gus/${encodeURIComponent(token)}`;

  async function startHistoric(options: Parameters<typeof HistoricPeer.start>[0]): Promise<void> {
    const peer = await HistoricPeer.start(options);
    started.push(peer);
    payers.set(options.name as Name, peer);
  }

  /** Pays until it comes through: a shadow's ledger is only known once its peer has told of it. */
  async function routable(from: Payer, to: Name): Promise<void> {
    await eventually(async () => {
      const terms = { to: ACCOUNT[to], rate: RATE, expiresInMs: SOON_MS };
      const [order] = ordersOf({ ...terms, behaviours: [REJECTION] });
      const [outcome] = await from.pay(order === undefined ? [] : [order], 1);
      expect(outcome).toMatchObject({ outcome: 'rejected', code: 'F99' });
    });
  }

  async function everybodyPaysEverybody(): Promise<void> {
    const rounds = NAMES.flatMap((from) =>
      NAMES.filter((to) => to !== from).map((to) => {
        const orders: PaymentOrder[] = ordersOf({
          to: ACCOUNT[to],
          rate: RATE,
          behaviours: EVERY_BEHAVIOUR,
        });
        return payAll(payer(from), to, orders);
      }),
    );
    payments.push(...(await Promise.all(rounds)).flat());
  }

  async function payIgnored(from: Name, to: Name): Promise<void> {
    const orders = ordersOf({ to: ACCOUNT[to], rate: RATE, behaviours: [{ kind: 'ignore' }] });
    payments.push(...(await payAll(payer(from), to, orders)));
  }

  function payer(name: Name): Payer {
    const found = payers.get(name);
    if (found === undefined) throw new Error(`${name} is not there`);
    return found;
  }

  beforeAll(async () => {
    const deePort = await freePort();
    const historic = { secret, stateful: true, maxBalance: LIMIT };
    await hal.listen(HAL_PATH);
    started.push(hal);
    const ledger = { prefix: 'test.dee.', ...CURRENCY };
    const dee = { name: 'dee', role: 'listener', port: deePort, token: 'dees-token' } as const;
    await startHistoric({ ...historic, ...dee, ledger });
    connector = await ConnectorUnderTest.start({
      connector: {
        address: 'test.causeway',
        compareBalancesEveryMs: 1000,
        maxHoldTimeMs: MAX_HOLD_MS,
      },
      limits: PATIENT,
      peers: configured(hal.link.port, deePort),
    });
    started.unshift(connector);
    started.push(gus, ivy);
    await Promise.all([gus.dial(urlFor(TOKEN.gus)), ivy.dial(urlFor(TOKEN.ivy))]);
    const uri = connector.uri(TOKEN.ann);
    await startHistoric({ ...historic, name: 'ann', role: 'dialler', uri });
    for (const peer of [gus, hal, ivy]) payers.set(peer.name as Name, peer);
    await hal.link.connected();
    for (const name of NAMES) {
      if (name === 'gus') continue;
      await routable(gus, name);
      await routable(payer(name), 'gus');
    }
    await everybodyPaysEverybody();
  }, STARTED_WITHIN_MS);

  afterAll(() => stopInTurn(started));

  describe.each([
    ['that dials us', 'gus', gus],
    ['that we dial, and that administers', 'hal', hal],
    ['that dials us, and administers', 'ivy', ivy],
  ] as const)('%s', (_, id, peer) => {
    const sent = (): PaymentMade[] => payments.filter(({ from }) => from === id);
    const received = (): PaymentMade[] => payments.filter(({ to }) => to === id);
    const asked = (all: PaymentMade[], ...kinds: string[]): PaymentMade[] =>
      all.filter((payment) => kinds.includes(payment.asked));

    it('pays peers of both versions through us, and is paid by them', () => {
      const kinds = ['fulfill', 'delay', 'wrong-then-right'];
      const all = Object.fromEntries(kinds.map((kind) => [kind, ['fulfilled']]));
      expect(stories(asked(sent(), ...kinds))).toEqual(all);
      expect(stories(asked(received(), ...kinds))).toEqual(all);
    });

    it('hears of rejections, and its own are heard', () => {
      const rejected = { reject: ['rejected F99 Application Error'] };
      expect(stories(asked(sent(), 'reject'))).toEqual(rejected);
      expect(stories(asked(received(), 'reject'))).toEqual(rejected);
    });

    it(
      'gets back what nobody answers, and lets go of what it does not answer',
      async () => {
        await expectExpiries(sent, () => payIgnored(id, 'ann'));
        await expectExpiries(received, () => payIgnored('ann', id));
      },
      STARTED_WITHIN_MS,
    );

    it('is told that a wrong fulfillment is wrong', () => {
      const answers = asked(received(), 'wrong-then-right').map(({ label }) => ({
        label,
        answer: 'InvalidFulfillmentError',
      }));
      expect(answers).toHaveLength(NAMES.length - 1);
      expect(peer.receipts.wrongFulfillments).toEqual(expect.arrayContaining(answers));
    });

    it('agrees with us and with the payments on the balance', async () => {
      const expected = sumOf(sent(), paid) - sumOf(received(), arrived);
      expect(expected).not.toBe(0n);
      await eventually(async () => {
        expect((await connector.balances()).get(id)).toBe(String(expected));
        expect(peer.own).toBe(-expected);
      });
    });

    it('is never troubled, and never at odds with us', async () => {
      expect(peer.receipts).toMatchObject({ redelivered: 0, refusedAnswers: [] });
      expect(peer.link.oddities).toEqual([]);
      expect(peer.link.connections).toBe(1);
      const types = await connector.eventTypes(id);
      expect(types).toContain('TransferFulfilled');
      for (const trouble of ['LedgerDisputed', 'ShadowDiverged', 'ShadowReconciled']) {
        expect(types).not.toContain(trouble);
      }
    });
  });

  describe('asks us', () => {
    const zero = Buffer.from([0]);
    const from: HistoricEntry = text('from', ACCOUNT.gus);
    const to: HistoricEntry = text('to', 'test.gus.server');

    it('who it is, and hears its own account', async () => {
      expect((await gus.inquire('info', zero, from, to)).toString()).toBe(ACCOUNT.gus);
    });

    it('what the ledger is', async () => {
      const info = await gus.inquire('info', Buffer.from([2]));
      expect(JSON.parse(info.toString())).toMatchObject({
        prefix: 'test.gus.',
        ...CURRENCY,
        connectors: ['test.gus.server'],
      });
    });

    it('for its limit', async () => {
      expect(JSON.parse((await gus.inquire('limit', zero)).toString())).toBe(LIMIT);
    });

    it('for its balance, and hears nothing of what it owes, but exactly what it has', async () => {
      const askers = async (): Promise<bigint> => {
        const balance = await gus.inquire('balance', zero, from, to);
        return balance.readBigUInt64BE();
      };
      const settle = async (amount: bigint, payerOf: Name, payeeOf: Name): Promise<void> => {
        const [order] = ordersOf({
          to: ACCOUNT[payeeOf],
          rate: RATE,
          behaviours: [{ kind: 'fulfill' }],
        });
        if (order === undefined) throw new Error('nothing to pay');
        const delivers = payeeOf === 'gus' ? amount : (amount * 99n) / 100n;
        const exact = {
          ...order,
          delivers: String(delivers),
          amount: String(payeeOf === 'gus' ? (delivers * 101n) / 100n : amount),
        };
        payments.push(...(await payAll(payer(payerOf), payeeOf, [exact])));
      };
      const owned = gus.own;
      await settle(owned > 0n ? owned + 5_000n : 5_000n, 'gus', 'ann');
      expect(gus.own).toBeLessThan(0n);
      expect(await askers()).toBe(0n);
      await settle(7_000n - gus.own, 'ann', 'gus');
      await eventually(async () => {
        expect(gus.own).toBe(7_000n);
        expect(await askers()).toBe(7_000n);
      });
    });

    it('for a quote, and reads it', async () => {
      const request = historicIlp.serializeIlpPacket({
        type: 6,
        data: {
          destinationAccount: ACCOUNT.ann,
          destinationAmount: '1000000',
          destinationHoldDuration: 3000,
        },
      });
      const { type, data } = historicIlp.deserializeIlpPacket(
        await gus.inquire('ilp', request, from, to),
      );
      expect(type).toBe(7);
      const { sourceAmount } = data as { readonly sourceAmount: string };
      expect(BigInt(sourceAmount)).toBeGreaterThan(1_000_000n);
    });

    it('for what we do not know, and is told why', async () => {
      const vouch = { type: BTP_TYPE.message, data: [text('vouch', 'x')] };
      expect(await gus.try(vouch)).toBe('NotAcceptedError');
      expect(await gus.try(fulfill(randomUUID(), randomBytes(32)))).toBe('TransferNotFoundError');
    });

    it('for too much, and is told so, or twice, and is told that', async () => {
      const data = {
        transferId: randomUUID(),
        amount: '10',
        executionCondition: randomBytes(32).toString('base64url'),
        expiresAt: new Date(Date.now() + MAX_HOLD_MS - 5_000),
        protocolData: [],
      };
      const prepare = (change: object): Promise<string> =>
        gus.try({ type: BTP_TYPE.prepare, data: { ...data, ...change } });
      expect(await prepare({ amount: '0' })).toBe('InvalidFieldsError');
      expect(await prepare({ amount: '18446744073709551615' })).toBe('InsufficientBalanceError');
      expect(await prepare({})).toBe('done');
      expect(await prepare({ amount: '11' })).toBe('DuplicateIdError');
    });
  });

  it('comes back after its line broke, and goes on where it was', async () => {
    const [order] = ordersOf({
      to: ACCOUNT.gus,
      rate: RATE,
      behaviours: [{ kind: 'delay', delayMs: 700 }],
    });
    const paying = payAll(payer('ann'), 'gus', order === undefined ? [] : [order]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    gus.link.drop();
    await gus.link.open(urlFor(TOKEN.gus));
    payments.push(...(await paying));
    expect(payments.at(-1)).toMatchObject({ outcome: 'fulfilled' });
  });

  it('that names wrong credentials is closed with 1008, and the others are not disturbed', async () => {
    const stranger = alphaPeer('gus', 'client');
    await stranger.dial(urlFor('wrong'));
    expect(await stranger.link.ended()).toBe(1008);
    expect((await gus.inquire('info', Buffer.from([0]))).toString()).toBe(ACCOUNT.gus);
  });
});

function text(protocolName: string, value: string): HistoricEntry {
  return { protocolName, contentType: 1, data: Buffer.from(value) };
}
