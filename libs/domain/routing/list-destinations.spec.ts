import { Curve } from '#domain/liquidity';
import { RoutingTables } from './routing-tables';

const NOW = 1_000_000;
const CURVE = Curve.of([
  [0n, 0n],
  [10n, 20n],
]);

function tables(): RoutingTables {
  const ledgers = ['a', 'b'].map((ledgerId) => ({
    ledgerId,
    prefix: `test.${ledgerId}.`,
    currencyScale: 0,
    account: 'us',
    isConnected: ledgerId === 'a',
  }));
  const via = { connectorLedger: 'test.b.', connectorAccount: 'test.b.up' };
  const built = RoutingTables.build(ledgers, {
    spreadPpm: 0n,
    minMessageWindowMs: 1000,
    staticRoutes: [{ targetPrefix: 'x.', ...via }],
  });
  for (const over of ['a', 'b']) {
    const account = `test.${over}.peer`;
    const route = { sourceLedger: `test.${over}.`, sourceAccount: account, minMessageWindowS: 2 };
    const more = { curve: CURVE, paths: [['p.']] };
    built.learn(
      { ledgerId: over, account },
      ['x.', `y.${over}.`].map((destination) => ({ ...route, ...more, destination })),
      { holdDownMs: 45_000, nowMs: NOW },
    );
  }
  return built;
}

const keys = (range: Partial<Parameters<RoutingTables['list']>[0]>): string[] =>
  tables()
    .list({ prefix: '', limit: 100, ...range })
    .map(({ destination }) => destination);

test('every destination is listed once, in order, page by page', () => {
  const all = ['test.a.', 'test.b.', 'x.', 'y.a.', 'y.b.'];
  expect(keys({})).toEqual(all);
  expect(keys({ limit: 2 })).toEqual(all.slice(0, 2));
  expect(keys({ limit: 2, after: 'test.b.' })).toEqual(['x.', 'y.a.']);
  expect(keys({ after: 'y.b.' })).toEqual([]);
});

test('only what begins with the prefix, or was learnt on the ledger, where that is asked for', () => {
  expect(keys({ prefix: 'y.' })).toEqual(['y.a.', 'y.b.']);
  expect(keys({ prefix: 'y.c' })).toEqual([]);
  expect(keys({ learntOn: 'a' })).toEqual(['x.', 'y.a.']);
});

test('all that leads to a destination is told, connected or not', () => {
  const [, , x] = tables().list({ prefix: '', limit: 100 });
  const told = { length: 4, curve: CURVE, minMessageWindowS: 2, expiresAtMs: NOW + 45_000 };
  expect(x?.ways).toMatchObject([
    { kind: 'static', nextHop: 'test.b.up', length: 3, curve: undefined, isConnected: false },
    { kind: 'learnt', nextHop: 'test.a.peer', ...told, paths: [['p.']], isConnected: true },
    { kind: 'learnt', nextHop: 'test.b.peer', ...told, isConnected: false },
  ]);
  const [onA] = tables().list({ prefix: 'x.', limit: 100, learntOn: 'a' });
  expect(onA?.ways.map(({ nextHop }) => nextHop)).toEqual(['test.a.peer']);
  const [own] = tables().list({ prefix: 'test.a.', limit: 1 });
  expect(own?.ways).toMatchObject([{ kind: 'local', nextPrefix: 'test.a.', isConnected: true }]);
});
