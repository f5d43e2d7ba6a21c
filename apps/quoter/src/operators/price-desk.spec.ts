import { QUOTE_REFUSAL } from '#contracts';
import { Curve } from '#domain/liquidity';
import { RoutingTables } from '#domain/routing';
import { PeerNotConnectedError, PeerSilentError } from '#messaging';
import {
  type CurvePoint,
  decodeIlp,
  encodeIlp,
  ilpEntry,
  ilpError,
  type IlpErrorCode,
  type IlpPacket,
  protocolEntry,
  SUB_PROTOCOL,
} from '#protocol';
import { PriceDesk, type PriceDeskPorts } from './price-desk';

const LEDGERS = ['a', 'b'].map((ledgerId) => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyScale: 9,
  account: 'server',
  peerAccount: 'client',
}));
const BY_DESTINATION = { from: 'b', to: 'g.far.carl', destinationAmount: '100', holdMs: 5000 };
const BY_SOURCE = { from: 'b', to: 'g.far.carl', sourceAmount: '100', holdMs: 5000 };

type Answer = Awaited<ReturnType<PriceDeskPorts['peers']['ask']>>;

let tables: RoutingTables;
let asked: { peer: string; packet: IlpPacket }[];
let answer: () => Promise<Answer>;

const desk = (): PriceDesk =>
  new PriceDesk({
    tables,
    isRelayed: (ledgerId) => ledgerId === 'v',
    peers: {
      ask: (peer, { protocolData }) => {
        const entry = protocolEntry(protocolData, SUB_PROTOCOL.ilp);
        asked.push({ peer, packet: decodeIlp(entry?.data ?? Buffer.alloc(0)) });
        return answer();
      },
    },
  });

const says = (packet: IlpPacket) => (): Promise<Answer> =>
  Promise.resolve({ type: 'response', protocolData: [ilpEntry(encodeIlp(packet))] });

const refuses = (code: IlpErrorCode) =>
  says(ilpError({ code, triggeredBy: 'test.b.client', triggeredAtMs: 0, data: 'no' }));

const TEN_FOR_ONE: readonly CurvePoint[] = [
  [0n, 0n],
  [10_000n, 1_000n],
];

/** b told that ten of its units bring one of those beyond, if not something else. */
function tellRoute(points = TEN_FOR_ONE): void {
  const curve = Curve.of(points);
  const told = { sourceLedger: 'test.b.', sourceAccount: 'test.b.client' };
  const route = { ...told, destination: 'g.far.', curve, minMessageWindowS: 1, paths: [[]] };
  tables.learn({ ledgerId: 'b', account: 'test.b.client' }, [route], {
    holdDownMs: 45_000,
    nowMs: 0,
  });
}

beforeEach(() => {
  const rules = { spreadPpm: 2000n, minMessageWindowMs: 1000, staticRoutes: [] };
  tables = RoutingTables.build(LEDGERS, rules);
  asked = [];
  answer = () => Promise.reject(new PeerSilentError('b'));
});

test('an address on the ledger itself costs what arrives, and nobody is asked', async () => {
  const to = 'test.b.client.carl';
  const whole = { sourceAmount: '100', destinationAmount: '100', pricedBy: 'same-ledger' };
  expect(await desk().price({ ...BY_SOURCE, to })).toEqual({ ...whole, instead: null });
  expect(await desk().price({ ...BY_DESTINATION, to })).toEqual({ ...whole, instead: null });
  expect(asked).toEqual([]);
});

test('beyond it the peer of the ledger is asked for a quote', async () => {
  answer = says({ type: 'by-destination-response', sourceAmount: 111n, sourceHoldDurationMs: 7 });
  const quoted = {
    sourceAmount: '111',
    destinationAmount: '100',
    pricedBy: 'quote',
    instead: null,
  };
  expect(await desk().price(BY_DESTINATION)).toEqual(quoted);
  answer = says({ type: 'by-source-response', destinationAmount: 89n, sourceHoldDurationMs: 7 });
  expect(await desk().price(BY_SOURCE)).toMatchObject({
    sourceAmount: '100',
    destinationAmount: '89',
  });
  const request = { destinationAccount: 'g.far.carl', destinationHoldDurationMs: 5000 };
  expect(asked).toEqual([
    { peer: 'b', packet: { type: 'by-destination-request', ...request, destinationAmount: 100n } },
    { peer: 'b', packet: { type: 'by-source-request', ...request, sourceAmount: 100n } },
  ]);
});

test.each<[string, () => Promise<Answer>, string]>([
  ['is silent', () => Promise.reject(new PeerSilentError('b')), 'b does not quote'],
  ['has just gone', () => Promise.reject(new PeerNotConnectedError('b')), 'b does not quote'],
  ['does not understand', refuses('F00'), 'b refuses to quote: F00 no'],
  [
    'has no answer',
    () => Promise.resolve({ type: 'response', protocolData: [] }),
    'b does not quote',
  ],
  [
    'answers with something else',
    says({ type: 'forwarded-payment', account: 'g.x', data: Buffer.alloc(0) }),
    'b answers a quote request with forwarded-payment',
  ],
  [
    'answers with a curve',
    says({
      type: 'liquidity-response',
      points: [[1n, 1n]],
      appliesToPrefix: 'g.far.',
      sourceHoldDurationMs: 6000,
      expiresAtMs: 253_402_300_799_999,
    }),
    'b answers a quote request with liquidity-response',
  ],
])('of a peer that %s its routes tell the price, and it is said why', async (_, said, why) => {
  tellRoute();
  answer = said;
  const price = await desk().price(BY_DESTINATION);
  expect(price).toMatchObject({ sourceAmount: '1000', pricedBy: 'routes' });
  expect(price.instead).toContain(why);
  expect(await desk().price(BY_SOURCE)).toMatchObject({ destinationAmount: '10' });
});

test('an amount that answers another question is no price', async () => {
  answer = says({ type: 'by-source-response', destinationAmount: 9n, sourceHoldDurationMs: 7 });
  await expect(desk().price(BY_DESTINATION)).rejects.toMatchObject({
    message: 'b answers a quote request with by-source-response',
  });
  answer = says({ type: 'by-destination-response', sourceAmount: 9n, sourceHoldDurationMs: 7 });
  await expect(desk().price(BY_SOURCE)).rejects.toMatchObject({
    message: 'b answers a quote request with by-destination-response',
  });
});

test('what is said to cost nothing has no price', async () => {
  tellRoute([
    [0n, 100n],
    [10n, 200n],
  ]);
  await expect(desk().price(BY_DESTINATION)).rejects.toMatchObject({ code: QUOTE_REFUSAL.noPrice });
  answer = says({ type: 'by-destination-response', sourceAmount: 0n, sourceHoldDurationMs: 7 });
  await expect(desk().price(BY_DESTINATION)).rejects.toMatchObject({
    message: 'b quotes an amount of 0',
  });
});

test('a refusal of type 11 is one as well', async () => {
  const refusal = {
    code: 'F02',
    triggeredBy: 'test.b.client',
    message: 'no',
    data: Buffer.alloc(0),
  };
  answer = says({ type: 'rejection', ...refusal });
  tellRoute();
  await expect(desk().price(BY_DESTINATION)).rejects.toMatchObject({
    message: 'b refuses to quote: F02 no',
  });
});

test.each<IlpErrorCode>(['F02', 'T04', 'T01'])(
  'a peer that refuses with %s has decided, whatever it told of routes',
  async (code) => {
    tellRoute();
    answer = refuses(code);
    await expect(desk().price(BY_DESTINATION)).rejects.toMatchObject({
      code: QUOTE_REFUSAL.noPrice,
      message: `b refuses to quote: ${code} no`,
    });
  },
);

test.each<[string, object, string]>([
  ['that nobody quotes', BY_DESTINATION, QUOTE_REFUSAL.noPrice],
  ['of an unknown ledger', { ...BY_SOURCE, from: 'x' }, QUOTE_REFUSAL.unknownLedger],
  ['of others', { ...BY_SOURCE, from: 'v' }, QUOTE_REFUSAL.relayed],
  ['to ourselves', { ...BY_SOURCE, to: 'test.a.server' }, QUOTE_REFUSAL.ownAddress],
  ['below ourselves', { ...BY_SOURCE, to: 'test.b.server.x' }, QUOTE_REFUSAL.ownAddress],
])('a payment %s has no price', async (_, question, code) => {
  const asking = desk().price(question as typeof BY_SOURCE);
  await expect(asking).rejects.toMatchObject({ code });
});

test('without a session nothing has a price, not even on the ledger itself', async () => {
  tables.adopt(LEDGERS.map((ledger) => ({ ...ledger, isConnected: false })));
  const asking = desk().price({ ...BY_SOURCE, to: 'test.b.client' });
  await expect(asking).rejects.toMatchObject({ code: QUOTE_REFUSAL.notConnected });
});
