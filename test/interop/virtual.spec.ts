import { randomBytes } from 'node:crypto';
import { decodeIlp, encodeIlp, type IlpPacket } from '#protocol';
import { EVERY_BEHAVIOUR, stories } from './payments-made';
import { virtualPeering, virtualPublicKey } from './virtual-keys';
import { ALICE, CURRENCY, LIMIT, LIMITS, STARTED_WITHIN_MS, VirtualStage } from './virtual-stage';

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

const configured = (rpcPort: number): object => ({
  transport: 'rpc',
  rpcUri: `http://127.0.0.1:${rpcPort}/api/peers/rpc`,
  token: peering.authToken,
  ledger: {
    prefix: peering.prefix,
    ...CURRENCY,
    ...LIMITS,
    account: peering.publicKey,
    peerAccount: VERAS_KEY,
  },
});

/**
 * The plugin looks nothing up: it is told `rpcUri` and the peer's public key, and derives prefix, accounts and token
 * from the keys. Whoever runs it, as ilp-kit did, took these from WebFinger. It counts for itself and so do we.
 */
describe('ilp-plugin-virtual@16', () => {
  let stage: VirtualStage;
  let vera: VirtualStage['vera'];
  let connector: VirtualStage['connector'];

  const made = async (order: Parameters<VirtualStage['made']>[0], refusals = 422) => {
    await vera.refuseWith(refusals);
    return stage.made(order);
  };

  beforeAll(async () => {
    stage = await VirtualStage.start({
      configured: (port) => Promise.resolve({ vera: configured(port) }),
      terms: ({ rpcUri }) =>
        Promise.resolve({ key: VERAS_SECRET, peerPublicKey: peering.publicKey, rpcUri }),
    });
    ({ vera, connector } = stage);
  }, STARTED_WITHIN_MS);

  afterAll(() => stage.stop());

  it('derives what we have configured', () => {
    expect(stage.derived).toEqual({ prefix: peering.prefix, account: VERA });
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
      await stage.agreeOnBalance();
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
    await stage.agreeOnBalance();
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
    await stage.agreeOnBalance();
  });

  it('and we never disagree, nor does anything trouble it', async () => {
    await stage.agreeOnBalance();
    const story = new Set(await connector.story('vera'));
    expect(story).toContain('BalanceCompared');
    expect([...story].filter((type) => type.includes('Disput'))).toEqual([]);
    expect(vera.weaknesses).toEqual([]);
  });
});
