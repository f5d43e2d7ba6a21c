import type { LedgerFacts } from './local-ledger';
import type { Route } from './route';
import { RoutingTables, type RoutingRules } from './routing-tables';
import { InvalidStaticRouteError, type StaticRouteRule } from './static-route';

const ledger = (ledgerId: string, facts: Partial<LedgerFacts> = {}): LedgerFacts => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyScale: 9,
  account: 'server',
  ...facts,
});

const via = (targetPrefix: string, ledgerId: string): StaticRouteRule => ({
  targetPrefix,
  connectorLedger: `test.${ledgerId}.`,
  connectorAccount: `test.${ledgerId}.client`,
});

const RULES: RoutingRules = { spreadPpm: 2000n, minMessageWindowMs: 1000, staticRoutes: [] };

const tableOf = (
  ledgers: readonly LedgerFacts[],
  staticRoutes: readonly StaticRouteRule[] = [],
): RoutingTables => RoutingTables.build(ledgers, { ...RULES, staticRoutes });

const findRoute = (
  tables: RoutingTables,
  sourceLedgerId: string,
  destination: string,
): Route | undefined =>
  tables.routeFor({ sourceLedgerId, destination, nowMs: 0, sourceAmount: 1_000n });

describe('local pairs', () => {
  const table = tableOf([ledger('a'), ledger('b'), ledger('c', { currencyScale: 2 })]);

  test.each([
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'a'],
    ['b', 'c'],
    ['c', 'a'],
    ['c', 'b'],
  ])('lead from %s to %s', (source, next) => {
    expect(findRoute(table, source, `test.${next}.client.invoice`)).toMatchObject({
      kind: 'local',
      matchedKey: `test.${next}.`,
      source: { ledgerId: source },
      next: { ledgerId: next },
      minMessageWindowMs: 1000,
    });
  });

  test('never lead back to the ledger that the payment comes from', () => {
    expect(findRoute(table, 'a', 'test.a.client')).toBeUndefined();
  });

  test('do not begin at a ledger that we do not hold', () => {
    expect(findRoute(table, 'nobody', 'test.a.client')).toBeUndefined();
  });

  test('take the spread, and convert between scales', () => {
    const route = findRoute(table, 'a', 'test.c.client');
    const back = findRoute(table, 'c', 'test.a.client');
    if (route?.kind !== 'local' || back?.kind !== 'local') throw new Error('no local route');
    expect(route.head.local.amountAt(1_000_000_000n)).toBe(99n);
    expect(back.head.local.amountAt(100n)).toBe(998_000_000n);
    expect(back.head.public.amountAt(101n)).toBeLessThanOrEqual(998_000_000n);
    expect(back.head.public.minSource).toBe(1n);
  });

  test('without spread at equal scales promise to others what they do themselves', () => {
    const trivial = RoutingTables.build([ledger('a'), ledger('b')], { ...RULES, spreadPpm: 0n });
    const route = findRoute(trivial, 'a', 'test.b.x');
    if (route?.kind !== 'local') throw new Error('no local route');
    expect(route.head.public.amountAt(5n)).toBe(5n);
    expect(route.head.local.amountAt(5n)).toBe(5n);
  });

  test('inside one another: the longer prefix wins', () => {
    const nested = tableOf([ledger('a'), ledger('b'), ledger('deep', { prefix: 'test.b.deep.' })]);
    expect(findRoute(nested, 'a', 'test.b.deep.x')).toMatchObject({ next: { ledgerId: 'deep' } });
    expect(findRoute(nested, 'a', 'test.b.x')).toMatchObject({ next: { ledgerId: 'b' } });
    expect(findRoute(nested, 'b', 'test.b.deep.x')).toMatchObject({ next: { ledgerId: 'deep' } });
  });

  test('of one prefix: the ledger named first is the one', () => {
    const twins = tableOf([ledger('a'), ledger('b'), ledger('late', { prefix: 'test.b.' })]);
    expect(findRoute(twins, 'a', 'test.b.x')).toMatchObject({ next: { ledgerId: 'b' } });
    expect(twins.ledger('late')).toBeUndefined();
  });
});

describe('static routes', () => {
  const ledgers = [ledger('a'), ledger('b'), ledger('c')];

  test('lead over their ledger to the next connector, who wants as much time as we do', () => {
    const table = tableOf(ledgers, [via('test.far.', 'b')]);
    expect(findRoute(table, 'a', 'test.far.away.carl')).toMatchObject({
      kind: 'curve-less',
      matchedKey: 'test.far.',
      next: { ledgerId: 'b' },
      nextHop: 'test.b.client',
      minMessageWindowMs: 2000,
    });
  });

  test('do not lead back over the ledger that the payment comes from', () => {
    const table = tableOf(ledgers, [via('test.far.', 'b')]);
    expect(findRoute(table, 'b', 'test.far.away')).toBeUndefined();
  });

  test('of one prefix: the first that leads on is taken', () => {
    const table = tableOf(ledgers, [via('test.far.', 'b'), via('test.far.', 'c')]);
    expect(findRoute(table, 'a', 'test.far.x')).toMatchObject({ next: { ledgerId: 'b' } });
    expect(findRoute(table, 'b', 'test.far.x')).toMatchObject({ next: { ledgerId: 'c' } });
  });

  test('by default serve what nothing else matches, never the payer’s own ledger', () => {
    const table = tableOf(ledgers, [via('', 'b')]);
    expect(findRoute(table, 'a', 'nowhere.x')).toMatchObject({ next: { ledgerId: 'b' } });
    expect(findRoute(table, 'a', 'test.c.x')).toMatchObject({ kind: 'local' });
    expect(findRoute(table, 'a', 'test.a.x')).toBeUndefined();
    expect(findRoute(table, 'b', 'nowhere.x')).toBeUndefined();
  });

  test('that would lead back give way to a shorter prefix', () => {
    const table = tableOf(ledgers, [via('test.far.', 'b'), via('', 'c')]);
    expect(findRoute(table, 'b', 'test.far.x')).toMatchObject({ matchedKey: '' });
  });

  test('lose against the ledger of the same prefix, and win below it', () => {
    const table = tableOf(ledgers, [via('test.c.', 'b'), via('test.c.sub.', 'b')]);
    expect(findRoute(table, 'a', 'test.c.x')).toMatchObject({ kind: 'local' });
    expect(findRoute(table, 'a', 'test.c.sub.x')).toMatchObject({ kind: 'curve-less' });
  });

  test('over a ledger that we do not hold yet exist, but cannot be used', () => {
    const table = tableOf(ledgers, [via('test.far.', 'later')]);
    expect(findRoute(table, 'a', 'test.far.x')).toMatchObject({
      kind: 'unusable',
      nextPrefix: 'test.later.',
    });
  });

  test.each([
    ['targetPrefix', 'not-an-address', { targetPrefix: 'test far.' }],
    ['connectorLedger', 'must-end-in-dot', { connectorLedger: 'test.b' }],
    ['connectorAccount', 'must-start-with-ledger', { connectorAccount: 'test.c.client' }],
  ] as const)('with a bad %s are refused: %s', (field, rule, change) => {
    const build = (): unknown => tableOf([], [{ ...via('test.far.', 'b'), ...change }]);
    expect(build).toThrow(InvalidStaticRouteError);
    expect(build).toThrow(new RegExp(`${field} .* ${rule}$`));
  });
});

describe('our own address', () => {
  const table = tableOf([ledger('a'), ledger('b', { account: 'mark' })], [via('', 'b')]);

  test.each(['test.a.server', 'test.a.server.~psk.x', 'test.b.mark'])('is %s', (address) => {
    expect(table.isOwnAddress(address)).toBe(true);
  });

  test.each(['test.a.server2', 'test.a.client', 'test.a.', 'test.b.server', 'nowhere'])(
    'is not %s',
    (address) => {
      expect(table.isOwnAddress(address)).toBe(false);
    },
  );

  test('gives way to a ledger that lies below it', () => {
    const nested = tableOf([ledger('a'), ledger('deep', { prefix: 'test.a.server.deep.' })]);
    expect(nested.isOwnAddress('test.a.server.deep.client')).toBe(false);
    expect(nested.isOwnAddress('test.a.server.deep.server')).toBe(true);
    expect(nested.isOwnAddress('test.a.server.other')).toBe(true);
  });
});

test('a thousand ledgers and as many static routes are one table of both, not of their pairs', () => {
  const many = Array.from({ length: 1000 }, (_, index) => ledger(`l${index}`));
  const table = tableOf(
    many,
    many.map(({ ledgerId }) => via(`test.far${ledgerId}.`, ledgerId)),
  );
  expect(findRoute(table, 'l1', 'test.l999.x')).toMatchObject({ next: { ledgerId: 'l999' } });
  expect(findRoute(table, 'l1', 'test.farl7.x')).toMatchObject({ next: { ledgerId: 'l7' } });
});
