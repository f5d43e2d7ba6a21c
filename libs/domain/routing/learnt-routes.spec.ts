import { Curve } from '#domain/liquidity';
import type { LedgerFacts } from './local-ledger';
import type { Route } from './route';
import { type ReceivedRoute, ROUTE_LIMITS, type RouteLimits } from './route-announcement';
import { RoutingTables, type RoutingRules } from './routing-tables';

const ledger = (ledgerId: string, facts: Partial<LedgerFacts> = {}): LedgerFacts => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyScale: 9,
  account: 'us',
  peerAccount: 'peer',
  ...facts,
});
const RULES: RoutingRules = { spreadPpm: 0n, minMessageWindowMs: 1000, staticRoutes: [] };
const NOW = 1_000_000;
const HOLD = { holdDownMs: 45_000, nowMs: NOW };
const B = { ledgerId: 'b', account: 'test.b.peer' };
const C = { ledgerId: 'c', account: 'test.c.peer' };

const line = (...points: [number, number][]): Curve =>
  Curve.of(points.map(([x, y]) => [BigInt(x), BigInt(y)] as const));

const told = (destination: string, change: Partial<ReceivedRoute> = {}): ReceivedRoute => ({
  destination,
  sourceLedger: 'test.b.',
  sourceAccount: 'test.b.peer',
  minMessageWindowS: 1,
  curve: line([0, 0], [1000, 900]),
  paths: [],
  ...change,
});
const toldOnC = (destination: string, change: Partial<ReceivedRoute> = {}): ReceivedRoute =>
  told(destination, { sourceLedger: 'test.c.', sourceAccount: 'test.c.peer', ...change });

const tablesWith = (
  rules: Partial<RoutingRules> = {},
  ledgers: readonly LedgerFacts[] = [ledger('a'), ledger('b'), ledger('c')],
): RoutingTables => RoutingTables.build(ledgers, { ...RULES, ...rules });

const find = (
  tables: RoutingTables,
  destination = 'test.far.carl',
  { nowMs = NOW, from = 'a', sourceAmount = 100n } = {},
): Route | undefined => tables.routeFor({ sourceLedgerId: from, destination, nowMs, sourceAmount });

describe('a route that a peer tells', () => {
  test('leads on from every other ledger of ours, and never back over its own', () => {
    const tables = tablesWith();
    expect(tables.learn(B, [told('test.far.')], HOLD)).toEqual([]);
    for (const from of ['a', 'c']) {
      expect(find(tables, 'test.far.carl', { from })).toMatchObject({
        kind: 'learnt',
        matchedKey: 'test.far.',
        next: { ledgerId: 'b' },
        nextHop: 'test.b.peer',
        length: 3,
        minMessageWindowMs: 2000,
      });
    }
    expect(find(tables, 'test.far.carl', { from: 'b' })).toBeUndefined();
  });

  test('replaces what the same peer told before, and keeps its place', () => {
    const tables = tablesWith();
    tables.learn(B, [told('test.far.')], HOLD);
    tables.learn(C, [toldOnC('test.far.')], HOLD);
    tables.learn(B, [told('test.far.', { minMessageWindowS: 3 })], HOLD);
    expect(find(tables)).toMatchObject({ next: { ledgerId: 'b' }, minMessageWindowMs: 4000 });
  });

  test('without points needs a quote, and loses against one with points', () => {
    const tables = tablesWith();
    tables.learn(B, [told('test.far.', { curve: undefined })], HOLD);
    expect(find(tables)).toMatchObject({ kind: 'curve-less', nextHop: 'test.b.peer' });
    tables.learn(C, [toldOnC('test.far.')], HOLD);
    expect(find(tables)).toMatchObject({ kind: 'learnt', nextHop: 'test.c.peer' });
  });

  test('beats a wired one of the same length if it has points', () => {
    const via = { connectorLedger: 'test.c.', connectorAccount: 'test.c.peer' };
    const tables = tablesWith({ staticRoutes: [{ targetPrefix: 'test.far.', ...via }] });
    tables.learn(B, [told('test.far.', { curve: undefined })], HOLD);
    expect(find(tables)).toMatchObject({ kind: 'curve-less', nextHop: 'test.c.peer' });
    tables.learn(B, [told('test.far.')], HOLD);
    expect(find(tables)).toMatchObject({ kind: 'learnt', nextHop: 'test.b.peer' });
  });

  test('to a ledger of ours is longer than the pair', () => {
    const tables = tablesWith();
    tables.learn(B, [told('test.c.', { curve: line([0, 0], [10, 10_000]) })], HOLD);
    expect(find(tables, 'test.c.x')).toMatchObject({ kind: 'local' });
  });

  test('to the ledger that a payment comes from is none for it, and may be one for others', () => {
    const tables = tablesWith({}, [ledger('a'), ledger('b'), ledger('c')]);
    expect(tables.learn(B, [told('test.a.')], HOLD)).toEqual([]);
    expect(find(tables, 'test.a.x', { from: 'a' })).toBeUndefined();
    tables.adopt([ledger('a', { isConnected: false }), ledger('b'), ledger('c')]);
    expect(find(tables, 'test.a.x', { from: 'a' })).toBeUndefined();
    expect(find(tables, 'test.a.x', { from: 'c' })).toMatchObject({ next: { ledgerId: 'b' } });
  });

  test('below our own account takes nothing from us', () => {
    const tables = tablesWith();
    tables.learn(B, [told('test.a.us.')], HOLD);
    expect(tables.isOwnAddress('test.a.us.invoice')).toBe(true);
  });

  test('loses its points where we are not to keep them', () => {
    const tables = tablesWith({ storeCurves: false });
    expect(tables.learn(B, [told('test.far.'), told('x.', { curve: 'invalid' })], HOLD)).toEqual([
      { destination: 'x.', reason: 'invalid-curve', isKept: false },
    ]);
    expect(find(tables)).toMatchObject({ kind: 'curve-less' });
  });
});

describe('a route is rejected', () => {
  const small: RouteLimits = {
    ...ROUTE_LIMITS,
    routesPerPeer: 1,
    pointsReceived: 2,
    pathsPerRoute: 2,
    ledgersPerPath: 1,
  };
  const long = `test.${'x'.repeat(1018)}.`;

  test.each([
    [
      'of another account',
      told('f.', { sourceAccount: 'test.b.eve' }),
      'source-account-not-senders',
    ],
    ['of another ledger', told('f.', { sourceLedger: 'test.c.' }), 'source-account-not-on-ledger'],
    ['of a wider ledger', told('f.', { sourceLedger: 'test.' }), 'source-ledger-not-shared'],
    ['to too long a prefix', told(long), 'prefix-too-long'],
    ['to nowhere', told(''), 'not-an-address'],
    ['to no address', told('test far.'), 'not-an-address'],
    ['to a peer ledger', told('peer.x.'), 'peer-prefix'],
    ['with a negative window', told('f.', { minMessageWindowS: -1 }), 'invalid-window'],
    ['with a boundless window', told('f.', { minMessageWindowS: Infinity }), 'invalid-window'],
    ['with points that are no curve', told('f.', { curve: 'invalid' }), 'invalid-curve'],
    ['with many points', told('f.', { curve: line([0, 0], [1, 1], [2, 2]) }), 'too-many-points'],
    ['with many paths', told('f.', { paths: [['x.'], ['y.'], ['z.']] }), 'too-many-paths'],
    ['with a long path', told('f.', { paths: [['x.', 'y.']] }), 'path-too-long'],
    ['to its own ledger', told('test.b.'), 'loop'],
    ['over its own ledger', told('f.', { paths: [['x.'], ['test.b.']] }), 'loop'],
    ['over its destination', told('f.', { paths: [['f.']] }), 'loop'],
  ])('%s', (_case, route, reason) => {
    const tables = tablesWith({ limits: small });
    const { destination } = route;
    expect(tables.learn(B, [route, told('g.')], HOLD)).toEqual([
      { destination, reason, isKept: false },
    ]);
    expect(find(tables, `${destination}x`)?.kind).not.toBe('learnt');
    expect(find(tables, 'g.x')).toMatchObject({ kind: 'learnt' });
  });

  test('exactly at no limit', () => {
    const tables = tablesWith({ limits: small });
    expect(long).toHaveLength(1024);
    const route = told(long.slice(1), { paths: [['x.'], ['y.']] });
    expect(tables.learn(B, [route], HOLD)).toEqual([]);
  });

  test('beyond as many as one peer may have, while known ones may still change', () => {
    const tables = tablesWith({ limits: small });
    expect(tables.learn(B, [told('f.'), told('g.')], HOLD)).toEqual([
      { destination: 'g.', reason: 'too-many-routes', isKept: false },
    ]);
    expect(tables.learn(B, [told('f.', { minMessageWindowS: 5 })], HOLD)).toEqual([]);
    tables.withdraw(B, ['f.']);
    expect(tables.learn(B, [told('g.')], HOLD)).toEqual([]);
  });

  test('if nobody of ours can use it, but kept in case somebody will', () => {
    const open = { prefix: 'test.a.', ledgerId: 'a', currencyScale: 9, account: 'us' };
    const onlyTwo = [open, ledger('b')];
    const tables = tablesWith({}, onlyTwo);
    const loop = told('f.', { paths: [['test.a.']] });
    expect(tables.learn(B, [loop], HOLD)).toEqual([
      { destination: 'f.', reason: 'loop', isKept: true },
    ]);
    expect(find(tables, 'f.x')).toBeUndefined();
    tables.adopt([...onlyTwo, ledger('c')]);
    expect(find(tables, 'f.x', { from: 'c' })).toMatchObject({ kind: 'learnt' });
    expect(find(tables, 'f.x')).toBeUndefined();
  });

  test('if it takes more than our pairs bring, until they do', () => {
    const poor = [ledger('a'), ledger('b', { maxOut: 499n })];
    const tables = tablesWith({}, poor);
    const wholesale = told('f.', { curve: line([500, 500], [900, 900]) });
    expect(tables.learn(B, [wholesale], HOLD)).toEqual([
      { destination: 'f.', reason: 'no-common-amounts', isKept: true },
    ]);
    expect(find(tables, 'f.x', { sourceAmount: 600n })).toBeUndefined();
    tables.adopt([ledger('a'), ledger('b', { maxOut: 500n })]);
    expect(find(tables, 'f.x', { sourceAmount: 600n })).toMatchObject({ kind: 'learnt' });
  });

  test('a looping one takes what the peer told before with it', () => {
    const tables = tablesWith();
    tables.learn(B, [told('f.')], HOLD);
    tables.learn(B, [told('f.', { paths: [['test.b.']] })], HOLD);
    expect(find(tables, 'f.x')).toBeUndefined();
  });

  test.each([
    ['unknown-ledger', { ledgerId: 'nobody', account: 'test.b.peer' }],
    ['not-the-peer', { ledgerId: 'b', account: 'test.b.eve' }],
  ])('if it comes from nobody we know: %s', (reason, teller) => {
    const tables = tablesWith();
    expect(tables.learn(teller, [told('f.')], HOLD)).toEqual([
      { destination: 'f.', reason, isKept: false },
    ]);
    expect(tables.withdraw(teller, ['f.'])).toBe(0);
  });
});

describe('what a peer told ends', () => {
  const learnt = (): RoutingTables => {
    const tables = tablesWith();
    tables.learn(B, [told('test.far.'), told('test.near.')], HOLD);
    return tables;
  };

  test('with the hold-down, before any sweep', () => {
    const tables = learnt();
    expect(find(tables, 'test.far.x', { nowMs: NOW + 44_999 })).toBeDefined();
    expect(find(tables, 'test.far.x', { nowMs: NOW + 45_000 })).toBeUndefined();
    expect(tables.expire(NOW + 44_999)).toBe(0);
    expect(tables.expire(NOW + 45_000)).toBe(2);
  });

  test('later when the peer is heard of again, by a heartbeat or by any update', () => {
    const tables = learnt();
    tables.extend(B, { holdDownMs: 45_000, nowMs: NOW + 30_000 });
    expect(tables.expire(NOW + 74_999)).toBe(0);
    tables.learn(B, [], { holdDownMs: 10_000, nowMs: NOW + 70_000 });
    expect(tables.expire(NOW + 79_999)).toBe(0);
    expect(tables.expire(NOW + 80_000)).toBe(2);
  });

  test('when it withdraws that very destination', () => {
    const tables = learnt();
    expect(tables.withdraw(B, ['test.far.', 'test.', 'test.fa'])).toBe(1);
    expect(find(tables)).toBeUndefined();
    expect(find(tables, 'test.near.x')).toBeDefined();
  });

  test('when it is forgotten, or its ledger is gone', () => {
    expect(learnt().forgetPeer('b')).toBe(2);
    const tables = learnt();
    tables.adopt([ledger('a'), ledger('c')]);
    tables.adopt([ledger('a'), ledger('b'), ledger('c')]);
    expect(find(tables)).toBeUndefined();
  });

  test('never for wired routes', () => {
    const via = { connectorLedger: 'test.b.', connectorAccount: 'test.b.peer' };
    const tables = tablesWith({ staticRoutes: [{ targetPrefix: 'test.far.', ...via }] });
    tables.learn(B, [told('test.far.')], HOLD);
    tables.withdraw(B, ['test.far.']);
    tables.forgetPeer('b');
    tables.expire(NOW + 10 ** 9);
    expect(find(tables)).toMatchObject({ kind: 'curve-less', nextHop: 'test.b.peer' });
  });

  test('not while its ledger is disconnected: it waits, and others are taken meanwhile', () => {
    const tables = learnt();
    const lost = [ledger('a'), ledger('b', { isConnected: false }), ledger('c')];
    tables.adopt(lost);
    expect(find(tables)).toMatchObject({ kind: 'unusable', nextPrefix: 'test.b.' });
    tables.learn(C, [toldOnC('test.far.', { paths: [['x.', 'y.']] })], HOLD);
    expect(find(tables)).toMatchObject({ kind: 'learnt', next: { ledgerId: 'c' }, length: 5 });
    tables.adopt([ledger('a'), ledger('b'), ledger('c')]);
    expect(find(tables)).toMatchObject({ kind: 'learnt', next: { ledgerId: 'b' } });
  });
});

describe('prices', () => {
  test('of a pair change what its routes bring', () => {
    const tables = tablesWith();
    tables.learn(B, [told('test.far.', { curve: line([0, 0], [100, 100]) })], HOLD);
    expect(find(tables)).toMatchObject({ group: 1 });
    tables.reprice(() => ({ rate: { numerator: 1n, denominator: 2n }, spreadPpm: 0n }));
    const route = find(tables);
    if (route?.kind !== 'learnt') throw new Error('no route');
    expect(route.head.local.amountAt(100n)).toBe(50n);
    expect(route.head.public.minSource).toBe(1n);
  });

  test('may leave pairs out', () => {
    const tables = tablesWith({
      pricing: (_source, next) => {
        const rate = { numerator: 1n, denominator: 1n };
        return next.ledgerId === 'b' ? undefined : { rate, spreadPpm: 0n };
      },
    });
    tables.learn(B, [told('test.far.')], HOLD);
    expect(find(tables)).toBeUndefined();
    expect(find(tables, 'test.b.x')).toBeUndefined();
    expect(find(tables, 'test.c.x')).toMatchObject({ kind: 'local' });
  });

  test('take a fixed fee, and no more than the ledgers have room for', () => {
    const rate = { numerator: 1n, denominator: 1n };
    const tables = tablesWith({ pricing: () => ({ rate, spreadPpm: 0n, fixedFee: 7n }) }, [
      ledger('a', { maxIn: 80n }),
      ledger('b', { maxOut: 50n }),
      ledger('c'),
    ]);
    const brought = (to: string): unknown => {
      const route = find(tables, `test.${to}.x`);
      return route?.kind === 'local' ? route.head.public.points : route;
    };
    expect(brought('b')).toEqual([
      [7n, 0n],
      [57n, 50n],
    ]);
    expect(brought('c')).toEqual([
      [7n, 0n],
      [80n, 73n],
    ]);
  });
});

test('appraising says what learning would reject, and learns nothing', () => {
  const tables = tablesWith();
  const { revision } = tables;
  const routes = [
    told('test.good.'),
    told('test.late.', { minMessageWindowS: -1 }),
    told('test.round.', { paths: [['test.a.'], ['test.c.']] }),
    told('test.dear.', { curve: line([900, 1], [1000, 2]) }),
  ];
  const poor = tablesWith({}, [ledger('a', { maxIn: 10n }), ledger('b')]);
  expect(poor.appraise(B, routes)).toEqual(poor.learn(B, routes, HOLD));
  const rejected = tables.appraise(B, routes);
  expect(rejected.map(({ destination }) => destination)).toContain('test.late.');
  expect(tables.appraise({ ...B, ledgerId: 'x' }, routes)).toHaveLength(4);
  expect(find(tables, 'test.good.x')).toBeUndefined();
  expect(tables.revision).toBe(revision);
});

describe('a payment does not meet us again', () => {
  test('over a ledger that another peer and we have for ourselves, wherever it comes from', () => {
    const shared = ledger('d');
    const open = { ledgerId: 'd', prefix: 'test.d.', currencyScale: 9, account: 'us' };
    const route = told('test.far.', { paths: [['test.m.'], ['test.n.', 'test.d.']] });
    for (const [last, kind] of [
      [shared, undefined],
      [open, 'learnt'],
    ] as const) {
      const tables = tablesWith({}, [ledger('a'), ledger('b'), last]);
      tables.learn(B, [route], HOLD);
      expect(find(tables)?.kind).toBe(kind);
    }
  });
});
