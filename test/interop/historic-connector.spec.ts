import { randomBytes } from 'node:crypto';
import { freePort } from '#platform';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import type { PaymentOrder } from '../../apps/causeway/src/demo/historic-peer.messages';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { eventually } from './eventually';
import {
  arrived,
  EVERY_BEHAVIOUR,
  MAX_HOLD_MS,
  ordersOf,
  paid,
  payAll,
  SOON_MS,
  stories,
  sumOf,
  type PaymentMade,
} from './payments-made';
import { PATIENT } from './patient-limits';
import { HistoricConnector, type HistoricRequests } from './running-historic-connector';
import { stopInTurn } from './stop-in-turn';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
const LIMIT = '1000000000000';
const CURRENCY = { currencyCode: 'USD', currencyScale: 9 };
const LIMITS = { maxBalance: LIMIT, minBalance: `-${LIMIT}` };

const SHARED = 'peer.hub.usd.9.';
const SAM = 'test.sam.';
const RITA = 'test.rita.';
const TOKEN = { sam: 'a-token-of-sam-in-a-test', hub: 'a-token-of-the-hub-in-a-test' };
const RITAS_TOKEN = 'a-token-of-rita-in-a-test';

/** Ours is 2 parts in 1000, and theirs 10; a payment across both costs a little more than that. */
const THEIR_SPREAD = 0.01;
const OUR_SPREAD = 0.002;
const RATE = 1.02;
/** What the first connector passes on is too little for the second. */
const TOO_LITTLE = 1.0105;
const BROADCAST_EVERY_MS = 500;
/** What the historic connector passes to us of an amount, and we to it. */
const theyPassOn = ({ amount }: { readonly amount: bigint }): bigint => (amount * 990n) / 1000n;
const wePassOn = ({ amount }: { readonly amount: bigint }): bigint => (amount * 998n) / 1000n;

/** Errors in handlers of its events, on which nobody waits; whatever we send or leave out. */
const OWN_WEAKNESSES = [
  // Gets no quote for an amount that has come in already.
  'unhandledRejection: Unreachable',
  // Hears from the plugin's own timer, which gives no reason, that what it sent has expired.
  'unhandledRejection: Cannot convert undefined or null to object',
];

interface Peering {
  readonly title: string;
  readonly administers: 'we' | 'it';
  /** Accounts on the ledger between the two connectors. */
  readonly ours: string;
  readonly theirs: string;
}

/**
 * Whoever administers listens: a plugin without a store asks for the ledger when it starts, and never again, so the
 * other side has to be there before it; and one with a store that dials brings its line up with its first request.
 */
const PEERINGS: readonly Peering[] = [
  {
    title: 'that dials us, and we administer',
    administers: 'we',
    ours: `${SHARED}server`,
    theirs: `${SHARED}client`,
  },
  {
    title: 'that we dial, and it administers',
    administers: 'it',
    ours: `${SHARED}client`,
    theirs: `${SHARED}server`,
  },
];

/** sam - our connector - the historic connector - rita; sam and rita are historic plugins without a store. */
describe.each(PEERINGS)('an ilp-connector@21.1.10 $title', ({ administers, ours, theirs }) => {
  const secret = randomBytes(32).toString('hex');
  /** As they are to be stopped: ours first, while the others still answer. */
  const parties: { stop(): Promise<void> }[] = [];
  let connector: ConnectorUnderTest;
  let historic: HistoricConnector;
  let sam: HistoricPeer;
  let rita: HistoricPeer;
  let there: PaymentMade[];
  let back: PaymentMade[];
  let refusedBack: PaymentMade[];
  let unroutableThere: PaymentMade[];
  let unroutableBack: PaymentMade[];

  function configuration(hubPort: number): object {
    const hub =
      administers === 'we'
        ? {
            socket: 'server',
            token: TOKEN.hub,
            authority: 'admin',
            ledger: { prefix: SHARED, ...CURRENCY, ...LIMITS },
          }
        : {
            socket: 'client',
            uri: `btp+ws://:${TOKEN.hub}@127.0.0.1:${hubPort}`,
            authority: 'shadow',
            ledger: CURRENCY,
          };
    const samsLedger = { prefix: SAM, ...CURRENCY, ...LIMITS };
    return {
      connector: {
        address: 'test.causeway',
        spread: OUR_SPREAD,
        compareBalancesEveryMs: 1000,
        maxHoldTimeMs: MAX_HOLD_MS,
        routeBroadcastIntervalMs: BROADCAST_EVERY_MS,
      },
      limits: PATIENT,
      peers: [
        { id: 'sam', socket: 'server', token: TOKEN.sam, authority: 'admin', ledger: samsLedger },
        { id: 'hub', ...hub },
      ],
      routes: [RITA, 'test.nowhere.'].map((targetPrefix) => ({
        targetPrefix,
        connectorLedger: SHARED,
        connectorAccount: theirs,
      })),
    };
  }

  async function startHistoric(hubPort: number, ritaPort: number): Promise<void> {
    const line =
      administers === 'we'
        ? { server: connector.uri(TOKEN.hub) }
        : { port: hubPort, token: TOKEN.hub };
    historic = await HistoricConnector.start({
      ledgers: [
        { prefix: SHARED, line, stateful: administers === 'it' },
        { prefix: RITA, line: { port: ritaPort, token: RITAS_TOKEN }, stateful: true },
      ],
      routes: [SAM, 'test.void.'].map((targetPrefix) => ({
        targetPrefix,
        connectorLedger: SHARED,
        connectorAccount: ours,
      })),
      peers: [ours],
      spread: THEIR_SPREAD,
      broadcastEveryMs: BROADCAST_EVERY_MS,
    });
    parties.push(historic);
  }

  async function startPeer(name: string, uri: string): Promise<HistoricPeer> {
    const peer = await HistoricPeer.start({
      name,
      role: 'dialler',
      uri,
      secret,
      stateful: false,
      maxBalance: LIMIT,
    });
    parties.push(peer);
    return peer;
  }

  /** To an address of that prefix, which need not exist. */
  function hopeless(prefix: string, rate: number): PaymentOrder[] {
    const terms = { to: `${prefix}client`, expiresInMs: SOON_MS };
    return ordersOf({ ...terms, rate, behaviours: [{ kind: 'fulfill' }] });
  }

  async function payEverything(): Promise<void> {
    const orders = (prefix: string): PaymentOrder[] =>
      ordersOf({ to: `${prefix}client`, rate: RATE, behaviours: EVERY_BEHAVIOUR });
    [there, back, refusedBack, unroutableThere, unroutableBack] = await Promise.all([
      payAll(sam, 'rita', orders(RITA)),
      payAll(rita, 'sam', orders(SAM)),
      payAll(rita, 'sam', hopeless(SAM, TOO_LITTLE)),
      payAll(sam, 'nobody', hopeless('test.nowhere.', RATE)),
      payAll(rita, 'nobody', hopeless('test.void.', RATE)),
    ]);
  }

  beforeAll(async () => {
    const [hubPort, ritaPort] = [await freePort(), await freePort()];
    const startOurs = async (): Promise<void> => {
      connector = await ConnectorUnderTest.start(configuration(hubPort));
      parties.unshift(connector);
    };
    if (administers === 'we') await startOurs();
    await startHistoric(hubPort, ritaPort);
    if (administers === 'it') await startOurs();
    sam = await startPeer('sam', connector.uri(TOKEN.sam));
    rita = await startPeer('rita', `btp+ws://:${RITAS_TOKEN}@127.0.0.1:${ritaPort}`);
    await routable(sam, `${RITA}client`);
    await routable(rita, `${SAM}client`);
    await payEverything();
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await stopInTurn(parties);
  });

  const asked = (all: PaymentMade[], ...kinds: string[]): PaymentMade[] =>
    all.filter((payment) => kinds.includes(payment.asked));

  it('carries payments in both directions through both connectors', () => {
    for (const payments of [there, back]) {
      expect(stories(asked(payments, 'fulfill', 'delay', 'wrong-then-right'))).toEqual({
        fulfill: ['fulfilled'],
        delay: ['fulfilled'],
        'wrong-then-right': ['fulfilled'],
      });
    }
  });

  it('carries the rejections of receivers back to the senders', () => {
    for (const payments of [there, back]) {
      expect(stories(asked(payments, 'reject'))).toEqual({
        reject: ['rejected F99 Application Error'],
      });
    }
  });

  it('lets what a receiver leaves alone expire for everybody', () => {
    for (const payments of [there, back]) {
      expect(stories(asked(payments, 'ignore'))).toEqual({
        ignore: ['expired R00 Transfer Timed Out'],
      });
    }
  });

  it('carries our own rejections back to the sender behind the historic one', () => {
    expect(stories(refusedBack)).toEqual({
      fulfill: ['rejected R01 Insufficient Source Amount'],
    });
  });

  /** Its plugin tells an error of its own for whatever goes wrong behind it (plugin.js, _handleRequest). */
  it('refuses with the error of the historic one what that gives no quote for', () => {
    expect(stories(unroutableThere)).toEqual({ fulfill: ['rejected F00 Bad Request'] });
  });

  it('refuses quotes for what it cannot reach, so that the historic one sends nothing there', async () => {
    expect(stories(unroutableBack)).toEqual({ fulfill: ['expired R00 Transfer Timed Out'] });
    const { quotes } = await historic.requests();
    expect(Object.keys(quotes)).toContain('error F02');
  });

  it('refuses itself what is too little further on, once it has heard what that costs', async () => {
    await eventually(async () => {
      const made = await payAll(sam, 'rita', hopeless(RITA, TOO_LITTLE));
      expect(stories(made)).toEqual({ fulfill: ['rejected R01 Insufficient Source Amount'] });
    });
  });

  it('is sent routes again and again, answers, and goes on', async () => {
    let before = await historic.requests();
    await eventually(async () => {
      const now = await historic.requests();
      // One that fails during a pause of the machine is no answer: those after it count from there on.
      if (now.broadcasts.failed !== before.broadcasts.failed) before = now;
      expect(answeredBroadcasts(now)).toBeGreaterThan(answeredBroadcasts(before) + 1);
    });
    const later = [{ kind: 'fulfill' }] as const;
    const [more, moreBack] = await Promise.all([
      payAll(sam, 'rita', ordersOf({ to: `${RITA}client`, rate: RATE, behaviours: later })),
      payAll(rita, 'sam', ordersOf({ to: `${SAM}client`, rate: RATE, behaviours: later })),
    ]);
    expect(stories([...more, ...moreBack])).toEqual({ fulfill: ['fulfilled'] });
    there.push(...more);
    back.push(...moreBack);
  });

  it('leaves balances on which everybody agrees', async () => {
    const sams = sumOf(there, paid) - sumOf(back, arrived);
    const shared = sumOf(back, theyPassOn) - sumOf(there, wePassOn);
    const ritas = sumOf(back, paid) - sumOf(there, arrived);
    const both = (balance: bigint, second: string): object => ({
      own: String(balance),
      [second]: String(balance),
    });
    await eventually(async () => {
      const ours = await connector.balances();
      expect(Object.fromEntries(ours)).toEqual({ sam: String(sams), hub: String(shared) });
      expect(await historic.balances(SHARED)).toEqual(both(-shared, 'told'));
      expect(await historic.balances(RITA)).toEqual(both(ritas, 'told'));
      expect(await sam.balances()).toEqual(both(-sams, 'asked'));
      expect(await rita.balances()).toEqual(both(-ritas, 'asked'));
    });
  });

  it('troubles nobody: one connection each, nothing delivered twice, no answer refused', async () => {
    for (const peer of [sam, rita]) {
      expect(await peer.received()).toMatchObject({ redelivered: 0, refusedAnswers: [] });
      expect(peer.connections).toBe(1);
    }
    const others = (await historic.weaknesses()).filter((told) => !OWN_WEAKNESSES.includes(told));
    expect(others).toEqual([]);
  });
});

/** Those of its start, when we were not there yet, have failed. */
function answeredBroadcasts({ broadcasts }: HistoricRequests): number {
  return Object.entries(broadcasts)
    .filter(([answer]) => answer !== 'failed')
    .reduce((sum, [, count]) => sum + count, 0);
}
