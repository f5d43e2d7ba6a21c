import { randomBytes } from 'node:crypto';
import { freePort } from '#platform';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import type { PeerOptions } from '../../apps/causeway/src/demo/historic-peer.messages';
import { ConnectorUnderTest } from '../support/connector-under-test';
import {
  arrived,
  EVERY_BEHAVIOUR,
  expectExpiries,
  MAX_HOLD_MS,
  ordersOf,
  paid,
  payAll,
  stories,
  sumOf,
  type PaymentMade,
} from './payments-made';
import { PATIENT } from './patient-limits';
import { stopInTurn } from './stop-in-turn';
import { eventually } from './eventually';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
const LIMIT = '1000000000000';
/** The spread of our connector is 2 parts in 1000. */
const RATE = 1.01;

interface Combination {
  readonly id: string;
  readonly title: string;
  readonly dials: 'it' | 'we';
  readonly administers: 'it' | 'we' | 'both';
}

/**
 * Who dials and who administers are independent, and the unmodified plugin can do all of it:
 *
 * - Whoever keeps a store decides and calls itself `<prefix>server`; whoever has none asks for its balance and calls
 *   itself `<prefix>client` (plugin.js: `_stateful`, `_accountName`). The socket's role has no part in it.
 * - A plugin that dials and administers answers `info` from its option of that name. Its constructor insists on the
 *   option only for one that has nobody to dial; without it, it would ask us what the ledger is, and answer `null`.
 * - With `prefix` and `info` its `connect` sends nothing, and it dials only to send something. Whoever runs it has to
 *   ask for something to bring the line up: here the balance, in ilp-connector the first broadcast of routes.
 * - A plugin that listens must be given `prefix` and `info` even where the other side administers: when it starts
 *   there is nobody yet whom it could ask. It never compares them with ours.
 * - With a store on its side and our own decisions on ours the ledger is symmetric; it still calls itself `server`.
 */
const COMBINATIONS: readonly Combination[] = [
  { id: 'ann', title: 'dials us, and we administer', dials: 'it', administers: 'we' },
  { id: 'ben', title: 'dials us, and administers', dials: 'it', administers: 'it' },
  { id: 'cas', title: 'is dialled, and we administer', dials: 'we', administers: 'we' },
  { id: 'dee', title: 'is dialled, and administers', dials: 'we', administers: 'it' },
  { id: 'eva', title: 'dials us, and both decide', dials: 'it', administers: 'both' },
  { id: 'fay', title: 'is dialled, and both decide', dials: 'we', administers: 'both' },
];

const prefixOf = (id: string): string => `test.${id}.`;
const tokenOf = (id: string): string => `a-token-of-${id}-in-a-test`;
const accountOf = ({ id, administers }: Combination): string =>
  prefixOf(id) + (administers === 'we' ? 'client' : 'server');

const CURRENCY = { currencyCode: 'USD', currencyScale: 9 };
const LIMITS = { maxBalance: LIMIT, minBalance: `-${LIMIT}` };

const AUTHORITY = {
  it: () => ({ authority: 'shadow', ledger: CURRENCY }),
  we: (prefix: string) => ({ authority: 'admin', ledger: { prefix, ...CURRENCY, ...LIMITS } }),
  both: (prefix: string) => ({
    authority: 'symmetric',
    ledger: { prefix, ...CURRENCY, ...LIMITS, account: 'client', peerAccount: 'server' },
  }),
};

describe('ilp-plugin-payment-channel-framework@1.3.5', () => {
  const secret = randomBytes(32).toString('hex');
  const ports = new Map<string, number>();
  const peers = new Map<string, HistoricPeer>();
  const weaknesses = new Map<string, string[]>();
  const payments: PaymentMade[] = [];
  let connector: ConnectorUnderTest | undefined;

  const peer = (id: string): HistoricPeer => {
    const found = peers.get(id);
    if (found === undefined) throw new Error(`no peer ${id}`);
    return found;
  };

  function optionsOf({ id, dials, administers }: Combination): PeerOptions {
    const stateful = administers !== 'we';
    const ledger = { prefix: prefixOf(id), ...CURRENCY };
    const common = { name: id, secret, stateful, maxBalance: LIMIT };
    if (dials === 'we') {
      return { ...common, role: 'listener', port: ports.get(id) ?? 0, token: tokenOf(id), ledger };
    }
    const uri = connector?.uri(tokenOf(id)) ?? '';
    return { ...common, role: 'dialler', uri, ...(stateful ? { ledger } : {}) };
  }

  async function startPeers(dials: 'it' | 'we'): Promise<void> {
    for (const combination of COMBINATIONS.filter((other) => other.dials === dials)) {
      const { id } = combination;
      const told: string[] = [];
      weaknesses.set(id, told);
      const onWeakness = (message: string): void => void told.push(message);
      peers.set(id, await HistoricPeer.start(optionsOf(combination), { onWeakness }));
    }
  }

  function configured({ id, dials, administers }: Combination): object {
    const uri = `btp+ws://:${tokenOf(id)}@127.0.0.1:${ports.get(id) ?? 0}`;
    const socket =
      dials === 'it' ? { socket: 'server', token: tokenOf(id) } : { socket: 'client', uri };
    return { id, ...socket, ...AUTHORITY[administers](prefixOf(id)) };
  }

  async function payIgnored(from: string, to: Combination): Promise<void> {
    const terms = { to: accountOf(to), rate: RATE };
    const orders = ordersOf({ ...terms, behaviours: [{ kind: 'ignore' }] });
    payments.push(...(await payAll(peer(from), to.id, orders)));
  }

  async function everybodyPaysEverybody(): Promise<void> {
    const rounds = COMBINATIONS.flatMap((from) =>
      COMBINATIONS.filter((to) => to !== from).map((to) => {
        const orders = ordersOf({ to: accountOf(to), rate: RATE, behaviours: EVERY_BEHAVIOUR });
        return payAll(peer(from.id), to.id, orders);
      }),
    );
    payments.push(...(await Promise.all(rounds)).flat());
  }

  beforeAll(async () => {
    for (const { id, dials } of COMBINATIONS) if (dials === 'we') ports.set(id, await freePort());
    await startPeers('we');
    connector = await ConnectorUnderTest.start({
      connector: {
        address: 'test.causeway',
        compareBalancesEveryMs: 1000,
        maxHoldTimeMs: MAX_HOLD_MS,
      },
      limits: PATIENT,
      peers: COMBINATIONS.map(configured),
    });
    await startPeers('it');
    const [first, ...others] = COMBINATIONS;
    if (first === undefined) throw new Error('nobody pays');
    for (const other of others) {
      await routable(peer(first.id), accountOf(other));
      await routable(peer(other.id), accountOf(first));
    }
    await everybodyPaysEverybody();
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await stopInTurn([...(connector === undefined ? [] : [connector]), ...peers.values()]);
  });

  describe.each(COMBINATIONS)('that $title', (combination) => {
    const { id } = combination;
    const other = COMBINATIONS.find((each) => each !== combination) ?? combination;
    const sent = (): PaymentMade[] => payments.filter(({ from }) => from === id);
    const received = (): PaymentMade[] => payments.filter(({ to }) => to === id);
    const asked = (all: PaymentMade[], ...kinds: string[]): PaymentMade[] =>
      all.filter((payment) => kinds.includes(payment.asked));

    it('pays through us, to peers of every other combination, and is paid by them', () => {
      const kinds = ['fulfill', 'delay', 'wrong-then-right'];
      const fulfilled = { fulfill: ['fulfilled'], delay: ['fulfilled'] };
      const all = { ...fulfilled, 'wrong-then-right': ['fulfilled'] };
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
        await expectExpiries(sent, () => payIgnored(id, other));
        await expectExpiries(received, () => payIgnored(other.id, combination));
      },
      STARTED_WITHIN_MS,
    );

    it('is told that a wrong fulfillment is wrong', async () => {
      const { wrongFulfillments } = await peer(id).received();
      const answers = asked(received(), 'wrong-then-right').map(({ label }) => ({
        label,
        answer: 'InvalidFulfillmentError',
      }));
      expect(wrongFulfillments).toHaveLength(COMBINATIONS.length - 1);
      expect(wrongFulfillments).toEqual(expect.arrayContaining(answers));
    });

    it('agrees with us, with the payments and with itself on the balance', async () => {
      const expected = sumOf(sent(), paid) - sumOf(received(), arrived);
      expect(expected).not.toBe(0n);
      await eventually(async () => {
        expect((await connector?.balances())?.get(id)).toBe(String(expected));
        const theirs = String(-expected);
        expect(await peer(id).balances()).toEqual({ own: theirs, asked: theirs });
      });
    });

    it('is never troubled: one connection, nothing delivered twice, no answer refused', async () => {
      expect(await peer(id).received()).toMatchObject({ redelivered: 0, refusedAnswers: [] });
      expect(weaknesses.get(id)).toEqual([]);
      expect(peer(id).connections).toBe(1);
    });
  });
});
