import { randomBytes } from 'node:crypto';
import { readHostResource } from '#protocol';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import { freePort } from '#platform';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { ScriptedHost } from '../support/gateway/scripted-host';
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
import { virtualPublicKey } from './virtual-keys';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
const LIMIT = '1000000000000';
/** The spread of our connector is 2 parts in 1000. */
const RATE = 1.01;
const CURRENCY = { currencyCode: 'USD', currencyScale: 9 };
const LIMITS = { maxBalance: LIMIT, minBalance: `-${LIMIT}` };
const ALICE_TOKEN = 'a-token-of-alice-in-a-test';
const ALICE = 'test.alice.client';
const VERAS_SECRET = randomBytes(32).toString('base64url');
const VERAS_KEY = virtualPublicKey(VERAS_SECRET);

/**
 * Neither is told anything of the other but where its host is, and the currency: we look vera's host up, and she ours,
 * as ilp-kit did for the plugin that it ran. Our key is made when we start.
 */
describe('ilp-plugin-virtual@16, found by WebFinger', () => {
  const secret = randomBytes(32).toString('hex');
  const payments: PaymentMade[] = [];
  /** In the order in which they are stopped. */
  const parties: { stop(): Promise<unknown> }[] = [];
  let vera: VirtualPeer;
  let alice: HistoricPeer;
  let connector: ConnectorUnderTest;
  let derived: { readonly prefix: string; readonly account: string };
  let ours: ReturnType<typeof readHostResource>;

  const configured = (port: number, verasHost: string): object => ({
    connector: { address: 'test.causeway', compareBalancesEveryMs: 1000 },
    gateway: { listen: `127.0.0.1:${port}` },
    webfinger: { hostname: `localhost:${port}`, allowPrivateAddresses: true, retryMs: 500 },
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
        discovery: 'webfinger',
        hostname: verasHost,
        authority: 'symmetric',
        ledger: { ...CURRENCY, ...LIMITS },
      },
    ],
  });

  /** As ilp-kit does: the resource as it is, and no look at the type of the answer. */
  async function lookUp(hostname: string): Promise<ReturnType<typeof readHostResource>> {
    const page = `http://${hostname}/.well-known/webfinger?resource=https://${hostname}`;
    const response = await fetch(page, { headers: { accept: 'application/json' } });
    expect(response.status).toBe(200);
    return readHostResource(Buffer.from(await response.arrayBuffer()));
  }

  const veras = (): string => derived.account;

  async function made(to: string): Promise<PaymentMade[]> {
    const orders = ordersOf({ to, rate: RATE, behaviours: EVERY_BEHAVIOUR });
    const isToVera = to === veras();
    const done = await payAll(isToVera ? alice : vera, isToVera ? 'vera' : 'alice', orders);
    payments.push(...done);
    return done;
  }

  async function verasHost(rpcPort: number): Promise<ScriptedHost> {
    const host = await ScriptedHost.listen();
    parties.push({ stop: () => host.close() });
    host.shows({ publicKey: VERAS_KEY, peersRpcUri: `http://127.0.0.1:${rpcPort}/api/peers/rpc` });
    return host;
  }

  beforeAll(async () => {
    const listening = await VirtualPeer.listen('vera');
    vera = listening.peer;
    parties.push(vera);
    const { hostname } = await verasHost(listening.port);
    const port = await freePort();
    connector = await ConnectorUnderTest.start(configured(port, hostname));
    parties.unshift(connector);
    ours = await lookUp(`localhost:${port}`);
    derived = await vera.connect({
      key: VERAS_SECRET,
      peerPublicKey: ours.publicKey,
      ...CURRENCY,
      maxBalance: LIMIT,
      rpcUri: ours.peersRpcUri ?? '',
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
    await routable(alice, veras());
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await stopInTurn(parties);
  });

  it('finds where we are called', () => {
    expect(ours.peersRpcUri).toBe(connector.rpcUri.replace('127.0.0.1', 'localhost'));
  });

  it('derives the ledger that we derive', async () => {
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
    expect(await vera.limit()).toBe(`-${LIMIT}`);
    const { from, to } = await vera.ask({ custom: { method: 'settlement_methods_request' } });
    expect([from, to]).toEqual([derived.prefix + ours.publicKey, veras()]);
  });

  it(
    'pays through us and is paid, and every other way that payments go',
    async () => {
      for (const payments of await Promise.all([made(veras()), made(ALICE)])) {
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
    const sent = payments.filter(({ from }) => from === 'vera');
    const received = payments.filter(({ to }) => to === 'vera');
    const expected = sumOf(sent, paid) - sumOf(received, arrived);
    await eventually(async () => {
      expect((await connector.balances()).get('vera')).toBe(String(expected));
      const theirs = String(-expected);
      expect(await vera.balances()).toEqual({ own: theirs, asked: theirs });
    });
    const story = await connector.story('vera');
    expect(story.filter((type) => type.includes('Disput'))).toEqual([]);
    expect(vera.weaknesses).toEqual([]);
  });
});
