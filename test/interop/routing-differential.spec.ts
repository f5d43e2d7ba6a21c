import fc from 'fast-check';
import {
  curve,
  explanation,
  IDS,
  KEYS,
  lookUp,
  prefixOf,
  type Told,
  withoutCurveless,
} from './routing-compared';

/** Random pairs, random routes of peers, random look-ups. */
const SEED = 20170828;
const LOOK_UPS = 1_000;
const TIMEOUT_MS = 180_000;

const told = fc
  .record({
    over: fc.constantFrom(...IDS),
    destination: fc.constantFrom(...KEYS),
    peer: fc.constantFrom('mary', 'martin'),
    minMessageWindowS: fc.integer({ min: 0, max: 5 }),
    curve: fc.option(curve(0n), { nil: undefined, freq: 8 }),
    paths: fc.array(fc.uniqueArray(fc.constantFrom('p.', 'q.', prefixOf('a')), { maxLength: 2 }), {
      minLength: 1,
      maxLength: 2,
    }),
  })
  .map(({ over, peer, curve: points, ...rest }): Told => {
    const sourceLedger = prefixOf(over);
    const route = { ...rest, sourceLedger, sourceAccount: sourceLedger + peer };
    return { over, route: points === undefined ? route : { ...route, curve: points } };
  });

const network = fc.record({
  /** Of each pair, in the order of pairIds; all reach 1000 units of the next ledger. */
  heads: fc.array(curve(1_000n), { minLength: 6, maxLength: 6 }),
  told: fc.uniqueArray(told, {
    minLength: 1,
    maxLength: 10,
    selector: ({ route }) => `${route.sourceAccount} ${route.destination}`,
  }),
});

const counted = new Map<string, number>();

jest.setTimeout(TIMEOUT_MS);

describe('routing tables against the historic ones', () => {
  afterAll(() => {
    const lines = [...counted].sort().map(([why, times]) => `  ${why}: ${times}`);
    process.stdout.write(`routing differential, seed ${SEED}, differences\n${lines.join('\n')}\n`);
  });

  it('finds the same next hop and amount, or differs for a reason that is proved', () => {
    fc.assert(
      fc.property(network, lookUp, (net, asked) => {
        fc.pre(asked.to !== 'test.b.bob' || asked.from !== 'b');
        const why = explanation(withoutCurveless(net, asked), asked);
        counted.set(why, (counted.get(why) ?? 0) + 1);
        expect(why).not.toBe('unexplained');
      }),
      { seed: SEED, numRuns: LOOK_UPS },
    );
    expect(counted.get('none')).toBeGreaterThan(LOOK_UPS / 2);
  });
});
