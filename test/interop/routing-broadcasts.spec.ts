import fc from 'fast-check';
import { z } from 'zod';
import { Curve } from '../../libs/domain/liquidity';
import {
  BROADCAST_DEFAULTS,
  BroadcastState,
  exportSource,
  type RouteExport,
  RoutingTables,
} from '../../libs/domain/routing';
import { broadcastEntry, type ProtocolData, readRoutingBroadcast } from '../../libs/protocol';
import {
  curve,
  explanation,
  IDS,
  KEYS,
  lookUp,
  type Network,
  NOW,
  prefixOf,
  type Told,
  withoutCurveless,
} from './routing-compared';
import type { HistoricRoute } from './routing-historic';

/**
 * What Causeways broadcast in v17, byte by byte, in the tables of ilp-routing 10 and in ours: random
 * connectors, of which each has prices of its own and learnt routes of others, and random look-ups.
 */
const SEED = 20170829;
const LOOK_UPS = 1_000;
const TIMEOUT_MS = 180_000;
const FIRST_ORDER = { holdDownMs: 45_000, nowMs: NOW };

/** A Causeway on one of the ledgers, with two ledgers of its own behind it. */
interface Connector {
  readonly over: string;
  readonly account: string;
  /** Prices of the pairs to x and to w. */
  readonly prices: readonly Curve[];
  readonly learnt: readonly {
    readonly destination: string;
    readonly curve: Curve | undefined;
    readonly paths: string[][];
  }[];
}

const connector: fc.Arbitrary<Connector> = fc.record({
  over: fc.constantFrom(...IDS),
  account: fc.constantFrom('mary', 'martin'),
  prices: fc.array(curve(1_000n), { minLength: 2, maxLength: 2 }),
  learnt: fc.uniqueArray(
    fc.record({
      destination: fc.constantFrom(...KEYS),
      curve: fc.option(curve(0n), { nil: undefined, freq: 8 }),
      paths: fc.array(fc.uniqueArray(fc.constantFrom('p.', 'q.'), { maxLength: 2 }), {
        minLength: 1,
        maxLength: 2,
      }),
    }),
    { maxLength: 3, selector: ({ destination }) => destination },
  ),
});

const neighbourhood = fc.record({
  heads: fc.array(curve(1_000n), { minLength: 6, maxLength: 6 }),
  connectors: fc.uniqueArray(connector, {
    minLength: 1,
    maxLength: 4,
    selector: ({ over, account }) => `${over} ${account}`,
  }),
});

/** The connector's own tables. */
function tablesOf({ over, account, prices, learnt }: Connector): RoutingTables {
  const currencyScale = 0;
  const ledgers = [
    { ledgerId: over, prefix: prefixOf(over), currencyScale, account, peerAccount: 'us' },
    { ledgerId: 'x', prefix: 'x.', currencyScale, account, peerAccount: 'xavier' },
    { ledgerId: 'w', prefix: 'w.', currencyScale, account, peerAccount: 'walter' },
  ];
  const tables = RoutingTables.build(ledgers, {
    spreadPpm: 0n,
    minMessageWindowMs: 1_000,
    staticRoutes: [],
    pricing: (_source, next) => {
      const local = prices[next.ledgerId === 'x' ? 0 : 1] ?? Curve.of([[0n, 0n]]);
      return { local, public: local, shift: 0n };
    },
  });
  const routes = learnt.map(({ curve: points, ...route }) => ({
    ...route,
    sourceLedger: 'w.',
    sourceAccount: 'w.walter',
    minMessageWindowS: 1,
    ...(points !== undefined && { curve: points }),
  }));
  tables.learn({ ledgerId: 'w', account: 'w.walter' }, routes, FIRST_ORDER);
  return tables;
}

/** The first update to the peer on that ledger, as it goes onto the wire. */
function broadcastOf(from: Connector): ProtocolData {
  const { over, account } = from;
  const state = new BroadcastState({
    ...BROADCAST_DEFAULTS,
    dialect: 'v17',
    sourceLedger: prefixOf(over),
    sourceAccount: prefixOf(over) + account,
  });
  state.connected('first session');
  const tables = tablesOf(from);
  const exported = (): RouteExport => {
    const told = tables.exportOver(over, NOW);
    if (told === undefined) throw new Error('nothing is exported');
    return told;
  };
  const due = state.tick(NOW, exportSource(exported));
  if (due === undefined) throw new Error('nothing is due');
  if (state.acknowledged(due.number) !== undefined) throw new Error('it is more than one update');
  return broadcastEntry(due.update, due.form, 'custom');
}

/** As far as ilp-routing reads it, numbers as doubles. */
const wire = z.object({ data: z.object({ new_routes: z.array(z.custom<HistoricRoute>()) }) });

/** The routes of a broadcast: what we read, and the same as the connectors of old parsed it. */
function toldBy(from: Connector): Told[] {
  const { over, account } = from;
  const entry = broadcastOf(from);
  const setting = { ledger: prefixOf(over), peerAccount: prefixOf(over) + account };
  const read = readRoutingBroadcast([entry], setting);
  const raw = wire.parse(JSON.parse(entry.data.toString())).data.new_routes;
  if (read?.type !== 'update' || read.update.skipped.length > 0) throw new Error('not understood');
  return read.update.newRoutes.map(({ destinationLedger, points, ...route }, index): Told => {
    const theirs = raw[index];
    if (theirs?.destination_ledger !== destinationLedger) throw new Error('not as it was written');
    const known = { ...route, destination: destinationLedger };
    const told = points === undefined ? known : { ...known, curve: Curve.of(points) };
    return { over, route: told, raw: { ...theirs, points: theirs.points } };
  });
}

const counted = new Map<string, number>();

jest.setTimeout(TIMEOUT_MS);

describe('v17 broadcasts of ours in the tables of ilp-routing and in our own', () => {
  afterAll(() => {
    const lines = [...counted].sort().map(([why, times]) => `  ${why}: ${times}`);
    process.stdout.write(`v17 broadcasts, seed ${SEED}, differences\n${lines.join('\n')}\n`);
  });

  it('lead to the same next hop and amount, or differ for a reason that is proved', () => {
    let priced = 0;
    fc.assert(
      fc.property(neighbourhood, lookUp, ({ heads, connectors }, asked) => {
        fc.pre(asked.to !== 'test.b.bob' || asked.from !== 'b');
        const net: Network = { heads, told: connectors.flatMap(toldBy) };
        const why = explanation(withoutCurveless(net, asked), asked);
        counted.set(why, (counted.get(why) ?? 0) + 1);
        expect(why).not.toBe('unexplained');
        if (net.told.some(({ route }) => asked.to.startsWith(route.destination))) priced += 1;
      }),
      { seed: SEED, numRuns: LOOK_UPS },
    );
    expect(counted.get('none')).toBeGreaterThan(LOOK_UPS / 2);
    expect(priced).toBeGreaterThan(LOOK_UPS / 2);
  });
});
