import fc from 'fast-check';
import { decodeIlp, encodeIlp, errorMessage, type IlpPacket } from '#protocol';
import { Curve } from '#domain/liquidity';
import {
  answerQuotePacket,
  type QuotePacketAnswer,
  refuseQuotePacket,
} from './answer-quote-packet';
import { RoutingTables } from './routing-tables';

const NOW = Date.parse('2026-11-22T09:32:00.000Z');
const table = RoutingTables.build(
  [
    { ledgerId: 'a', prefix: 'test.a.', currencyScale: 9, account: 'server' },
    { ledgerId: 'b', prefix: 'test.b.', currencyScale: 9, account: 'server' },
  ],
  {
    spreadPpm: 2000n,
    minMessageWindowMs: 1000,
    staticRoutes: [
      { targetPrefix: 'far.', connectorLedger: 'test.b.', connectorAccount: 'test.b.client' },
    ],
  },
);

const question = (packet: Buffer, ledgerId = 'a') => ({
  ledgerId,
  packet,
  nowMs: NOW,
  rules: { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 },
  connectorAddress: 'test.causeway',
});

const ask = (packet: Buffer, ledgerId?: string): QuotePacketAnswer => {
  const answer = answerQuotePacket(table, question(packet, ledgerId));
  if ('type' in answer) throw new Error(`${answer.route.nextHop} has to be asked first`);
  return answer;
};

const request: IlpPacket = {
  type: 'liquidity-request',
  destinationAccount: 'test.b.client',
  destinationHoldDurationMs: 3000,
};

test('a question is answered by the response of its kind', () => {
  const { packet, outcome } = ask(encodeIlp(request));
  expect(outcome).toBe('liquidity-response');
  expect(decodeIlp(packet)).toEqual({
    type: 'liquidity-response',
    points: [
      [1n, 0n],
      [100_000_000_000_001n, 99_800_000_000_000n],
    ],
    appliesToPrefix: 'test.b.',
    sourceHoldDurationMs: 4000,
    expiresAtMs: NOW + 45_000,
  });
});

test('a liquidity answer stays below the 128 bytes that historic connectors can read', () => {
  // Type byte, one length byte (content below 128), content.
  expect(ask(encodeIlp(request)).packet[1]).toBeLessThan(128);
});

test('so does one about a way with many points', () => {
  const many = Array.from({ length: 40 }, (_, at) => [BigInt(at) * 9n, BigInt(at * at)] as const);
  const route = {
    destination: 'test.x.',
    sourceLedger: 'test.b.',
    sourceAccount: 'test.b.client',
    minMessageWindowS: 1,
    curve: Curve.of(many),
    paths: [],
  };
  const hold = { holdDownMs: 45_000, nowMs: NOW };
  table.learn({ ledgerId: 'b', account: 'test.b.client' }, [route], hold);
  const { packet } = ask(encodeIlp({ ...request, destinationAccount: 'test.x.y' }));
  table.forgetPeer('b');
  expect(packet[1]).toBeLessThan(128);
  expect(decodeIlp(packet)).toMatchObject({ points: { length: 5 } });
});

test.each([
  ['bytes that are no packet', Buffer.from('00ff', 'hex'), 'F01', 'Invalid Packet'],
  ['no bytes', Buffer.alloc(0), 'F01', 'Invalid Packet'],
  [
    'a payment',
    encodeIlp({ type: 'payment', amount: 1n, account: 'test.b.x', data: Buffer.alloc(0) }),
    'F00',
    'Bad Request',
  ],
  [
    'an unreachable destination',
    encodeIlp({ ...request, destinationAccount: 'test.x.y' }),
    'F02',
    'Unreachable',
  ],
])('%s get an ILP error of our account on that ledger', (_case, packet, code, name) => {
  const answer = ask(packet);
  expect(answer.outcome).toBe(code);
  expect(decodeIlp(answer.packet)).toMatchObject({
    type: 'error',
    code,
    name,
    triggeredBy: 'test.a.server',
    triggeredAtMs: NOW,
    forwardedBy: [],
  });
});

const NOTHING = Buffer.alloc(0);
const SAID = { sourceHoldDurationMs: 1, code: 'F02', triggeredBy: 'test.b.x' } as const;

test.each<IlpPacket>([
  { type: 'payment', amount: 1n, account: 'test.b.x', data: NOTHING },
  { type: 'forwarded-payment', account: 'test.b.x', data: NOTHING },
  { type: 'fulfillment-data', data: NOTHING },
  { type: 'rejection', ...SAID, message: 'no', data: NOTHING },
  { type: 'error', ...SAID, name: 'x', forwardedBy: [], triggeredAtMs: NOW, data: NOTHING },
  {
    type: 'liquidity-response',
    points: [[1n, 1n]],
    appliesToPrefix: 'test.b.',
    sourceHoldDurationMs: 1,
    expiresAtMs: NOW + 1,
  },
  { type: 'by-source-response', destinationAmount: 1n, sourceHoldDurationMs: 1 },
  { type: 'by-destination-response', sourceAmount: 1n, sourceHoldDurationMs: 1 },
])('what is no question is F00: $type', (packet) => {
  expect(decodeIlp(ask(encodeIlp(packet)).packet)).toMatchObject({
    type: 'error',
    code: 'F00',
    triggeredBy: 'test.a.server',
    forwardedBy: [],
  });
});

const MOST = 2n ** 64n - 1n;
const about = { destinationAccount: 'test.b.client', destinationHoldDurationMs: 3000 };

test.each<[string, IlpPacket, string]>([
  ['nothing by source', { type: 'by-source-request', ...about, sourceAmount: 0n }, 'F00'],
  [
    'nothing by destination',
    { type: 'by-destination-request', ...about, destinationAmount: 0n },
    'F00',
  ],
  [
    'the most that there is by destination',
    { type: 'by-destination-request', ...about, destinationAmount: MOST },
    'T04',
  ],
  [
    'the longest hold that can be written',
    { ...request, destinationHoldDurationMs: 0xffff_ffff },
    'F00',
  ],
])('a question for %s is refused', (_what, packet, code) => {
  expect(ask(encodeIlp(packet)).outcome).toBe(code);
});

test('the most that there is by source brings what the curve brings at its end', () => {
  const packet: IlpPacket = { type: 'by-source-request', ...about, sourceAmount: MOST };
  expect(decodeIlp(ask(encodeIlp(packet)).packet)).toEqual({
    type: 'by-source-response',
    destinationAmount: 99_800_000_000_000n,
    sourceHoldDurationMs: 4000,
  });
});

test('a ledger that is not there is named, by the connector itself', () => {
  const error = decodeIlp(ask(encodeIlp(request), 'gone').packet);
  expect(error).toMatchObject({ type: 'error', code: 'T01', triggeredBy: 'test.causeway' });
  expect(error.type === 'error' && errorMessage(error.data)).toContain('gone');
});

test('what only the next hop can tell is to be asked of it, with the same hold', () => {
  const packet = encodeIlp({ ...request, destinationAccount: 'far.x' });
  expect(answerQuotePacket(table, question(packet))).toMatchObject({
    type: 'remote-quote-needed',
    route: { nextHop: 'test.b.client', matchedKey: 'far.' },
    destination: 'far.x',
    holdDurationMs: 3000,
  });
});

test('an error of the next hop is passed on as it is, with our account as the latest to do so', () => {
  const packet = encodeIlp({ ...request, destinationAccount: 'far.x' });
  const error = {
    type: 'error',
    code: 'X42',
    name: 'Never Heard Of',
    triggeredBy: 'far.away',
    forwardedBy: ['far.mark'],
    triggeredAtMs: NOW - 5,
    data: Buffer.from('{"message":"no"}'),
  } as const;
  const refused = refuseQuotePacket(table, question(packet), { kind: 'relayed', error });
  // For whoever counts: peers can make up as many codes as they like.
  expect(refused.outcome).toBe('unknown-error');
  expect(decodeIlp(refused.packet)).toEqual({
    ...error,
    forwardedBy: ['far.mark', 'test.a.server'],
  });
});

test('no bytes whatever are too strange to be answered', () => {
  const start = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 255);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 60 }), (type, bytes) => {
      const { packet } = ask(Buffer.from([type, bytes.length, ...bytes]));
      expect([
        'error',
        'liquidity-response',
        'by-source-response',
        'by-destination-response',
      ]).toContain(decodeIlp(packet).type);
    }),
  );
});
