import { Curve } from '#domain/liquidity';
import type { LedgerFacts } from './local-ledger';
import type { ExportedRoute, ReceivedRoute } from './route-announcement';
import { RoutingTables, type RoutingRules } from './routing-tables';

const ledger = (ledgerId: string, facts: Partial<LedgerFacts> = {}): LedgerFacts => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyScale: 9,
  account: 'us',
  ...facts,
});
const LEDGERS = [ledger('a'), ledger('b'), ledger('c')];
const RULES: RoutingRules = { spreadPpm: 0n, minMessageWindowMs: 1000, staticRoutes: [] };
const NOW = 1_000_000;
const HOLD = { holdDownMs: 45_000, nowMs: NOW };

const line = (...points: [number, number][]): Curve =>
  Curve.of(points.map(([x, y]) => [BigInt(x), BigInt(y)] as const));

const build = (
  rules: Partial<RoutingRules> = {},
  ledgers: readonly LedgerFacts[] = LEDGERS,
): RoutingTables => RoutingTables.build(ledgers, { ...RULES, ...rules });

function learn(
  tables: RoutingTables,
  over: string,
  destination: string,
  change: Partial<ReceivedRoute> = {},
): void {
  const account = `test.${over}.peer`;
  const route = {
    destination,
    sourceLedger: `test.${over}.`,
    sourceAccount: account,
    minMessageWindowS: 1,
    curve: line([0, 0], [1000, 900]),
    paths: [],
    ...change,
  };
  tables.learn({ ledgerId: over, account }, [route], HOLD);
}

const told = (tables: RoutingTables, over: string): ReadonlyMap<string, ExportedRoute> =>
  tables.exportOver(over, NOW)?.routes ?? new Map<string, ExportedRoute>();
const keys = (tables: RoutingTables, over: string): string[] =>
  [...told(tables, over).keys()].sort();

describe('what we tell over a ledger', () => {
  test('is every other ledger of ours and what was learnt on others, never itself', () => {
    const tables = build();
    learn(tables, 'b', 'test.far.');
    expect(keys(tables, 'a')).toEqual(['test.b.', 'test.c.', 'test.far.']);
    expect(keys(tables, 'b')).toEqual(['test.a.', 'test.c.']);
  });

  test('is nothing over a ledger that is not there', () => {
    expect(build().exportOver('nobody', NOW)).toBeUndefined();
  });

  test('is no peer ledger, and no default route', () => {
    const via = { connectorLedger: 'test.b.', connectorAccount: 'test.b.peer' };
    const tables = build(
      {
        staticRoutes: [
          { targetPrefix: '', ...via },
          { targetPrefix: 'peer.x.', ...via },
          { targetPrefix: 'g.', ...via },
        ],
      },
      [...LEDGERS, ledger('p', { prefix: 'peer.p.' })],
    );
    expect(keys(tables, 'a')).toEqual(['g.', 'test.b.', 'test.c.']);
    const wired = told(tables, 'a').get('g.');
    expect(wired).toEqual({ destination: 'g.', minMessageWindowS: 2, paths: [['test.b.']] });
  });

  test('has our ledger in front of each path, all alternatives of the shortest group', () => {
    const tables = build();
    learn(tables, 'b', 'test.far.', { paths: [['x.'], ['y.']], minMessageWindowS: 2 });
    learn(tables, 'c', 'test.far.', { paths: [['x.']], minMessageWindowS: 4 });
    learn(tables, 'c', 'test.near.', { paths: [['x.', 'y.'], []] });
    expect(told(tables, 'a').get('test.far.')).toMatchObject({
      minMessageWindowS: 5,
      paths: [
        ['test.b.', 'x.'],
        ['test.b.', 'y.'],
        ['test.c.', 'x.'],
      ],
    });
    expect(told(tables, 'a').get('test.near.')?.paths).toEqual([
      ['test.c.', 'x.', 'y.'],
      ['test.c.'],
    ]);
  });

  test('has at most ten points, or none where we are not to send any', () => {
    const points = Array.from({ length: 40 }, (_, at): [number, number] => [at * 10, at * at]);
    const tables = build();
    learn(tables, 'b', 'test.far.', { curve: line(...points) });
    expect(told(tables, 'a').get('test.far.')?.curve?.points).toHaveLength(10);
    const silent = build({ broadcastCurves: false });
    learn(silent, 'b', 'test.far.');
    expect(told(silent, 'a').get('test.far.')).not.toHaveProperty('curve');
  });

  test('ends where nothing can be delivered any more, and begins again (D-31)', () => {
    const tables = build();
    learn(tables, 'b', 'test.far.');
    expect(told(tables, 'a').has('test.far.')).toBe(true);
    tables.adopt([ledger('a'), ledger('b', { maxOut: 0n }), ledger('c')]);
    expect(keys(tables, 'a')).toEqual(['test.c.']);
    tables.adopt(LEDGERS);
    expect(keys(tables, 'a')).toEqual(['test.b.', 'test.c.', 'test.far.']);
  });

  test('ends there also where nobody said what the way takes', () => {
    const via = { connectorLedger: 'test.b.', connectorAccount: 'test.b.peer' };
    const tables = build({ staticRoutes: [{ targetPrefix: 'test.wired.', ...via }] });
    learn(tables, 'b', 'test.far.', { curve: undefined });
    expect(keys(tables, 'a')).toEqual(['test.b.', 'test.c.', 'test.far.', 'test.wired.']);
    tables.adopt([ledger('a'), ledger('b', { maxIn: 0n, maxOut: 0n }), ledger('c')]);
    expect(keys(tables, 'a')).toEqual(['test.c.']);
    tables.adopt(LEDGERS);
    expect(keys(tables, 'a')).toEqual(['test.b.', 'test.c.', 'test.far.', 'test.wired.']);
  });

  test('ends with a lost connection, and with the hold-down', () => {
    const tables = build();
    learn(tables, 'b', 'test.far.');
    tables.adopt([ledger('a'), ledger('b', { isConnected: false }), ledger('c')]);
    expect(keys(tables, 'a')).toEqual(['test.c.']);
    tables.adopt(LEDGERS);
    expect(tables.exportOver('a', NOW + 44_999)?.routes.has('test.far.')).toBe(true);
    expect(tables.exportOver('a', NOW + 45_000)?.routes.has('test.far.')).toBe(false);
  });

  test('is not what leads over the same peer only (D-36)', () => {
    const tables = build({}, [
      ledger('a', { party: 'twin' }),
      ledger('b', { party: 'twin' }),
      ledger('c', { party: 'other' }),
    ]);
    learn(tables, 'b', 'test.far.');
    expect(keys(tables, 'a')).toEqual(['test.b.', 'test.c.']);
    expect(told(tables, 'c').has('test.far.')).toBe(true);
    learn(tables, 'c', 'test.far.');
    expect(told(tables, 'a').has('test.far.')).toBe(true);
  });

  test('is that no more from when the party behind its peer is known', () => {
    const tables = build();
    learn(tables, 'b', 'test.far.');
    const before = tables.exportOver('a', NOW)?.revision ?? -1;
    const twins = ['a', 'b'].map((id) => ledger(id, { party: 'twin' }));
    tables.adopt([...twins, ledger('c')]);
    expect(tables.exportOver('a', NOW)?.routes.has('test.far.')).toBe(false);
    expect(tables.exportOver('a', NOW)?.changedSince(before)).toContain('test.far.');
    expect(told(tables, 'b').has('test.b.')).toBe(false);
  });
});

test('many alternatives are told in few, with every ledger, none longer than they are', () => {
  const tables = build();
  const many = Array.from({ length: 40 }, (_, at) => [`x.${at}.`, `y.${at % 8}.`, 'z.']);
  learn(tables, 'b', 'test.far.', { paths: [...many, ['w.']] });
  const { paths = [] } = tables.exportOver('a', NOW)?.routes.get('test.far.') ?? {};
  expect(paths.length).toBeLessThan(16);
  expect(Math.max(...paths.map((path) => path.length))).toBe(4);
  expect(new Set(paths.flat())).toEqual(new Set(['test.b.', 'w.', ...many.flat()]));
});

test('a way over a ledger that becomes ours and a peer’s is withdrawn, and told again later', () => {
  const tables = build();
  learn(tables, 'b', 'test.far.', { paths: [['test.d.']] });
  expect(keys(tables, 'a')).toContain('test.far.');
  tables.adopt([...LEDGERS, ledger('d', { peerAccount: 'peer' })]);
  expect(keys(tables, 'a')).not.toContain('test.far.');
  tables.adopt(LEDGERS);
  expect(keys(tables, 'a')).toContain('test.far.');
});

describe('what changed', () => {
  test('since before anything is everything', () => {
    const tables = build();
    learn(tables, 'b', 'test.far.');
    const { changedSince } = tables.exportOver('a', NOW) ?? {};
    expect([...(changedSince?.(0) ?? [])].sort()).toEqual(['test.b.', 'test.c.', 'test.far.']);
  });

  const since = (change: (tables: RoutingTables) => void): readonly string[] | undefined => {
    const tables = build();
    learn(tables, 'b', 'test.far.');
    learn(tables, 'c', 'test.near.');
    const before = tables.exportOver('a', NOW)?.revision ?? -1;
    change(tables);
    return tables.exportOver('a', NOW)?.changedSince(before);
  };

  test.each<[string, (tables: RoutingTables) => void, string[]]>([
    ['nothing, if nothing happened', () => undefined, []],
    [
      'nothing, if a route is repeated',
      (tables) => {
        learn(tables, 'b', 'test.far.');
      },
      [],
    ],
    [
      'nothing, if the peer is only heard of',
      (tables) => {
        tables.extend({ ledgerId: 'b', account: 'test.b.peer' }, HOLD);
      },
      [],
    ],
    [
      'a route that has another window',
      (tables) => {
        learn(tables, 'b', 'test.far.', { minMessageWindowS: 2 });
      },
      ['test.far.'],
    ],
    [
      'a route that has other points',
      (tables) => {
        learn(tables, 'b', 'test.far.', { curve: line([0, 0], [9, 9]) });
      },
      ['test.far.'],
    ],
    [
      'a route that has another path',
      (tables) => {
        learn(tables, 'b', 'test.far.', { paths: [['x.']] });
      },
      ['test.far.'],
    ],
    [
      'a new route',
      (tables) => {
        learn(tables, 'b', 'test.new.');
      },
      ['test.new.'],
    ],
    [
      'nothing, for a longer way to the same place',
      (tables) => {
        learn(tables, 'c', 'test.far.', { paths: [['x.']] });
      },
      [],
    ],
    ['what is lost with a peer', (tables) => tables.forgetPeer('c'), ['test.near.']],
    [
      'all that leads over a ledger with other limits',
      (tables) => {
        tables.adopt([ledger('a'), ledger('b', { maxOut: 77n }), ledger('c')]);
      },
      ['test.b.', 'test.far.'],
    ],
    [
      'nothing, for limits that have no part in it',
      (tables) => {
        tables.adopt([ledger('a', { maxOut: 77n }), ledger('b'), ledger('c')]);
      },
      [],
    ],
    [
      'all that a ledger takes with it',
      (tables) => {
        tables.adopt([ledger('a'), ledger('b')]);
      },
      ['test.c.', 'test.near.'],
    ],
  ])('is %s', (_case, change, expected) => {
    expect([...(since(change) ?? ['?'])].sort()).toEqual(expected);
  });

  test('is unknown where the ledger is another one by the same name', () => {
    const unknown = since((tables) => {
      tables.adopt([ledger('a', { currencyScale: 6 }), ledger('b')]);
    });
    expect(unknown).toBeUndefined();
  });

  test.each(['a', 'b'])('is what leads back, once it is known who is behind %s', (which) => {
    const parties = (known: string): LedgerFacts[] => [
      ledger('a', { party: known === 'a' ? 'late' : 'p' }),
      ledger('b', { party: known === 'b' ? 'late' : 'p' }),
    ];
    const tables = build({}, parties(which));
    learn(tables, 'b', 'test.far.');
    const before = tables.exportOver('a', NOW)?.revision ?? -1;
    expect(keys(tables, 'a')).toContain('test.far.');
    tables.adopt(parties('neither'));
    expect(tables.exportOver('a', NOW)?.changedSince(before)).toEqual(['test.far.']);
    expect(keys(tables, 'a')).not.toContain('test.far.');
  });

  test('keeps all else the very same objects, over all ledgers with the same pairs', () => {
    const tables = build();
    learn(tables, 'b', 'test.far.');
    const before = told(tables, 'a').get('test.far.');
    learn(tables, 'c', 'test.near.');
    expect(told(tables, 'a').get('test.far.')).toBe(before);
    expect(told(tables, 'c').get('test.far.')).toBe(before);
  });

  test('is unknown where more went than is remembered', () => {
    const tables = build();
    const before = tables.exportOver('a', NOW)?.revision ?? -1;
    for (let count = 0; count < 1_100; count += 1) {
      learn(tables, 'b', `test.far.x${count}.`);
      tables.exportOver('a', NOW);
      tables.forgetPeer('b');
    }
    expect(tables.exportOver('a', NOW)?.changedSince(before)).toBeUndefined();
    expect(tables.exportOver('a', NOW)?.changedSince(tables.revision)).toEqual([]);
  });
});
