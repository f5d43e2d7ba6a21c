import { randomBytes } from 'node:crypto';
import { decodeIlp, encodeIlp, type IlpPacket } from '#protocol';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { eventually } from './eventually';
import {
  arrived,
  EVERY_BEHAVIOUR,
  ordersOf,
  paid,
  payAll,
  type PaymentMade,
  stories,
  sumOf,
} from './payments-made';
import { VirtualPeer } from './running-virtual-peer';
import { stopInTurn } from './stop-in-turn';
import { virtualPeering, virtualPublicKey } from './virtual-keys';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
const LIMIT = '1000000000000';
/** The spread of our connector is 2 parts in 1000. */
const RATE = 1.01;
const CURRENCY = { currencyCode: 'USD', currencyScale: 9 };
const LIMITS = { maxBalance: LIMIT, minBalance: `-${LIMIT}` };
const ALICE_TOKEN = 'a-token-of-alice-in-a-test';
const ALICE = 'test.alice.client';

/** Any 32 bytes of each party. */
const OUR_SECRET = randomBytes(32).toString('base64url');
const VERAS_SECRET = randomBytes(32).toString('base64url');
const VERAS_KEY = virtualPublicKey(VERAS_SECRET);
const peering = virtualPeering({ secret: OUR_SECRET, peerPublicKey: VERAS_KEY, ...CURRENCY });
const VERA = peering.prefix + VERAS_KEY;

describe('what two peers derive from their keys', () => {
  it('is what the vectors say', () => {
    const derived = virtualPeering({
      secret: '6_tATx-i-mpd9vioP1_PQl_abozP6njhVwjjgT2tlfc',
      peerPublicKey: 'ERvjqWwr9qqpVHUyDxMTPCfBmXr-62Y7nAxWWv-5mmw',
      ...CURRENCY,
    });
    expect(derived).toEqual({
      publicKey: 'oUIDbWnsORM624XKxEkwa3nqf5mqUfdxCVmAzTBgizo',
      prefix: 'peer.pjjQz.usd.9.',
      authToken: '6QTbSuML-4cjTZpSwOr1C6bSNMAQPP_elETAHk_bCuE',
    });
  });
});

/**
 * The plugin looks nothing up: it is told `rpcUri` and the peer's public key, and derives prefix, accounts and token
 * from the keys. Whoever runs it, as ilp-kit did, took these from WebFinger. It counts for itself and so do we.
 */
describe('ilp-plugin-virtual@16', () => {
  const secret = randomBytes(32).toString('hex');
  const payments: PaymentMade[] = [];
  /** In the order in which they are stopped. */
  const parties: { stop(): Promise<unknown> }[] = [];
  let vera: VirtualPeer;
  let alice: HistoricPeer;
  let connector: ConnectorUnderTest;
  let derived: { readonly prefix: string; readonly account: string };

  const configured = (rpcPort: number): object => ({
    connector: { address: 'test.causeway', compareBalancesEveryMs: 1000 },
    limits: { reconnectMinMs: 100, reconnectMaxMs: 500, rpcRetryMs: 500 },
    peers: [
      {
        id: 'alice',
        socket: 'server',
        token: ALICE_TOKEN,
        authority: 'admin',
        ledger: { prefix: 'test.alice.', ...CURRENCY, ...LIMITS },
      },
      {
        id: 'vera',
        transport: 'rpc',
        rpcUri: `http://127.0.0.1:${rpcPort}/api/peers/rpc`,
        token: peering.authToken,
        authority: 'symmetric',
        ledger: {
          prefix: peering.prefix,
          ...CURRENCY,
          ...LIMITS,
          account: peering.publicKey,
          peerAccount: VERAS_KEY,
        },
      },
    ],
  });

  const made = async (order: Omit<Parameters<typeof ordersOf>[0], 'rate'>, refusals = 422) => {
    await vera.refuseWith(refusals);
    const orders = ordersOf({ rate: RATE, ...order });
    const isToVera = order.to === VERA;
    const done = await payAll(isToVera ? alice : vera, isToVera ? 'vera' : 'alice', orders);
    payments.push(...done);
    return done;
  };

  /** What is now, once both have counted everything. */
  async function agreeOnBalance(): Promise<void> {
    const sent = payments.filter(({ from }) => from === 'vera');
    const received = payments.filter(({ to }) => to === 'vera');
    const expected = sumOf(sent, paid) - sumOf(received, arrived);
    await eventually(async () => {
      expect((await connector.balances()).get('vera')).toBe(String(expected));
      const theirs = String(-expected);
      expect(await vera.balances()).toEqual({ own: theirs, asked: theirs });
    });
  }

  beforeAll(async () => {
    const listening = await VirtualPeer.listen('vera');
    vera = listening.peer;
    parties.push(vera);
    connector = await ConnectorUnderTest.start(configured(listening.port));
    parties.unshift(connector);
    derived = await vera.connect({
      key: VERAS_SECRET,
      peerPublicKey: peering.publicKey,
      ...CURRENCY,
      maxBalance: LIMIT,
      rpcUri: connector.rpcUri,
      secret,
    });
    alice = await HistoricPeer.start({
      name: 'alice',
      role: 'dialler',
      uri: connector.uri(ALICE_TOKEN),
      secret,
      stateful: false,
      maxBalance: LIMIT,
    });
    parties.push(alice);
    await routable(alice, VERA);
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await stopInTurn(parties);
  });

  it('derives what we have configured', () => {
    expect(derived).toEqual({ prefix: peering.prefix, account: VERA });
  });

  it.each([422, 200])(
    'pays through us and is paid, and every other way that payments go; errors told with HTTP %i',
    async (refusals) => {
      const both = await Promise.all([
        made({ to: VERA, behaviours: EVERY_BEHAVIOUR }, refusals),
        made({ to: ALICE, behaviours: EVERY_BEHAVIOUR }, refusals),
      ]);
      for (const payments of both) {
        expect(stories(payments)).toMatchObject({
          fulfill: ['fulfilled'],
          delay: ['fulfilled'],
          'wrong-then-right': ['fulfilled'],
          reject: ['rejected F99 Application Error'],
        });
        const [ignored] = stories(payments).ignore ?? [];
        expect(ignored).toMatch(/^expired/);
      }
      await agreeOnBalance();
    },
    STARTED_WITHIN_MS,
  );

  it('is told that a wrong fulfillment is wrong', async () => {
    const { wrongFulfillments } = await vera.received();
    expect(wrongFulfillments).toHaveLength(2);
    for (const { answer } of wrongFulfillments) {
      expect(answer).toContain('status code 422');
      expect(answer).toContain('InvalidFulfillmentError');
    }
  });

  it('is refused what exceeds the limit, which it hears of by its own clock only', async () => {
    const transferId = await vera.payTooMuch((BigInt(LIMIT) * 3n).toString(), 1000);
    expect(await connector.story('vera', transferId)).toEqual([]);
    await agreeOnBalance();
  });

  it('learns our limit, seen from its side', async () => {
    expect(await vera.limit()).toBe(`-${LIMIT}`);
  });

  it('gets quotes from us, and errors where there are none', async () => {
    const quoted = async (packet: IlpPacket) => {
      const { ilp = '' } = await vera.ask({ ilp: encodeIlp(packet).toString('base64url') });
      return decodeIlp(Buffer.from(ilp, 'base64url'));
    };
    const request = {
      type: 'by-source-request',
      sourceAmount: 10_000n,
      destinationHoldDurationMs: 3_000,
    } as const;
    expect(await quoted({ ...request, destinationAccount: ALICE })).toMatchObject({
      type: 'by-source-response',
      destinationAmount: 9_980n,
    });
    expect(await quoted({ ...request, destinationAccount: 'test.nowhere.x' })).toMatchObject({
      type: 'error',
    });
    expect(await vera.ask({ custom: { method: 'settlement_methods_request' } })).toMatchObject({
      from: peering.prefix + peering.publicKey,
      to: VERA,
      custom: { method: 'settlement_methods_response' },
    });
    await vera.tell({ data: { method: 'broadcast_routes', data: { new_routes: [] } } });
  });

  it('gets later what it could not be told at once', async () => {
    await vera.setDeaf(true);
    const paying = made({ to: VERA, behaviours: [{ kind: 'fulfill' }, { kind: 'fulfill' }] });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await vera.setDeaf(false);
    expect(stories(await paying)).toEqual({ fulfill: ['fulfilled'] });
    await agreeOnBalance();
  });

  it('and we never disagree, nor does anything trouble it', async () => {
    await agreeOnBalance();
    const story = new Set(await connector.story('vera'));
    expect(story).toContain('BalanceCompared');
    expect([...story].filter((type) => type.includes('Disput'))).toEqual([]);
    expect(vera.weaknesses).toEqual([]);
  });
});
