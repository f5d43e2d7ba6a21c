import { randomBytes } from 'node:crypto';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { eventually } from './eventually';
import {
  arrived,
  MAX_HOLD_MS,
  ordersOf,
  paid,
  payAll,
  type PaymentMade,
  sumOf,
} from './payments-made';
import { VirtualPeer, type VirtualOptions } from './running-virtual-peer';
import { stopInTurn } from './stop-in-turn';

/** A connector brings its own database and bus. */
export const STARTED_WITHIN_MS = 240_000;
export const LIMIT = '1000000000000';
/** The spread of our connector is 2 parts in 1000. */
const RATE = 1.01;
export const CURRENCY = { currencyCode: 'USD', currencyScale: 9 };
export const LIMITS = { maxBalance: LIMIT, minBalance: `-${LIMIT}` };
export const ALICE = 'test.alice.client';
const ALICE_TOKEN = 'a-token-of-alice-in-a-test';
const QUICK = { reconnectMinMs: 100, reconnectMaxMs: 500, rpcRetryMs: 500 };

export interface VirtualConfiguration {
  /** Beside the peers. */
  readonly settings?: object;
  /** As our peer. */
  readonly vera: object;
  /** Where she is found, to be stopped after her. */
  readonly host?: Party;
}

/** How vera is found, and we by her. */
export interface VirtualPeering {
  /** Once her port is known. */
  readonly configured: (rpcPort: number) => Promise<VirtualConfiguration>;
  /** Once our connector runs. */
  readonly terms: (
    connector: ConnectorUnderTest,
  ) => Promise<Pick<VirtualOptions, 'key' | 'peerPublicKey' | 'rpcUri'>>;
}

interface Party {
  stop(): Promise<unknown>;
}

interface StageParts extends Pick<VirtualStage, 'connector' | 'vera' | 'derived'> {
  readonly alice: HistoricPeer;
  readonly started: readonly Party[];
}

/** alice, who dials us, our connector, and vera, an ilp-plugin-virtual; they pay each other. */
export class VirtualStage {
  private readonly payments: PaymentMade[] = [];

  readonly connector: ConnectorUnderTest;
  readonly vera: VirtualPeer;
  /** What the plugin has derived. */
  readonly derived: { readonly prefix: string; readonly account: string };

  private constructor(private readonly parts: StageParts) {
    this.connector = parts.connector;
    this.vera = parts.vera;
    this.derived = parts.derived;
  }

  static async start(peering: VirtualPeering): Promise<VirtualStage> {
    /** In the order in which they are stopped. */
    const started: Party[] = [];
    try {
      return await VirtualStage.startAll(peering, started);
    } catch (error) {
      await stopInTurn(started);
      throw error;
    }
  }

  private static async startAll(
    { configured, terms }: VirtualPeering,
    started: Party[],
  ): Promise<VirtualStage> {
    const secret = randomBytes(32).toString('hex');
    const { peer: vera, port } = await VirtualPeer.listen('vera');
    started.push(vera);
    const { settings, vera: veras, host } = await configured(port);
    if (host !== undefined) started.push(host);
    const connector = await ConnectorUnderTest.start({
      connector: {
        address: 'test.causeway',
        compareBalancesEveryMs: 1000,
        maxHoldTimeMs: MAX_HOLD_MS,
      },
      limits: QUICK,
      ...settings,
      peers: [alices(), { id: 'vera', authority: 'symmetric', ...veras }],
    });
    started.unshift(connector);
    const known = await terms(connector);
    const derived = await vera.connect({ ...known, ...CURRENCY, maxBalance: LIMIT, secret });
    const alice = await HistoricPeer.start({
      name: 'alice',
      role: 'dialler',
      uri: connector.uri(ALICE_TOKEN),
      secret,
      stateful: false,
      maxBalance: LIMIT,
    });
    started.push(alice);
    await routable(alice, derived.account);
    return new VirtualStage({ connector, vera, derived, alice, started });
  }

  /** Pays vera from alice, or alice from vera. */
  async made(order: Omit<Parameters<typeof ordersOf>[0], 'rate'>): Promise<PaymentMade[]> {
    const orders = ordersOf({ rate: RATE, ...order });
    const isToVera = order.to === this.derived.account;
    const payer = isToVera ? this.parts.alice : this.vera;
    const done = await payAll(payer, isToVera ? 'vera' : 'alice', orders);
    this.payments.push(...done);
    return done;
  }

  /** What is now, once both have counted everything. */
  async agreeOnBalance(): Promise<void> {
    const sent = this.payments.filter(({ from }) => from === 'vera');
    const received = this.payments.filter(({ to }) => to === 'vera');
    const expected = sumOf(sent, paid) - sumOf(received, arrived);
    await eventually(async () => {
      expect((await this.connector.balances()).get('vera')).toBe(String(expected));
      const theirs = String(-expected);
      expect(await this.vera.balances()).toEqual({ own: theirs, asked: theirs });
    });
  }

  stop(): Promise<void> {
    return stopInTurn(this.parts.started);
  }
}

function alices(): object {
  return {
    id: 'alice',
    socket: 'server',
    token: ALICE_TOKEN,
    authority: 'admin',
    ledger: { prefix: 'test.alice.', ...CURRENCY, ...LIMITS },
  };
}
