import { Curve } from '#domain/liquidity';
import type { RouteExplanation } from './explain-route';
import { RoutingTables } from './routing-tables';

const NOW = 1_000_000;
const HOLD = { holdDownMs: 45_000, nowMs: NOW };
const line = (...points: [number, number][]): Curve =>
  Curve.of(points.map(([x, y]) => [BigInt(x), BigInt(y)] as const));

const LEDGERS = ['a', 'b', 'c', 'd'].map((ledgerId) => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyScale: 0,
  account: 'us',
  isConnected: ledgerId !== 'd',
}));

function tables(): RoutingTables {
  const via = { connectorLedger: 'test.b.', connectorAccount: 'test.b.up' };
  const built = RoutingTables.build(LEDGERS, {
    spreadPpm: 0n,
    minMessageWindowMs: 1000,
    staticRoutes: [{ targetPrefix: '', ...via }],
  });
  const tell = (over: string, curve: Curve | undefined, paths: string[][]): void => {
    const account = `test.${over}.peer`;
    const sourceLedger = `test.${over}.`;
    const route = { destination: 'x.', sourceLedger, sourceAccount: account, paths };
    const routes = [{ ...route, minMessageWindowS: 1, curve }];
    built.learn({ ledgerId: over, account }, routes, HOLD);
  };
  tell('b', line([0, 0], [100, 50]), [[]]);
  tell('c', line([0, 0], [1000, 1000]), [['p.', 'q.']]);
  tell('d', undefined, [['test.c.']]);
  return built;
}

const explain = (from: string, to: string, amount = 100n): RouteExplanation =>
  tables().explain({ from, to, amount, nowMs: NOW });

test('all ways are told with what they bring, and which of them is chosen for which amounts', () => {
  expect(explain('a', 'x.carl')).toMatchObject({
    verdict: 'route',
    matchedKey: 'x.',
    ways: [
      {
        kind: 'learnt',
        nextPrefix: 'test.b.',
        nextHop: 'test.b.peer',
        length: 3,
        group: 1,
        price: { brings: 50n, leastSource: 0n, mostSource: 100n, mostBrought: 50n },
        isChosen: true,
      },
      { nextHop: 'test.c.peer', length: 5, group: 2, price: { brings: 100n }, isChosen: false },
    ],
    refused: [{ kind: 'learnt', nextHop: 'test.d.peer', reason: 'next-ledger-disconnected' }],
    sections: [
      { fromAmount: 0n, toAmount: 100n, nextHop: 'test.b.peer', group: 1 },
      { fromAmount: 101n, toAmount: undefined, nextHop: 'test.c.peer', group: 2 },
    ],
  });
  expect(explain('a', 'x.carl', 101n).ways.map(({ isChosen }) => isChosen)).toEqual([false, true]);
});

test('a way back, a loop and a shorter prefix are told', () => {
  const { ways, refused } = explain('c', 'x.carl');
  expect(ways.map(({ nextHop }) => nextHop)).toEqual(['test.b.peer']);
  expect(refused.map(({ reason }) => reason)).toEqual(['loop', 'returns-to-source']);
  const late = tables().explain({ from: 'a', to: 'x.carl', amount: 1n, nowMs: NOW + 45_000 });
  expect(late).toMatchObject({
    verdict: 'route',
    matchedKey: '',
    passedOver: [{ key: 'x.', refused: [{ reason: 'expired' }, { reason: 'expired' }, {}] }],
    ways: [{ kind: 'static', nextHop: 'test.b.up', price: undefined, isChosen: true }],
    sections: [{ fromAmount: 0n, toAmount: undefined, nextHop: 'test.b.up', group: 1 }],
  });
});

test.each([
  ['unknown-source-ledger', 'nobody', 'x.carl'],
  ['stays-on-source', 'a', 'test.a.alice'],
  ['unusable', 'a', 'test.d.x'],
  ['no-route', 'b', 'nowhere.x'],
])('there is no way: %s', (verdict, from, to) => {
  expect(explain(from, to)).toMatchObject({ verdict, ways: [], sections: [] });
});
