import { randomBytes } from 'node:crypto';
import { freePort } from '#platform';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { ordersOf, payAll, stories } from './payments-made';
import { HistoricConnector } from './running-historic-connector';
import { stopInTurn } from './stop-in-turn';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
const LIMIT = '1000000000000';
const TERMS = {
  currencyCode: 'USD',
  currencyScale: 9,
  maxBalance: LIMIT,
  minBalance: `-${LIMIT}`,
};
const SHARED = 'peer.hub.usd.9.';
const SAM = 'test.sam.';
const RITA = 'test.rita.';
const TOKEN = { sam: 'a-token-of-sam-in-a-test', hub: 'a-token-of-the-hub-in-a-test' };
const RITAS_TOKEN = 'a-token-of-rita-in-a-test';
/** Covers the spreads of both, of 10 and of 2 parts in 1000. */
const RATE = 1.02;

/** What receivers know of the conditions of senders. */
const secret = randomBytes(32).toString('hex');
const parties: { stop(): Promise<void> }[] = [];
let historic: HistoricConnector;
let sam: HistoricPeer;
let rita: HistoricPeer;

async function startPeer(name: string, uri: string): Promise<HistoricPeer> {
  const terms = { secret, stateful: false, maxBalance: LIMIT };
  const peer = await HistoricPeer.start({ name, role: 'dialler', uri, ...terms });
  parties.push(peer);
  return peer;
}

/** sam - our connector - the historic connector - rita; nobody is told any route by its operator. */
beforeAll(async () => {
  const ritaPort = await freePort();
  const connector = await ConnectorUnderTest.start({
    connector: {
      address: 'test.causeway',
      spread: 0.002,
      routeBroadcastIntervalMs: 1_000,
      routeExpiryMs: 10_000,
    },
    peers: [
      ['sam', TOKEN.sam, SAM],
      ['hub', TOKEN.hub, SHARED],
    ].map(([id, token, prefix]) => {
      return { id, socket: 'server', token, authority: 'admin', ledger: { prefix, ...TERMS } };
    }),
  });
  parties.push(connector);
  historic = await HistoricConnector.start({
    ledgers: [
      { prefix: SHARED, line: { server: connector.uri(TOKEN.hub) }, stateful: false },
      { prefix: RITA, line: { port: ritaPort, token: RITAS_TOKEN }, stateful: true },
    ],
    routes: [],
    peers: [`${SHARED}server`],
    spread: 0.01,
    broadcastEveryMs: 1_000,
  });
  parties.push(historic);
  sam = await startPeer('sam', connector.uri(TOKEN.sam));
  rita = await startPeer('rita', `btp+ws://:${RITAS_TOKEN}@127.0.0.1:${ritaPort}`);
}, STARTED_WITHIN_MS);

afterAll(() => stopInTurn(parties));

const fulfilled = { fulfill: ['fulfilled'] };
const ordersTo = (prefix: string) =>
  ordersOf({ to: `${prefix}client`, rate: RATE, behaviours: [{ kind: 'fulfill' }] });

it('we learn the routes of an ilp-connector@21.1.10, and pay by them', async () => {
  await routable(sam, `${RITA}client`);
  expect(stories(await payAll(sam, 'rita', ordersTo(RITA)))).toEqual(fulfilled);
}, 90_000);

it('it learns ours with their curves, and pays by them', async () => {
  await routable(rita, `${SAM}client`);
  expect(stories(await payAll(rita, 'sam', ordersTo(SAM)))).toEqual(fulfilled);
  const { broadcasts, quotes } = await historic.requests();
  expect(Object.keys(broadcasts)).not.toContain('error F00');
  // It has a curve of ours, so that it need not ask us what a payment costs.
  expect(quotes).toEqual({});
}, 90_000);
