import { randomBytes } from 'node:crypto';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import { eventually } from './eventually';
import { LIMIT, LineOfConnectors, RITA, SAM } from './line-of-connectors';
import { ordersOf, payAll, stories } from './payments-made';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
/** Covers the spreads of both. */
const RATE = 1.02;

/** What receivers know of the conditions of senders. */
const secret = randomBytes(32).toString('hex');
let line: LineOfConnectors;
let sam: HistoricPeer;
let rita: HistoricPeer;

async function startPeer(name: 'sam' | 'rita'): Promise<HistoricPeer> {
  const { url, token } = line.doorOf(name);
  const terms = { secret, stateful: false, maxBalance: String(LIMIT) };
  const uri = url.replace('ws://', `btp+ws://:${token}@`);
  return line.joins(await HistoricPeer.start({ name, role: 'dialler', uri, ...terms }));
}

beforeAll(async () => {
  line = await LineOfConnectors.start({ broadcastEveryMs: 1_000, broadcastCurves: true });
  sam = await startPeer('sam');
  rita = await startPeer('rita');
}, STARTED_WITHIN_MS);

afterAll(() => line.stop());

const fulfilled = { fulfill: ['fulfilled'] };
const ordersTo = (prefix: string) =>
  ordersOf({ to: `${prefix}client`, rate: RATE, behaviours: [{ kind: 'fulfill' }] });

it('we learn the routes of an ilp-connector@21.1.10, and pay by them', async () => {
  await routable(sam, `${RITA}client`);
  expect(stories(await payAll(sam, 'rita', ordersTo(RITA)))).toEqual(fulfilled);
}, 90_000);

it('it learns ours with their curves, and pays by them', async () => {
  // What it has no route for yet it would reject without telling anybody.
  await eventually(async () => {
    expect(await line.toldHistoric()).toContain(SAM);
  });
  await routable(rita, `${SAM}client`);
  expect(stories(await payAll(rita, 'sam', ordersTo(SAM)))).toEqual(fulfilled);
  const { broadcasts, quotes } = await line.historic.requests();
  expect(Object.keys(broadcasts)).not.toContain('error F00');
  // It has a curve of ours, so that it need not ask us what a payment costs.
  expect(quotes).toEqual({});
}, 90_000);
