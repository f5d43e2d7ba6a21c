import fc from 'fast-check';
import type { Authority, Limits } from '#domain/ledger';
import { type Fate, type SimulatedLedger, SimulatedWorld, type Step } from './simulated-world';

const owner = fc.nat(1);
const ledger = fc.nat(2);

const limits: fc.Arbitrary<Limits> = fc.record({
  maxBalance: fc.oneof(fc.constant(null), fc.bigInt(20n, 200n)),
  minBalance: fc.oneof(fc.constant(null), fc.bigInt(-60n, -20n)),
});

const someLedgers = (authorities: readonly Authority[]): fc.Arbitrary<SimulatedLedger[]> =>
  fc.array(
    fc.record({
      authority: fc.constantFrom(...authorities),
      limits,
      owner,
      skewMs: fc.constantFrom(0, 0, 300, -300, 2_000),
    }),
    { minLength: 2, maxLength: 3 },
  );

const kind = <const K extends string>(name: K) => fc.constant(name);

const aFate = fc.constantFrom<Fate>('once', 'once', 'once', 'lost', 'late', 'twice');

/** Messages on their way are most of life. */
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('pay'),
      from: ledger,
      to: ledger,
      amount: fc.integer({ min: 1, max: 40 }),
      forwarded: fc.integer({ min: 1, max: 40 }),
      holdMs: fc.constantFrom(10_000, 10_000, 4_000, 4_000, 900),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('settle'),
      ledger,
      which: fc.nat(3),
      wants: fc.constantFrom('fulfill' as const, 'fulfill' as const, 'reject' as const),
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: kind('flow'),
      rounds: fc.oneof(fc.nat(2), fc.integer({ min: 5, max: 9 })),
      fates: fc.oneof(
        fc.constant(['once' as const]),
        fc.array(aFate, { minLength: 1, maxLength: 5 }),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('cut'), isCut: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('ghost'), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('crash'), owner }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('doom'),
      owner,
      when: fc.constantFrom('before-commit' as const, 'after-commit' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('move'), ledger, owner }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('clock'),
      byMs: fc.oneof(fc.nat(600), fc.constantFrom(1_000, 3_100, 9_500, 9_500, -700)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('skew'),
      owner,
      byMs: fc.integer({ min: -1_500, max: 1_500 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kind('tick'), owner }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('peer'), ledger }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('session'), ledger }) },
);

const someSteps = fc.array(aStep, { minLength: 5, maxLength: 40, size: 'max' });

describe('any story of ledgers with several owners', () => {
  const seen = new Map<string, number>();

  const play = async (ledgers: SimulatedLedger[], steps: Step[]): Promise<SimulatedWorld> => {
    const world = await SimulatedWorld.of(ledgers);
    for (const step of steps) {
      await world.step(step);
      expect(world.allFaults()).toEqual([]);
    }
    await world.settleDown();
    for (const [kind, times] of world.sent) seen.set(kind, (seen.get(kind) ?? 0) + times);
    for (const { event } of world.log.network.log) {
      seen.set(event.type, (seen.get(event.type) ?? 0) + 1);
    }
    return world;
  };

  test('comes to one outcome for both legs, both peers and every owner', async () => {
    const ledgers = someLedgers(['admin', 'admin', 'shadow', 'symmetric', 'validated']);
    await fc.assert(
      fc.asyncProperty(ledgers, someSteps, async (setup, steps) => {
        expect((await play(setup, steps)).allFaults()).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('loses nothing on ledgers that nobody decides without us', async () => {
    await fc.assert(
      fc.asyncProperty(someLedgers(['admin', 'symmetric']), someSteps, async (setup, steps) => {
        const world = await play(setup, steps);
        expect(world.allFaults()).toEqual([]);
        expect(world.log.network.losses).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ...['TransferPrepared', 'TransferFulfilled', 'TransferRejected', 'TransferExpired'],
    ...['TransferProposed', 'ProposalAccepted', 'FulfillmentSubmitted'],
    ...['forward-payment', 'leg-report', 'leg-answer'],
    ...['deliver-prepare', 'deliver-fulfill', 'deliver-reject', 'answer'],
  ])('comes upon %s', (what) => {
    expect(seen.get(what) ?? 0).toBeGreaterThan(20);
  });
});
