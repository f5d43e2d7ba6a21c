import { type CurvePoint, type IlqpRequest } from '#protocol';
import { Curve } from '#domain/liquidity';
import vectors from '../../../test/vectors/vectors.json';
import { answerQuote, type QuoteRules } from './answer-quote';
import { type LedgerFacts, localLedger } from './local-ledger';
import type { Route } from './route';
import { RouteTable } from './route-table';

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

describe('quotes as connector 21.1.10 gives them', () => {
  const points = vectors.quotes.environment.local_pairs[0]?.[2];
  if (!Array.isArray(points)) throw new Error('the vectors name no curve');
  const local = Curve.of(points.map(([x = 0, y = 0]): CurvePoint => [BigInt(x), BigInt(y)]));
  const route: Route = {
    kind: 'local',
    matchedKey: 'b.',
    source: localLedger(A),
    next: localLedger(B),
    curves: { local, public: local.shiftX(1n) },
    minMessageWindowMs: 1000,
  };
  const table = {
    findRoute: (_source: string, to: string) => (to.startsWith('b.') ? route : undefined),
    appliesToPrefix: () => 'b.',
  };
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

  test('liquidity', () => {
    const expected = result('liquidity-local');
    expect(answer(liquidity())).toEqual({
      type: 'liquidity-response',
      points: expected.points?.map((point) => point.map(BigInt)),
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
  const build = (spreadPpm: bigint, ledgers: readonly LedgerFacts[] = [A, B]): RouteTable =>
    RouteTable.build(ledgers, {
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
    ['nothing asked for', byDestination(0n), 'F00', /positive/],
    ['too little to arrive', bySource(1n, 'a.alice'), 'F00', /too small/],
    ['more than the curve can give', byDestination(10n ** 14n + 1n), 'T04', /deliver/],
    ['no way at all', liquidity('nowhere.x'), 'F02', /nowhere\.x/],
    ['back where it comes from', liquidity('b.alice'), 'F02', /b\.alice/],
    ['a way without a price', liquidity('far.x'), 'T01', /remote quotes/],
    ['a way over a ledger that is not there', liquidity('off.x'), 'T01', /c\./],
  ])('no quote: %s', (reason, request, code, message) => {
    const ledgerId = /back|little/.test(reason) ? 'b' : 'a';
    const refused = answerQuote(table, { ledgerId, request, nowMs: NOW, rules: RULES });
    expect(refused).toMatchObject({ type: 'refusal', code });
    expect(refused).toMatchObject({ message: expect.stringMatching(message) as string });
  });
});
