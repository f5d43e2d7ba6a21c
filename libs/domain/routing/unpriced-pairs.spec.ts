import { Curve } from '#domain/liquidity';
import { answerQuote } from './answer-quote';
import type { UnpricedPair } from './pair-book';
import { RoutingTables } from './routing-tables';

const NOW = 1_000_000;
const HOLD = { holdDownMs: 45_000, nowMs: NOW };
const USD = { currencyScale: 0, currencyCode: 'USD', account: 'us' };
const LEDGERS = [
  { ledgerId: 'a', prefix: 'test.a.', ...USD },
  { ledgerId: 'b', prefix: 'test.b.', ...USD, currencyCode: 'EUR', peerAccount: 'peer' },
  { ledgerId: 'c', prefix: 'test.c.', ...USD },
  { ledgerId: 'x', prefix: 'test.x.', ...USD, currencyCode: 'XYZ' },
];

/** USD and EUR are exchanged as the test says, XYZ never. */
function tables(unpriced: UnpricedPair | undefined): RoutingTables {
  const local = Curve.of([
    [0n, 0n],
    [100n, 100n],
  ]);
  const via = { connectorLedger: 'test.b.', connectorAccount: 'test.b.peer' };
  const built = RoutingTables.build(LEDGERS, {
    spreadPpm: 0n,
    minMessageWindowMs: 1000,
    staticRoutes: [{ targetPrefix: 'test.wired.', ...via }],
    pricing: (source, next) => {
      if (source.currencyCode === next.currencyCode) return { local, public: local, shift: 0n };
      return source.ledgerId === 'x' || next.ledgerId === 'x' ? undefined : unpriced;
    },
  });
  const teller = { ledgerId: 'b', account: 'test.b.peer' };
  const told = { sourceLedger: 'test.b.', sourceAccount: teller.account, minMessageWindowS: 1 };
  built.learn(teller, [{ ...told, destination: 'test.far.', curve: local, paths: [[]] }], HOLD);
  return built;
}

const find = (made: RoutingTables, destination: string, sourceAmount = 50n) =>
  made.routeFor({ sourceLedgerId: 'a', destination, nowMs: NOW, sourceAmount });

const quoted = (made: RoutingTables, destinationAccount: string) =>
  answerQuote(made, {
    ledgerId: 'a',
    request: {
      type: 'by-source-request',
      destinationAccount,
      sourceAmount: 50n,
      destinationHoldDurationMs: 1000,
    },
    nowMs: NOW,
    rules: { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 },
  });

describe.each([
  ['rates-unknown', 'No exchange rate is known yet: USD to EUR'],
  ['rates-stale', 'The exchange rate is too old to be used: USD to EUR'],
] as const)('while %s', (unpriced, message) => {
  const made = tables({ unpriced });

  test.each(['test.b.x', 'test.far.x', 'test.wired.x'])('%s is there, without a price', (to) => {
    expect(find(made, to)).toMatchObject({
      kind: 'unusable',
      nextPrefix: 'test.b.',
      next: { ledgerId: 'b' },
      reason: unpriced,
    });
    expect(quoted(made, to)).toEqual({ type: 'refusal', code: 'T01', message });
  });

  test('what has nothing to do with rates goes on, and what nobody configured is not there', () => {
    expect(find(made, 'test.c.x')).toMatchObject({ kind: 'local' });
    expect(find(made, 'test.x.x')).toBeUndefined();
    expect(quoted(made, 'test.x.x')).toMatchObject({ code: 'F02' });
  });

  test('nothing over the pair is told to anybody', () => {
    expect([...(made.exportOver('a', NOW)?.routes.keys() ?? [])]).toEqual(['test.c.']);
  });

  test('explains what is missing', () => {
    const question = { from: 'a', to: 'test.far.x', amount: 50n, nowMs: NOW };
    expect(made.explain(question)).toMatchObject({
      verdict: 'unusable',
      matchedKey: 'test.far.',
      refused: [{ kind: 'learnt', nextPrefix: 'test.b.', reason: unpriced }],
    });
  });
});

test('a pair that is priced again is used and told again, and another reason is another answer', () => {
  const made = tables({ unpriced: 'rates-unknown' });
  expect(find(made, 'test.b.x')).toMatchObject({ reason: 'rates-unknown' });
  made.reprice(() => ({ unpriced: 'rates-stale' }));
  expect(find(made, 'test.b.x')).toMatchObject({ reason: 'rates-stale' });
  made.reprice(() => ({ rate: { numerator: 1n, denominator: 1n }, spreadPpm: 0n }));
  expect(find(made, 'test.b.x')).toMatchObject({ kind: 'local' });
  expect(made.exportOver('a', NOW)?.routes.has('test.b.')).toBe(true);
  made.reprice(() => ({ unpriced: 'rates-stale' }));
  expect(made.exportOver('a', NOW)?.routes.has('test.b.')).toBe(false);
});

test('a way that is over, or leads back, is not waited for', () => {
  const made = tables({ unpriced: 'rates-stale' });
  const later = { sourceLedgerId: 'a', destination: 'test.far.x', sourceAmount: 50n };
  expect(made.routeFor({ ...later, nowMs: NOW + HOLD.holdDownMs })).toBeUndefined();
  expect(made.routeFor({ ...later, sourceLedgerId: 'b', nowMs: NOW })).toBeUndefined();
});
