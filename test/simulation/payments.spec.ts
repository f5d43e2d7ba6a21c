import fc from 'fast-check';
import type { Authority, Limits } from '#domain/ledger';
import type { Fate, SimulatedLedger, Step } from './simulated-story';
import { SimulatedWorld } from './simulated-world';

/** A machine that does other things takes that long. */
const WITHIN_MS = 300_000;

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
  { weight: 4, arbitrary: fc.record({ kind: kind('ghost'), which: fc.nat(30) }) },
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
  { weight: 2, arbitrary: fc.record({ kind: kind('session'), ledger }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('deafen'),
      ledger,
      gateway: fc.nat(1),
      isDeaf: fc.boolean(),
    }),
  },
);

const someSteps = fc.array(aStep, { minLength: 5, maxLength: 40, size: 'max' });

jest.setTimeout(WITHIN_MS);

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
    'session-current',
  ])('comes upon %s', (what) => {
    expect(seen.get(what) ?? 0).toBeGreaterThan(5);
  });
});

/** What random stories come upon too seldom. alice has owner 1, bob owner 0. */
describe('a story in which', () => {
  const limits = { maxBalance: null, minBalance: -20n };
  const admin = (owner: number): SimulatedLedger => {
    return { authority: 'admin', limits, owner, skewMs: 0 };
  };
  const pay: Step = {
    kind: 'pay',
    from: 0,
    to: 0,
    amount: 20,
    forwarded: 20,
    holdMs: 10_000,
  };
  const flow = (rounds = 9): Step => ({ kind: 'flow', rounds, fates: ['once'] });
  const cut = (isCut: boolean): Step => ({ kind: 'cut', isCut });
  const settle = (wants: 'fulfill' | 'reject'): Step => {
    return { kind: 'settle', ledger: 1, which: 0, wants };
  };
  const clock = (byMs: number): Step => ({ kind: 'clock', byMs });
  const tick = (owner: number): Step => ({ kind: 'tick', owner });
  const ghosts = Array.from({ length: 20 }, (_, which): Step => ({ kind: 'ghost', which }));

  const fulfilledUnheard = [pay, flow(), cut(true), settle('fulfill'), flow(2), clock(10_100)];
  const refusedUnheard = [pay, flow(), pay, flow(1), cut(true), flow(1), cut(false)];
  const thenTaken = [settle('reject'), flow(), clock(600), tick(1), flow()];

  test.each<[string, Step[]]>([
    ['the payer runs out before its owner hears of the preimage', [...fulfilledUnheard, tick(1)]],
    [
      'the payer’s ledger goes to the other owner before it hears of the preimage',
      [...fulfilledUnheard, { kind: 'move', ledger: 0, owner: 0 }, tick(0)],
    ],
    [
      'the next owner dies with the preimage and the payer’s asks in between',
      [...fulfilledUnheard, tick(1), { kind: 'crash', owner: 0 }, tick(1)],
    ],
    [
      'an old refusal comes back after its payment was taken and its owner has died',
      [...refusedUnheard, ...thenTaken, { kind: 'crash', owner: 1 }, ...ghosts, settle('fulfill')],
    ],
    [
      'an old ask comes back after its payment was refused and there is room again',
      [pay, flow(), pay, flow(), settle('reject'), flow(), ...ghosts, flow(), settle('fulfill')],
    ],
  ])('%s loses nothing', async (_what, steps) => {
    const world = await SimulatedWorld.of([admin(1), admin(0)]);
    for (const step of steps) await world.step(step);
    await world.settleDown();
    expect(world.allFaults()).toEqual([]);
    expect(world.sent.get('forward-payment')).toBeGreaterThan(0);
  });
});
