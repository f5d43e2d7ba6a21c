import { Curve } from '#domain/liquidity';
import {
  type BySourceRequest,
  decodeIlp,
  encodeIlp,
  type IlpPacket,
  type IlqpRequest,
} from '#protocol';
import vectors from '../../../test/vectors/vectors.json';
import { answerQuote } from './answer-quote';
import {
  amountRequest,
  BadQuoteError,
  liquidityRequest,
  readQuotedAmount,
  readQuotedTail,
  type RemoteQuoteNeeded,
} from './remote-quote';
import { RoutingTables } from './routing-tables';

const NOW = Date.parse('2017-08-28T09:32:00.000Z');
const RULES = { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 };
const REMOTE = { keptMs: 300_000, maxPoints: 3, maxWindowMs: 60_000 };

const curve = (...points: (readonly [number, number])[]): Curve =>
  Curve.of(points.map(([x, y]) => [BigInt(x), BigInt(y)] as const));

/** As in the vectors: a. to b. one for a hundred, less the spread. */
function tables(targetPrefix = 'd.'): RoutingTables {
  const local = curve([0, 0], [10_000, 998_000]);
  return RoutingTables.build(
    [
      { ledgerId: 'a', prefix: 'a.', currencyScale: 2, account: 'mark' },
      { ledgerId: 'b', prefix: 'b.', currencyScale: 4, account: 'mark' },
    ],
    {
      spreadPpm: 0n,
      minMessageWindowMs: 1000,
      staticRoutes: [{ targetPrefix, connectorLedger: 'b.', connectorAccount: 'b.bob' }],
      pricing: () => ({ local, public: local.shiftX(1n), shift: 1n }),
    },
  );
}

const bySource: BySourceRequest = {
  type: 'by-source-request',
  destinationAccount: 'd.dan',
  sourceAmount: 100n,
  destinationHoldDurationMs: 5000,
};

const answer = (
  at: RoutingTables,
  request: IlqpRequest = bySource,
): ReturnType<typeof answerQuote> =>
  answerQuote(at, { ledgerId: 'a', request, nowMs: NOW, rules: RULES });

function neededBy(at: RoutingTables, request: IlqpRequest = bySource): RemoteQuoteNeeded {
  const needed = answer(at, request);
  if (needed.type !== 'remote-quote-needed') throw new Error(`answered with ${needed.type}`);
  return needed;
}

const reply = (change: object = {}): Buffer =>
  encodeIlp({
    type: 'liquidity-response',
    points: [
      [0n, 0n],
      [10_000n, 20_000n],
    ],
    appliesToPrefix: 'd.',
    sourceHoldDurationMs: 6000,
    expiresAtMs: NOW + 10_000,
    ...change,
  });

function read(bytes: Buffer, targetPrefix?: string): ReturnType<typeof readQuotedTail> {
  const needed = neededBy(tables(targetPrefix));
  const { route } = needed;
  return readQuotedTail(bytes, {
    route,
    request: liquidityRequest(needed),
    nowMs: NOW,
    rules: REMOTE,
  });
}

describe('a remote quote as connector 21.1.10 asks for it and uses it', () => {
  const { requests_sent: sent, reply_hex: replied, results } = vectors.remote_quote;
  const at = tables();

  test('what it sends', () => {
    const needed = neededBy(at);
    expect(encodeIlp(liquidityRequest(needed)).toString('hex')).toBe(sent[0]?.ilp_hex);
    expect(needed.route.nextHop).toBe(sent[0]?.to);
    expect(needed.route.next.ledgerId).toBe('b');
  });

  test.each(results)('what it answers then: $id', ({ destinationAmount, sourceHoldDuration }) => {
    const needed = neededBy(tables());
    const quoted = readQuotedTail(Buffer.from(replied, 'hex'), {
      route: needed.route,
      request: liquidityRequest(needed),
      nowMs: NOW,
      rules: REMOTE,
    });
    if ('type' in quoted) throw new Error('an error');
    at.quote({ ledgerId: 'b', account: 'b.bob', routeKey: 'd.' }, quoted);
    // 50 units are 4990 on b., and these 9980: the joined curve of history errs by 20.
    expect(answer(at, { ...bySource, sourceAmount: 50n })).toEqual({
      type: 'by-source-response',
      destinationAmount: BigInt(destinationAmount) - 20n,
      sourceHoldDurationMs: sourceHoldDuration,
    });
  });
});

describe('what a next hop answers', () => {
  test('counts for its route, or for less, and never for longer than we keep quotes', () => {
    expect(read(reply())).toEqual({
      key: 'd.',
      curve: curve([0, 0], [10_000, 20_000]),
      windowMs: 1000,
      expiresAtMs: NOW + 10_000,
    });
    expect(read(reply(), '')).toMatchObject({ key: 'd.' });
    expect(read(reply({ appliesToPrefix: 'd.dan' }))).toMatchObject({ key: 'd.dan' });
    expect(read(reply({ appliesToPrefix: '' }))).toMatchObject({ key: 'd.' });
    expect(read(reply({ expiresAtMs: NOW + 999_999 }))).toMatchObject({
      expiresAtMs: NOW + 300_000,
    });
    expect(read(reply({ sourceHoldDurationMs: 5000 }))).toMatchObject({ windowMs: 0 });
  });

  test.each<[string, object, string]>([
    ['no points', { points: [] }, 'no-points'],
    ['too many points', { points: [0n, 1n, 2n, 3n].map((x) => [x, x]) }, 'too-many-points'],
    ['an end in the past', { expiresAtMs: NOW - 1 }, 'expired'],
    ['an end just now', { expiresAtMs: NOW }, 'expired'],
    ['less time than is to be held', { sourceHoldDurationMs: 4999 }, 'hold-too-short'],
    ['more time than anybody has', { sourceHoldDurationMs: 65_001 }, 'hold-too-long'],
    ['a prefix of others', { appliesToPrefix: 'e.' }, 'other-prefix'],
    ['a prefix that ends inside the name', { appliesToPrefix: 'd.da' }, 'other-prefix'],
    ['a prefix that goes on behind the name', { appliesToPrefix: 'd.dan.' }, 'other-prefix'],
  ])('with %s is no quote', (_what, change, fault) => {
    expect(() => read(reply(change))).toThrow(new BadQuoteError(fault as 'expired'));
  });

  test.each<[string, Buffer, string]>([
    ['no bytes', Buffer.alloc(0), 'undecodable'],
    ['bytes that are no packet', Buffer.from('0300ff', 'hex'), 'undecodable'],
    ['x that does not increase', points(5n, 1n, 5n, 2n), 'undecodable'],
    ['y that falls', points(5n, 2n, 6n, 1n), 'undecodable'],
    ['its own question', encodeIlp(bySource), 'wrong-type'],
    [
      'an answer to another question',
      encodeIlp({ type: 'by-source-response', destinationAmount: 5n, sourceHoldDurationMs: 6000 }),
      'wrong-type',
    ],
  ])('that is %s is no quote', (_what, bytes, fault) => {
    expect(() => read(bytes)).toThrow(new BadQuoteError(fault as 'expired'));
  });

  test('may be an error, which is none of ours', () => {
    const error: IlpPacket = {
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'd.x',
      forwardedBy: [],
      triggeredAtMs: NOW,
      data: Buffer.from('no'),
    };
    expect(read(encodeIlp(error))).toEqual(error);
  });

  test('may be an error of type 11, which is one of type 8 to us', () => {
    const rejection: IlpPacket = {
      type: 'rejection',
      code: 'F02',
      triggeredBy: 'd.x',
      message: '☂'.repeat(2_730),
      data: Buffer.from('lost'),
    };
    expect(read(encodeIlp(rejection))).toEqual({
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'd.x',
      forwardedBy: [],
      triggeredAtMs: NOW,
      data: Buffer.from('☂'.repeat(2_730)),
    });
  });
});

/** Two points under the reply, of which no curve can be made; the codec refuses to write them. */
function points(...[x, y, u, v]: [bigint, bigint, bigint, bigint]): Buffer {
  const good = reply({
    points: [
      [1n, 1n],
      [2n, 2n],
    ],
  });
  const words = Buffer.alloc(32);
  [x, y, u, v].forEach((each, index) => {
    words.writeUInt32LE(Number(each), index * 8 + 4);
  });
  const bytes = Buffer.from(good);
  words.copy(bytes, bytes.indexOf(Buffer.from('0102', 'hex')) + 2);
  return bytes;
}

describe('a next hop that quotes amounts only (D-37)', () => {
  const byDestination: IlqpRequest = {
    type: 'by-destination-request',
    destinationAccount: 'd.dan',
    destinationAmount: 700n,
    destinationHoldDurationMs: 5000,
  };

  function told(request: IlqpRequest, packet: IlpPacket): ReturnType<typeof answerQuote> {
    const at = tables();
    const needed = neededBy(at, request);
    const asked = amountRequest(needed.route, needed);
    if (asked === undefined) throw new Error('nothing is asked');
    const rules = REMOTE;
    const context = { route: needed.route, request: asked, nowMs: NOW, rules };
    const quotedAmount = readQuotedAmount(encodeIlp(packet), context);
    if ('type' in quotedAmount) throw new Error('an error');
    return answerQuote(at, { ledgerId: 'a', request, nowMs: NOW, rules: RULES, quotedAmount });
  }

  test('is asked for what reaches it, and what it says is the answer', () => {
    const needed = neededBy(tables());
    expect(amountRequest(needed.route, needed)).toEqual({ ...bySource, sourceAmount: 9980n });
    const sourceHoldDurationMs = 6500;
    expect(
      told(bySource, { type: 'by-source-response', destinationAmount: 77n, sourceHoldDurationMs }),
    ).toEqual({
      type: 'by-source-response',
      destinationAmount: 77n,
      sourceHoldDurationMs: 7500,
    });
  });

  test('is asked for what is to arrive, and what it wants is turned into what we want', () => {
    const needed = neededBy(tables(), byDestination);
    expect(amountRequest(needed.route, needed)).toEqual(byDestination);
    const wants = (sourceAmount: bigint): unknown =>
      told(byDestination, {
        type: 'by-destination-response',
        sourceAmount,
        sourceHoldDurationMs: 6000,
      });
    expect(wants(9980n)).toMatchObject({ sourceAmount: 100n, sourceHoldDurationMs: 7000 });
    expect(wants(9981n)).toMatchObject({ sourceAmount: 101n });
    expect(wants(998_001n)).toMatchObject({ type: 'refusal', code: 'T04' });
  });

  test('is asked for nothing where nothing reaches it', () => {
    const needed = neededBy(tables(), { ...bySource, sourceAmount: 1n });
    const route = {
      ...needed.route,
      head: { local: curve([5, 0], [10, 9]), public: curve([5, 0], [10, 9]), shift: 0n },
    };
    expect(amountRequest(route, needed)).toBeUndefined();
  });

  test.each<[string, IlpPacket, string]>([
    [
      'of another kind',
      { type: 'by-destination-response', sourceAmount: 5n, sourceHoldDurationMs: 6000 },
      'wrong-type',
    ],
    ['a curve', decodeIlp(reply()), 'wrong-type'],
    [
      'nothing',
      { type: 'by-source-response', destinationAmount: 0n, sourceHoldDurationMs: 6000 },
      'nothing',
    ],
    [
      'for less time than is to be held',
      { type: 'by-source-response', destinationAmount: 5n, sourceHoldDurationMs: 4999 },
      'hold-too-short',
    ],
  ])('says nothing by an answer that is %s', (_what, packet, fault) => {
    expect(() => told(bySource, packet)).toThrow(new BadQuoteError(fault as 'expired'));
  });
});
