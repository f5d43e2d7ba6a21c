import fc from 'fast-check';
import { Curve } from '#domain/liquidity';
import type { LedgerFacts } from './local-ledger';
import { deliveredBy } from './route-amounts';
import type { ReceivedRoute } from './route-announcement';
import { RoutingTables } from './routing-tables';

/*
 * The tables against a reference that keeps every route as it was told, in one list, and works out
 * everything anew each time: any order of learning, withdrawing, expiring, forgetting, connecting
 * and limiting, with look-ups and exports in between.
 */

const IDS = ['a', 'b', 'c'];
const KEYS = ['x.', 'x.y.', 'w.'];
const WINDOW_MS = 1000;

interface Kept {
  readonly over: string;
  readonly route: ReceivedRoute & { readonly curve: Curve };
  readonly order: number;
}

/** What a connector must know, in the plainest form. */
class Reference {
  nowMs = 0;
  routes: Kept[] = [];
  ends = new Map<string, number>();
  connected = new Set(IDS);
  room = new Map<string, bigint>();
  private order = 0;

  learn(over: string, route: Kept['route'], endsAtMs: number): void {
    this.expire();
    this.ends.set(over, endsAtMs);
    const isSame = (kept: Kept): boolean =>
      kept.over === over && kept.route.destination === route.destination;
    const order = this.routes.find(isSame)?.order ?? ++this.order;
    this.routes = [...this.routes.filter((kept) => !isSame(kept)), { over, route, order }];
  }

  drop(isGone: (kept: Kept) => boolean): void {
    this.routes = this.routes.filter((kept) => !isGone(kept));
  }

  expire(): void {
    this.drop(({ over }) => (this.ends.get(over) ?? 0) <= this.nowMs);
  }

  head(source: string, next: string): Curve {
    const [maxIn, maxOut] = [this.room.get(source) ?? 500n, this.room.get(next) ?? 500n];
    const most = maxIn < maxOut ? maxIn : maxOut;
    return Curve.of(
      most === 0n
        ? [
            [0n, 0n],
            [100_000_000_000_000n, 0n],
          ]
        : [
            [0n, 0n],
            [most, most],
          ],
    );
  }

  /** All ways of the longest key, in the order in which they compete. */
  ways(source: string, destination: string): { key: string; kept: Kept[] } | undefined {
    for (const key of [...KEYS].sort((one, other) => other.length - one.length)) {
      if (!destination.startsWith(key)) continue;
      const kept = this.routes.filter(({ over, route }) => {
        const isFor = route.destination === key && over !== source;
        const loops = route.paths.flat().includes(`test.${source}.`);
        const expired = (this.ends.get(over) ?? 0) <= this.nowMs;
        const hasAmounts = route.curve.minSource <= this.head(source, over).maxAmount;
        return isFor && !loops && !expired && hasAmounts;
      });
      if (kept.length === 0) continue;
      return { key, kept: kept.sort((one, other) => one.order - other.order) };
    }
    return undefined;
  }

  brought(source: string, { over, route }: Kept, x: bigint): bigint {
    return route.curve.amountAt(this.head(source, over).amountAt(x));
  }

  /** The best way for x by SPEC §11.5, looked for amount by amount. */
  best(source: string, destination: string, x: bigint): Kept | 'unusable' | undefined {
    const ways = this.ways(source, destination);
    if (ways === undefined) return undefined;
    const usable = ways.kept.filter(({ over }) => this.connected.has(over));
    if (usable.length === 0) return 'unusable';
    let best: { kept: Kept; brought: bigint } | undefined;
    for (const length of [...new Set(usable.map(lengthOf))].sort((one, other) => one - other)) {
      const group = usable.filter((kept) => lengthOf(kept) === length);
      for (const kept of group) {
        const brought = this.brought(source, kept, x);
        if (best === undefined || brought > best.brought) best = { kept, brought };
      }
      if (this.hasRoom(source, group, x)) break;
    }
    return best?.kept;
  }

  private hasRoom(source: string, group: readonly Kept[], x: bigint): boolean {
    const most = group.map((kept) => this.brought(source, kept, 10n ** 15n));
    if (most.every((each) => each === 0n)) return false;
    const least = group.some((kept) => {
      const { minSource } = kept.route.curve;
      return x >= (this.head(source, kept.over).minSourceFor(minSource) ?? x + 1n);
    });
    const notAbove = group.some((kept) => {
      const head = this.head(source, kept.over);
      return x <= (head.minSourceFor(kept.route.curve.maxSource) ?? head.maxSource);
    });
    return least && notAbove;
  }
}

function lengthOf({ route }: Kept): number {
  return 3 + Math.max(0, ...route.paths.map((path) => path.length));
}

const facts = (reference: Reference): LedgerFacts[] =>
  IDS.map((ledgerId) => ({
    ledgerId,
    prefix: `test.${ledgerId}.`,
    currencyScale: 0,
    account: 'us',
    isConnected: reference.connected.has(ledgerId),
    maxIn: reference.room.get(ledgerId) ?? 500n,
    maxOut: reference.room.get(ledgerId) ?? 500n,
  }));

interface Real {
  readonly tables: RoutingTables;
  /** What each ledger's peers were told, kept up by changes alone, and up to which revision. */
  readonly followed: Map<string, { revision: number; keys: Map<string, unknown> }>;
}

type Step = fc.Command<Reference, Real>;

const step = (name: string, run: (reference: Reference, real: Real) => void): Step => ({
  check: () => true,
  run,
  toString: () => name,
});

const teller = (over: string): { ledgerId: string; account: string } => ({
  ledgerId: over,
  account: `test.${over}.peer`,
});

const curve = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 60n }),
    fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 300n }), fc.bigInt({ min: 0n, max: 300n })), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([start, steps]) => {
    let [x, y] = [start, 0n];
    const rest = steps.map(([dx, dy]) => [(x += dx), (y += dy)] as const);
    return Curve.of([[start, 0n], ...rest]);
  });

const over = fc.constantFrom(...IDS);
const key = fc.constantFrom(...KEYS);
const paths = fc.array(
  fc.uniqueArray(fc.constantFrom<string>('p.', 'q.', 'test.a.'), { maxLength: 2 }),
  {
    maxLength: 2,
  },
);

const learn = fc
  .tuple(over, key, curve, paths, fc.integer({ min: 1, max: 50 }))
  .map(([from, destination, points, alternatives, holdDownMs]) =>
    step(`learn(${from}, ${destination}, ${holdDownMs})`, (reference, { tables }) => {
      const route = {
        destination,
        sourceLedger: `test.${from}.`,
        sourceAccount: `test.${from}.peer`,
        minMessageWindowS: 1,
        curve: points,
        paths: alternatives,
      };
      const isLoop = alternatives.flat().includes(`test.${from}.`);
      tables.expire(reference.nowMs);
      const { nowMs } = reference;
      const rejected = tables.learn(teller(from), [route], { holdDownMs, nowMs });
      expect(rejected.some(({ isKept }) => !isKept)).toBe(isLoop);
      reference.learn(from, route, reference.nowMs + holdDownMs);
      const isThis = (kept: Kept): boolean =>
        kept.over === from && kept.route.destination === destination;
      if (isLoop) reference.drop(isThis);
    }),
  );

const withdraw = fc.tuple(over, key).map(([from, destination]) =>
  step(`withdraw(${from}, ${destination})`, (reference, { tables }) => {
    tables.withdraw(teller(from), [destination]);
    reference.drop((kept) => kept.over === from && kept.route.destination === destination);
  }),
);

const pass = fc.integer({ min: 1, max: 30 }).map((ms) =>
  step(`pass(${ms})`, (reference) => {
    reference.nowMs += ms;
  }),
);

const extend = fc.tuple(over, fc.integer({ min: 1, max: 50 })).map(([from, holdDownMs]) =>
  step(`extend(${from}, ${holdDownMs})`, (reference, { tables }) => {
    reference.expire();
    tables.expire(reference.nowMs);
    tables.extend(teller(from), { holdDownMs, nowMs: reference.nowMs });
    reference.ends.set(from, reference.nowMs + holdDownMs);
  }),
);

const forget = over.map((from) =>
  step(`forget(${from})`, (reference, { tables }) => {
    tables.forgetPeer(from);
    reference.drop((kept) => kept.over === from);
  }),
);

const connect = fc.tuple(over, fc.boolean()).map(([id, isConnected]) =>
  step(`connect(${id}, ${isConnected})`, (reference, { tables }) => {
    if (isConnected) reference.connected.add(id);
    else reference.connected.delete(id);
    tables.adopt(facts(reference));
  }),
);

const limit = fc.tuple(over, fc.bigInt({ min: 0n, max: 500n })).map(([id, room]) =>
  step(`limit(${id}, ${room})`, (reference, { tables }) => {
    reference.room.set(id, room);
    tables.adopt(facts(reference));
  }),
);

const lookUp = fc
  .tuple(over, key, fc.bigInt({ min: 0n, max: 1_200n }))
  .map(([source, destination, sourceAmount]) =>
    step(`lookUp(${source}, ${destination}, ${sourceAmount})`, (reference, { tables }) => {
      const to = `${destination}carl`;
      const query = { sourceLedgerId: source, destination: to, nowMs: reference.nowMs };
      const route = tables.routeFor({ ...query, sourceAmount });
      const expected = reference.best(source, to, sourceAmount);
      if (expected === undefined || expected === 'unusable') {
        expect(route?.kind).toBe(expected);
        return;
      }
      expect(route).toMatchObject({
        kind: 'learnt',
        matchedKey: expected.route.destination,
        next: { ledgerId: expected.over },
        length: lengthOf(expected),
      });
      if (route?.kind !== 'learnt') return;
      const brought = reference.brought(source, expected, sourceAmount);
      expect(deliveredBy(route, sourceAmount)).toBe(brought);
    }),
  );

const tell = over.map((source) =>
  step(`tell(${source})`, (reference, { tables, followed }) => {
    reference.expire();
    const told = tables.exportOver(source, reference.nowMs);
    if (told === undefined) throw new Error('no export');
    const expected = KEYS.filter((each) => {
      const ways = reference.ways(source, each);
      if (ways?.key !== each) return false;
      const usable = ways.kept.filter((kept) => reference.connected.has(kept.over));
      const shortest = usable.filter(
        (kept) => lengthOf(kept) === Math.min(...usable.map(lengthOf)),
      );
      return shortest.some((kept) => reference.brought(source, kept, 10n ** 15n) > 0n);
    });
    expect([...told.routes.keys()].filter((each) => KEYS.includes(each)).sort()).toEqual(
      expected.sort(),
    );
    const { revision, keys } = followed.get(source) ?? {
      revision: 0,
      keys: new Map<string, unknown>(),
    };
    for (const changed of told.changedSince(revision) ?? told.routes.keys()) {
      if (told.routes.has(changed)) keys.set(changed, told.routes.get(changed));
      else keys.delete(changed);
    }
    // Whoever follows the changes alone knows the very same.
    expect(keys).toEqual(new Map(told.routes));
    followed.set(source, { revision: told.revision, keys });
  }),
);

test('whatever happens, the tables know what a plain list of all routes would', () => {
  const steps = [learn, learn, learn, withdraw, pass, extend, forget, connect, limit, lookUp];
  fc.assert(
    fc.property(fc.commands([...steps, lookUp, lookUp, tell], { size: '+1' }), (commands) => {
      fc.modelRun(() => {
        const model = new Reference();
        const tables = RoutingTables.build(facts(model), {
          spreadPpm: 0n,
          minMessageWindowMs: WINDOW_MS,
          staticRoutes: [],
        });
        return { model, real: { tables, followed: new Map() } };
      }, commands);
    }),
    { numRuns: 500 },
  );
});
