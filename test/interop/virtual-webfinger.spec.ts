import { randomBytes } from 'node:crypto';
import { readHostResource } from '#protocol';
import { freePort } from '#platform';
import { ScriptedHost } from '../support/gateway/scripted-host';
import { EVERY_BEHAVIOUR, type PaymentMade, stories } from './payments-made';
import { virtualPublicKey } from './virtual-keys';
import {
  ALICE,
  CURRENCY,
  LIMIT,
  LIMITS,
  STARTED_WITHIN_MS,
  type VirtualConfiguration,
  VirtualStage,
} from './virtual-stage';

const VERAS_SECRET = randomBytes(32).toString('base64url');
const VERAS_KEY = virtualPublicKey(VERAS_SECRET);

/**
 * Neither is told anything of the other but where its host is, and the currency: we look vera's host up, and she ours,
 * as ilp-kit did for the plugin that it ran. Our key is made when we start.
 */
describe('ilp-plugin-virtual@16, found by WebFinger', () => {
  let stage: VirtualStage;
  let port: number;
  let ours: ReturnType<typeof readHostResource>;

  /** Of us she knows nothing yet. */
  async function configured(rpcPort: number): Promise<VirtualConfiguration> {
    const host = await ScriptedHost.listen();
    host.shows({ publicKey: VERAS_KEY, peersRpcUri: `http://127.0.0.1:${rpcPort}/api/peers/rpc` });
    const { hostname } = host;
    const webfinger = { hostname: `localhost:${port}`, allowPrivateAddresses: true, retryMs: 500 };
    return {
      settings: { gateway: { listen: `127.0.0.1:${port}` }, webfinger },
      vera: { discovery: 'webfinger', hostname, ledger: { ...CURRENCY, ...LIMITS } },
      host: { stop: () => host.close() },
    };
  }

  /** As ilp-kit does: the resource as it is, and no look at the type of the answer. */
  async function lookUp(hostname: string): Promise<ReturnType<typeof readHostResource>> {
    const page = `http://${hostname}/.well-known/webfinger?resource=https://${hostname}`;
    const response = await fetch(page, { headers: { accept: 'application/json' } });
    expect(response.status).toBe(200);
    return readHostResource(Buffer.from(await response.arrayBuffer()));
  }

  const made = (to: string): Promise<PaymentMade[]> =>
    stage.made({ to, behaviours: EVERY_BEHAVIOUR });

  beforeAll(async () => {
    port = await freePort();
    stage = await VirtualStage.start({
      configured,
      terms: async () => {
        ours = await lookUp(`localhost:${port}`);
        const { publicKey: peerPublicKey, peersRpcUri: rpcUri = '' } = ours;
        return { key: VERAS_SECRET, peerPublicKey, rpcUri };
      },
    });
  }, STARTED_WITHIN_MS);

  afterAll(() => stage.stop());

  it('finds where we are called', () => {
    expect(ours.peersRpcUri).toBe(stage.connector.rpcUri.replace('127.0.0.1', 'localhost'));
  });

  it('derives the ledger that we derive', async () => {
    const { derived, connector } = stage;
    expect(derived.account).toBe(derived.prefix + VERAS_KEY);
    const opened = await connector.opened('vera');
    expect(opened).toMatchObject({
      prefix: derived.prefix,
      account: ours.publicKey,
      peerAccount: VERAS_KEY,
      authority: 'symmetric',
    });
  });

  it('and the token: it answers us, and we it', async () => {
    const { vera, derived } = stage;
    expect(await vera.limit()).toBe(`-${LIMIT}`);
    const { from, to } = await vera.ask({ custom: { method: 'settlement_methods_request' } });
    expect([from, to]).toEqual([derived.prefix + ours.publicKey, derived.account]);
  });

  it(
    'pays through us and is paid, and every other way that payments go',
    async () => {
      for (const payments of await Promise.all([made(stage.derived.account), made(ALICE)])) {
        expect(stories(payments)).toMatchObject({
          fulfill: ['fulfilled'],
          delay: ['fulfilled'],
          'wrong-then-right': ['fulfilled'],
          reject: ['rejected F99 Application Error'],
        });
      }
    },
    STARTED_WITHIN_MS,
  );

  it('and both have counted the same', async () => {
    await stage.agreeOnBalance();
    const { connector, vera } = stage;
    const story = await connector.story('vera');
    expect(story.filter((type) => type.includes('Disput'))).toEqual([]);
    expect(vera.weaknesses).toEqual([]);
  });
});
