import fc from 'fast-check';
import { ChainOfConnectors, type ChainHop, type ChainShape } from './chain-of-connectors';
import { ExactChain } from './exact-chain';

/*
 * Three connectors, four ledgers, of which each is in another currency and scale than the one
 * before. Whoever pays what the first connector quotes gets through, and has not paid much more
 * than whole-number arithmetic alone would have asked for.
 *
 * The least amount that arrives, for a packet that asks for d at a slippage of s, is the least
 * source amount with which every connector forwards the payment and the last one pays d. Nobody
 * lets less pass than brings d · (1 − s), rounded up, by exact arithmetic.
 */

const DIALECTS = ['v17', 'v21'] as const;
const NO_SLIPPAGE = 0n;
const DEFAULT_SLIPPAGE = 1_000n;
const SLIPPAGES = [NO_SLIPPAGE, DEFAULT_SLIPPAGE];
const AMOUNTS_PER_CHAIN = 1_000;
/** Of so many amounts one has its least source amount searched for. */
const SEARCHED = 20;
const MOST_ASKED = 2n ** 62n;
/** A machine that does other things takes that long. */
const WITHIN_MS = 300_000;

const hop = (rate: readonly [bigint, bigint]): ChainHop => ({
  rate: { numerator: rate[0], denominator: rate[1] },
  spreadPpm: 2_000n,
  fee: 0n,
});
const USD_EUR = hop([9_016_532n, 10_000_000n]);
const EUR_USD = hop([11_091n, 10_000n]);
const EUR_JPY = hop([16_351n, 100n]);
const JPY_EUR = hop([61n, 10_000n]);
const JPY_USD = hop([67n, 10_000n]);
const JPY_JPY = hop([1n, 1n]);

const CHAINS: [name: string, scales: number[], hops: ChainHop[]][] = [
  ['USD 9, EUR 2, JPY 0, JPY 0', [9, 2, 0, 0], [USD_EUR, EUR_JPY, JPY_JPY]],
  ['USD 9, EUR 2, JPY 0, USD 9', [9, 2, 0, 9], [USD_EUR, EUR_JPY, JPY_USD]],
  ['JPY 0, EUR 2, USD 9, EUR 2', [0, 2, 9, 2], [JPY_EUR, EUR_USD, USD_EUR]],
  ['JPY 0, USD 9, EUR 2, JPY 0', [0, 9, 2, 0], [JPY_USD, USD_EUR, EUR_JPY]],
  ['EUR 2, USD 9, EUR 2, USD 9', [2, 9, 2, 9], [EUR_USD, USD_EUR, EUR_USD]],
];

/** What is left of d after the slippage. */
const leastFor = (asked: bigint, slippagePpm: bigint): bigint =>
  (asked * (1_000_000n - slippagePpm) + 999_999n) / 1_000_000n;

/** The first number between the two for which it holds; it holds for `high`, and for all behind. */
const first = (low: bigint, high: bigint, holds: (at: bigint) => boolean): bigint => {
  let [below, found] = [low, high];
  while (found - below > 1n) {
    const middle = (below + found) / 2n;
    if (holds(middle)) found = middle;
    else below = middle;
  }
  return found;
};

/** The greatest amount that is quoted; undefined where none is. */
const mostQuoted = (chain: ChainOfConnectors): bigint | undefined => {
  if (chain.quoted(1n) === undefined) return undefined;
  return first(1n, MOST_ASKED, (asked) => chain.quoted(asked) === undefined) - 1n;
};

/** As many small amounts as great ones. */
const amountsUpTo = (most: bigint): fc.Arbitrary<bigint> => {
  const digits = most.toString().length;
  return fc
    .tuple(fc.bigInt(0n, most - 1n), fc.nat(digits - 1))
    .map(([amount, fewer]) => 1n + amount / 10n ** BigInt(fewer));
};

class Proof {
  private readonly chain: ChainOfConnectors;
  private readonly exact: ExactChain;
  readonly most: bigint | undefined;

  constructor(shape: ChainShape) {
    this.chain = new ChainOfConnectors(shape);
    this.exact = new ExactChain(shape);
    this.most = mostQuoted(this.chain);
  }

  /** Returns what is quoted. */
  check(asked: bigint): bigint {
    const { chain, exact } = this;
    const quoted = chain.quoted(asked);
    if (quoted === undefined) throw new Error(`nothing is quoted for ${asked}`);
    for (const slippagePpm of SLIPPAGES) {
      expect(chain.pay(quoted, asked, slippagePpm)).toEqual({ delivered: asked });
      const tooLittle = exact.optimum(leastFor(asked, slippagePpm)) - 1n;
      expect(chain.pay(tooLittle, asked, slippagePpm)).toMatchObject({ code: 'R01' });
    }
    expect(exact.delivered(quoted)).toBeGreaterThanOrEqual(asked);
    expect(quoted).toBeLessThanOrEqual(exact.withRounding(asked));
    return quoted;
  }

  /** What the same amount of money brings by the other kind of quote gets through as well. */
  checkBySource(sourceAmount: bigint): void {
    const promised = this.chain.quotedFor(sourceAmount);
    if (promised === undefined) return;
    const paid = this.chain.pay(sourceAmount, promised, NO_SLIPPAGE);
    expect(paid).toEqual({ delivered: promised });
  }

  checkLeast(asked: bigint, quoted: bigint): void {
    const { chain, exact } = this;
    for (const slippagePpm of SLIPPAGES) {
      const arrives = (amount: bigint): boolean =>
        'delivered' in chain.pay(amount, asked, slippagePpm);
      const least = first(0n, quoted, arrives);
      expect(chain.pay(least, asked, slippagePpm)).toEqual({ delivered: asked });
      expect(chain.pay(least - 1n, asked, slippagePpm)).toMatchObject({ code: 'R01' });
      const wanted = leastFor(asked, slippagePpm);
      expect(least).toBeGreaterThanOrEqual(exact.optimum(wanted));
      expect(least).toBeLessThanOrEqual(chain.quoted(wanted) ?? -1n);
    }
  }
}

describe('ten thousand amounts in all, over', () => {
  const cases = CHAINS.flatMap(([name, scales, hops], index) =>
    DIALECTS.map((dialect) => ({ name, dialect, seed: index, shape: { scales, hops, dialect } })),
  );

  test.each(cases)(
    '$name, told in $dialect',
    ({ shape, seed }) => {
      const proof = new Proof(shape);
      const { most = 0n } = proof;
      expect(most).toBeGreaterThan(1_000_000n);
      const amounts = fc.sample(amountsUpTo(most), { numRuns: AMOUNTS_PER_CHAIN, seed });
      for (const [index, asked] of [1n, most, ...amounts].entries()) {
        const quoted = proof.check(asked);
        proof.checkBySource(quoted);
        if (index % SEARCHED === 0) proof.checkLeast(asked, quoted);
      }
    },
    WITHIN_MS,
  );
});

test.each(DIALECTS)(
  'USD 9, EUR 2, JPY 0, told in %s: no more than a base unit for each connector',
  (dialect) => {
    const shape = { scales: [9, 2, 0], hops: [USD_EUR, EUR_JPY], dialect };
    const proof = new Proof(shape);
    const exact = new ExactChain(shape);
    const amounts = fc.sample(amountsUpTo(proof.most ?? 0n), { numRuns: 5_000, seed: 9 });
    for (const asked of amounts) {
      expect(proof.check(asked)).toBeLessThanOrEqual(exact.withShifts(asked));
    }
  },
  WITHIN_MS,
);

/** From 1 to so much, small ones as often as great ones. */
const scattered = (most: bigint): fc.Arbitrary<bigint> => amountsUpTo(most);
const limit = fc.option(scattered(10n ** 13n), { nil: undefined });
const anyHop: fc.Arbitrary<ChainHop> = fc
  .record({
    numerator: scattered(10n ** 9n),
    denominator: scattered(10n ** 9n),
    spreadPpm: fc.bigInt(0n, 20_000n),
    fee: fc.oneof(fc.constant(0n), scattered(1_000n)),
    maxIn: limit,
    maxOut: limit,
  })
  .map(({ numerator, denominator, spreadPpm, fee, maxIn, maxOut }) => ({
    rate: { numerator, denominator },
    spreadPpm,
    fee,
    ...(maxIn !== undefined && { maxIn }),
    ...(maxOut !== undefined && { maxOut }),
  }));
const anyShape: fc.Arbitrary<ChainShape> = fc.record({
  scales: fc.array(fc.constantFrom(0, 2, 4, 6, 9), { minLength: 4, maxLength: 4 }),
  hops: fc.array(anyHop, { minLength: 3, maxLength: 3 }),
  dialect: fc.constantFrom(...DIALECTS),
});

test(
  'whatever the rates, spreads, fees, scales and limits',
  () => {
    fc.assert(
      fc.property(
        anyShape,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
        (shape, parts) => {
          const proof = new Proof(shape);
          const { most } = proof;
          if (most === undefined) return;
          const share = (part: number): bigint =>
            1n + ((most - 1n) * BigInt(Math.floor(part ** 8 * 2 ** 50))) / 2n ** 50n;
          for (const [index, asked] of [most, ...parts.map(share)].entries()) {
            const quoted = proof.check(asked);
            proof.checkBySource(quoted);
            if (index === 1) proof.checkLeast(asked, quoted);
          }
        },
      ),
      { numRuns: 1_000, seed: 20 },
    );
  },
  WITHIN_MS,
);
