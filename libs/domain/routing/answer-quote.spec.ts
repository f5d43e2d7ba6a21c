import { type CurvePoint, type IlqpRequest } from '#protocol';
import { Curve, ONE_TO_ONE } from '#domain/liquidity';
import vectors from '../../../test/vectors/vectors.json';
import { answerQuote, type QuoteRules } from './answer-quote';
import type { LedgerFacts } from './local-ledger';
import { RoutingTables } from './routing-tables';

const NOW = Date.parse('2017-08-28T09:32:00.000Z');
const RULES: QuoteRules = { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 };
const A: LedgerFacts = { ledgerId: 'a', prefix: 'a.', currencyScale: 2, account: 'mark' };
const B: LedgerFacts = { ledgerId: 'b', prefix: 'b.', currencyScale: 4, account: 'mark' };

const bySource = (sourceAmount: bigint, to = 'b.bob'): IlqpRequest => ({
  type: 'by-source-request',
  destinationAccount: to,
  sourceAmount,
  destinationHoldDurationMs: 5000,
});
const byDestination = (destinationAmount: bigint, to = 'b.bob'): IlqpRequest => ({
  type: 'by-destination-request',
  destinationAccount: to,
  destinationAmount,
  destinationHoldDurationMs: 5000,
});
const liquidity = (to = 'b.bob'): IlqpRequest => ({
  type: 'liquidity-request',
  destinationAccount: to,
  destinationHoldDurationMs: 5000,
});

test.each<[string, number | undefined]>([
  ['EUR', 12],
  ['USD', undefined],
])(
  'an answer names the exchange rates that it rests on, if any: from %s',
  (currencyCode, version) => {
    const tables = RoutingTables.build(
      [
        { ...A, currencyCode },
        { ...B, currencyCode: 'USD' },
      ],
      {
        spreadPpm: 0n,
        minMessageWindowMs: 1000,
        staticRoutes: [],
        pricing: (source, next) => ({
          rate: ONE_TO_ONE,
          spreadPpm: 0n,
          ratesVersion: source.currencyCode === next.currencyCode ? undefined : 12,
        }),
      },
    );
    const asked = { destinationAccount: 'b.bob', destinationHoldDurationMs: 3000 };
    const requests: IlqpRequest[] = [
      { type: 'by-source-request', sourceAmount: 1_000n, ...asked },
      { type: 'by-destination-request', destinationAmount: 1_000n, ...asked },
      { type: 'liquidity-request', ...asked },
    ];
    for (const request of requests) {
      const answer = answerQuote(tables, { ledgerId: 'a', request, nowMs: NOW, rules: RULES });
      expect(answer).toMatchObject({ type: request.type.replace('request', 'response') });
      expect(answer).toHaveProperty('ratesVersion', version);
    }
  },
);

describe('quotes as connector 21.1.10 gives them', () => {
  const { local_pairs: pairs, remote_routes: remote } = vectors.quotes.environment;
  const curveOf = (points: readonly (readonly number[])[]): Curve =>
    Curve.of(points.map(([x = 0, y = 0]): CurvePoint => [BigInt(x), BigInt(y)]));
  const table = RoutingTables.build([A, B], {
    spreadPpm: 0n,
    minMessageWindowMs: 1000,
    staticRoutes: [],
    pricing: (source) => {
      const points = pairs.find(([from]) => from === source.prefix)?.[2];
      if (!Array.isArray(points)) throw new Error('the vectors name no curve');
      const local = curveOf(points);
      return { local, public: local.shiftX(1n), shift: 1n };
    },
  });
  const learnt = remote.map((route) => ({
    destination: route.destination_ledger,
    sourceLedger: route.source_ledger,
    sourceAccount: route.source_account,
    minMessageWindowS: route.min_message_window,
    curve: curveOf(route.points),
    paths: [[]],
  }));
  const hold = { holdDownMs: 45_000, nowMs: NOW };
  expect(table.learn({ ledgerId: 'b', account: 'b.bob' }, learnt, hold)).toEqual([]);
  const answer = (request: IlqpRequest): unknown =>
    answerQuote(table, { ledgerId: 'a', request, nowMs: NOW, rules: RULES });
  const result = (id: string): (typeof vectors.quotes.results)[number] => {
    const found = vectors.quotes.results.find((each) => each.id === id);
    if (found === undefined) throw new Error(`no vector ${id}`);
    return found;
  };

  test('by source amount', () => {
    const { destinationAmount, sourceHoldDuration } = result('by-source-local');
    expect(answer(bySource(100n))).toEqual({
      type: 'by-source-response',
      destinationAmount: BigInt(destinationAmount ?? ''),
      sourceHoldDurationMs: sourceHoldDuration,
    });
  });

  test.each([
    ['by-destination-local', 9980n],
    ['by-destination-local-exact', 10_000n],
  ])('by destination amount: %s', (id, amount) => {
    const { sourceAmount, sourceHoldDuration } = result(id);
    expect(answer(byDestination(amount))).toEqual({
      type: 'by-destination-response',
      sourceAmount: BigInt(sourceAmount ?? ''),
      sourceHoldDurationMs: sourceHoldDuration,
    });
  });

  test('over two hops', () => {
    const forward = result('by-source-two-hops');
    expect(answer(bySource(100n, 'c.carl'))).toEqual({
      type: 'by-source-response',
      destinationAmount: BigInt(forward.destinationAmount ?? ''),
      sourceHoldDurationMs: forward.sourceHoldDuration,
    });
    const backward = result('by-destination-two-hops');
    expect(answer(byDestination(4989n, 'c.carl'))).toEqual({
      type: 'by-destination-response',
      sourceAmount: BigInt(backward.sourceAmount ?? ''),
      sourceHoldDurationMs: backward.sourceHoldDuration,
    });
  });

  test.each([
    ['liquidity-local', 'b.bob', undefined],
    // Rounding up moves the first point by one unit (D-23): nothing arrives for 1 either way.
    ['liquidity-two-hops', 'c.carl', [2n, 0n]],
  ])('%s', (id, to, first) => {
    const expected = result(id);
    const [historic, ...points] = expected.points?.map((point) => point.map(BigInt)) ?? [];
    expect(answer(liquidity(to))).toEqual({
      type: 'liquidity-response',
      points: [first ?? historic, ...points],
      appliesToPrefix: expected.applies_to_prefix,
      sourceHoldDurationMs: expected.source_hold_duration,
      expiresAtMs: Date.parse(expected.expires_at ?? ''),
    });
  });

  test.each([
    ['hold-too-long', { ...bySource(100n), destinationHoldDurationMs: 10_001 }, 'F00'],
    ['zero-source', bySource(0n), 'F00'],
    ['no-route', bySource(100n, 'nowhere.bob'), 'F02'],
    ['too-much', byDestination(998_001n), 'T04'],
  ])('no quote: %s', (id, request, code) => {
    expect(result(id).error_name).toBeDefined();
    expect(answer(request)).toMatchObject({ type: 'refusal', code });
  });
});

describe('quotes from a table', () => {
  const build = (spreadPpm: bigint, ledgers: readonly LedgerFacts[] = [A, B]): RoutingTables =>
    RoutingTables.build(ledgers, {
      spreadPpm,
      minMessageWindowMs: 1000,
      staticRoutes: [
        { targetPrefix: 'far.', connectorLedger: 'b.', connectorAccount: 'b.bob' },
        { targetPrefix: 'off.', connectorLedger: 'c.', connectorAccount: 'c.carl' },
        { targetPrefix: 'b.deep.', connectorLedger: 'b.', connectorAccount: 'b.bob' },
      ],
    });
  const table = build(2000n);
  const answer = (request: IlqpRequest, from = table): unknown =>
    answerQuote(from, { ledgerId: 'a', request, nowMs: NOW, rules: RULES });

  test('by source amount is what a payment of it delivers', () => {
    expect(answer(bySource(100n))).toMatchObject({ destinationAmount: 9980n });
  });

  test('by destination amount asks one unit more than the exchange needs', () => {
    expect(answer(byDestination(9980n))).toMatchObject({ sourceAmount: 101n });
  });

  test('by destination amount of a trivial pair asks exactly what the exchange needs', () => {
    const trivial = build(0n, [A, { ...B, currencyScale: 2 }]);
    expect(answer(byDestination(9980n), trivial)).toMatchObject({ sourceAmount: 9980n });
  });

  test('by destination amount never asks for more than the source ledger can take in', () => {
    const costs = (maxIn: bigint): unknown =>
      answer(byDestination(200n), build(0n, [{ ...A, maxIn }, B]));
    expect(costs(3n)).toMatchObject({ sourceAmount: 3n });
    expect(costs(2n)).toMatchObject({ sourceAmount: 2n });
    expect(costs(1n)).toMatchObject({ type: 'refusal', code: 'T04' });
  });

  test('a hold of the longest time is quoted, one millisecond more is not', () => {
    const held = (destinationHoldDurationMs: number): unknown =>
      answer({ ...liquidity(), destinationHoldDurationMs });
    expect(held(10_000)).toMatchObject({ sourceHoldDurationMs: 11_000 });
    expect(held(10_001)).toMatchObject({ type: 'refusal', code: 'F00' });
  });

  test('an answer about liquidity holds only where no other route begins', () => {
    expect(answer(liquidity('b.bob'))).toMatchObject({ appliesToPrefix: 'b.bob' });
    expect(answer(liquidity('b.wide.bob'))).toMatchObject({ appliesToPrefix: 'b.wide.' });
  });

  test.each([
    ['liquidity', liquidity('far.x')],
    ['by source amount', bySource(5n, 'far.x')],
    ['by destination amount', byDestination(5n, 'far.x')],
  ])('a way without a price needs a quote of its next hop: %s', (_kind, request) => {
    expect(answer(request)).toMatchObject({
      type: 'remote-quote-needed',
      route: { kind: 'curve-less', nextHop: 'b.bob', next: { ledgerId: 'b' } },
    });
  });

  test.each([
    ['nothing asked for', byDestination(0n), 'F00', /positive/],
    ['too little to arrive', bySource(1n, 'a.alice'), 'F00', /too small/],
    ['more than the curve can give', byDestination(10n ** 14n + 1n), 'T04', /deliver/],
    ['no way at all', liquidity('nowhere.x'), 'F02', /nowhere\.x/],
    ['back where it comes from', liquidity('b.alice'), 'F02', /b\.alice/],
    ['a way over a ledger that is not there', liquidity('off.x'), 'T01', /c\./],
  ])('no quote: %s', (reason, request, code, message) => {
    const ledgerId = /back|little/.test(reason) ? 'b' : 'a';
    const refused = answerQuote(table, { ledgerId, request, nowMs: NOW, rules: RULES });
    expect(refused).toMatchObject({ type: 'refusal', code });
    expect(refused).toMatchObject({ message: expect.stringMatching(message) as string });
  });
});

describe('quotes over a way that a peer told', () => {
  const points = [
    [0n, 100n],
    [10n, 300n],
  ] as const;
  const answer = (request: IlqpRequest, minMessageWindowS = 1, spreadPpm = 0n): unknown => {
    const tables = RoutingTables.build([A, { ...B, currencyScale: 2 }], {
      spreadPpm,
      minMessageWindowMs: 1000,
      staticRoutes: [],
    });
    const route = {
      destination: 'far.',
      sourceLedger: 'b.',
      sourceAccount: 'b.bob',
      minMessageWindowS,
      curve: Curve.of(points),
      paths: [[]],
    };
    const hold = { holdDownMs: 45_000, nowMs: NOW };
    expect(tables.learn({ ledgerId: 'b', account: 'b.bob' }, [route], hold)).toEqual([]);
    return answerQuote(tables, { ledgerId: 'a', request, nowMs: NOW, rules: RULES });
  };

  test.each([
    [1.0001, 7001],
    [0.0005, 6001],
    [0, 6000],
    [86_400, 86_406_000],
  ])('are of whole milliseconds, none too few, where it tells %d s', (seconds, held) => {
    const requests = [bySource(5n, 'far.x'), byDestination(200n, 'far.x'), liquidity('far.x')];
    for (const request of requests) {
      expect(answer(request, seconds)).toMatchObject({
        type: request.type.replace('request', 'response'),
        sourceHoldDurationMs: held,
      });
    }
  });

  test('never say that something costs nothing, whatever it tells', () => {
    expect(answer(byDestination(100n, 'far.x'))).toMatchObject({ type: 'refusal', code: 'F00' });
    expect(answer(byDestination(101n, 'far.x'))).toMatchObject({ sourceAmount: 1n });
    // One unit is none on the next ledger, which cannot carry a transfer of nothing.
    const [least, spreadPpm] = [{ type: 'refusal', code: 'F00' }, 2_000n];
    expect(answer(byDestination(100n, 'far.x'), 1, spreadPpm)).toMatchObject(least);
    expect(answer(bySource(1n, 'far.x'), 1, spreadPpm)).toMatchObject(least);
    expect(answer(bySource(2n, 'far.x'), 1, spreadPpm)).toMatchObject({ destinationAmount: 120n });
  });

  test('are refused beyond what it takes: T04, in units of the destination', () => {
    const refused = { type: 'refusal', code: 'T04', message: 'No more than 300 can be delivered' };
    expect(answer(byDestination(301n, 'far.x'))).toMatchObject(refused);
    expect(answer(byDestination(2n ** 64n - 1n, 'far.x'))).toMatchObject(refused);
    expect(answer(bySource(2n ** 64n - 1n, 'far.x'))).toMatchObject({ destinationAmount: 300n });
  });
});
