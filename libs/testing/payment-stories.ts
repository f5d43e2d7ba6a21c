import fc from 'fast-check';
import type { Authority, Limits } from '#domain/ledger';
import type { Move, NetworkSetup } from './payment-moves';

/** How many payments there are to choose from on each ledger; few, so that moves meet. */
const PAYMENTS = 3;

/** One thing most of the time, now and then another. */
const mostly = <Value>(usual: fc.Arbitrary<Value>, unusual: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: unusual });

const rarely = mostly(fc.constant(false), fc.constant(true));

const someLimits: fc.Arbitrary<Limits> = fc.record({
  maxBalance: fc.oneof(fc.constant(null), fc.bigInt(0n, 200n)),
  minBalance: fc.oneof(fc.constant(null), fc.bigInt(-200n, 0n)),
});

const ledger = fc.nat(2);
const which = fc.oneof(fc.nat(1), fc.nat(11));
const lagMs = mostly(fc.constant(0), fc.nat(3_000));

/** Forwarding, ending and time passing are most of life. */
export const aMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('accept' as const),
      from: ledger,
      payment: fc.nat(PAYMENTS - 1),
      to: mostly(ledger, fc.constant(3)),
      amount: mostly(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -1, max: 0 })),
      forwarded: mostly(fc.integer({ min: 1, max: 40 }), fc.constant(0)),
      holdMs: mostly(
        fc.integer({ min: 1_500, max: 10_000 }),
        fc.integer({ min: -100, max: 1_500 }),
      ),
      windowMs: mostly(fc.constant(1_000), fc.integer({ min: -500, max: 1_000 })),
      isRefused: rarely,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), which }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fulfill' as const),
      which,
      lagMs,
      isWrong: rarely,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reject' as const),
      which,
      lagMs,
      code: fc.constantFrom('F99', 'R00', ''),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      which,
      error: fc.constantFrom('NotAcceptedError', 'AlreadyFulfilledError', 'DuplicateIdError'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      which,
      what: fc.constantFrom('prepare' as const, 'fulfill' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('unpaid' as const),
      which,
      error: fc.constantFrom(
        'AlreadyRolledBackError',
        'TransferNotFoundError',
        'AlreadyFulfilledError',
        'NotAcceptedError',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('standing' as const),
      ledger,
      to: fc.constantFrom('open' as const, 'paused' as const, 'open' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('thresholds' as const),
      ledger,
      low: fc.bigInt(-40n, -1n),
      high: fc.bigInt(0n, 40n),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      byMs: mostly(fc.nat(6_000), fc.integer({ min: -4_000, max: 0 })),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'sweep' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('limits' as const), ledger, limits: someLimits }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'resume' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

export const aSetup: fc.Arbitrary<NetworkSetup[]> = fc.array(
  fc.record({
    authority: fc.constantFrom<Authority>('admin', 'admin', 'shadow', 'symmetric', 'validated'),
    limits: someLimits,
  }),
  { minLength: 3, maxLength: 3 },
);
