import fc from 'fast-check';
import { aLedgerId, ledgerOpened } from '#testing';
import { openLedger, type LedgerState } from '#domain/ledger';
import type { Leg } from './leg';
import {
  contributionOf,
  diffBalances,
  diffLedgers,
  diffTransfer,
  type LedgerSide,
} from './ledger-diff';

const TRANSFER = '00000000-0000-4000-8000-000000000001';

const leg = (change: Partial<Leg> = {}): Leg => ({
  ledger: 'bob',
  transfer: TRANSFER,
  direction: 'outgoing',
  status: 'fulfilled',
  amount: 100n,
  condition: Buffer.alloc(32, 1),
  expiresAtMs: 9_000,
  beganVersion: 2,
  lastVersion: 3,
  packetDigest: null,
  link: { kind: 'none' },
  ...change,
});
const mirrored = (change: Partial<Leg> = {}): Leg =>
  leg({ ledger: 'us', direction: 'incoming', ...change });

test('what goes out here comes in there: nothing differs', () => {
  expect(diffTransfer(TRANSFER, leg(), mirrored())).toBeUndefined();
});

test('how it was rolled back makes no difference, nor what only one side has rolled back', () => {
  const [rejected, expired] = [leg({ status: 'rejected' }), mirrored({ status: 'expired' })];
  expect(diffTransfer(TRANSFER, rejected, expired)).toBeUndefined();
  expect(diffTransfer(TRANSFER, rejected, undefined)).toBeUndefined();
  expect(diffTransfer(TRANSFER, undefined, expired)).toBeUndefined();
});

test.each<[string, Partial<Leg>, bigint]>([
  ['direction', { direction: 'outgoing' }, -200n],
  ['amount', { amount: 101n }, 1n],
  ['condition', { condition: Buffer.alloc(32, 2) }, 0n],
  ['expiry', { expiresAtMs: 9_001 }, 0n],
  ['outcome', { status: 'expired' }, -100n],
  ['outcome', { status: 'prepared' }, -100n],
])('another %s is told, with what it does to the balance', (field, change, effect) => {
  const difference = diffTransfer(TRANSFER, leg(), mirrored(change));
  expect(difference).toMatchObject({ kind: 'different', effect });
  expect(difference?.fields.map((each) => each.field)).toEqual([field]);
});

test('a transfer on one side only', () => {
  expect(diffTransfer(TRANSFER, leg(), undefined)).toMatchObject({
    kind: 'only-ours',
    effect: -100n,
    fields: [{ ours: 'outgoing 100, fulfilled', theirs: 'none' }],
  });
  expect(diffTransfer(TRANSFER, undefined, mirrored({ status: 'prepared' }))).toMatchObject({
    kind: 'only-theirs',
    effect: 0n,
  });
});

const side = (change: Partial<LedgerState['sums']> = {}): LedgerSide => {
  const state = openLedger(aLedgerId(), ledgerOpened());
  return { ledger: 'alice', version: 1, state: { ...state, sums: { ...state.sums, ...change } } };
};

test('the accounts of both sides are mirrored', () => {
  expect(diffLedgers(side(), side()).map(({ field }) => field)).toEqual([
    'account',
    'peer account',
  ]);
  const theirs = openLedger(
    aLedgerId(),
    ledgerOpened({ account: 'client', peerAccount: 'server', currencyScale: 6 }),
  );
  expect(diffLedgers(side(), { ledger: 'us', version: 1, state: theirs })).toEqual([
    { field: 'scale', ours: '9', theirs: '6' },
  ]);
});

test('the difference of two balances is explained to the last unit', () => {
  const status = fc.constantFrom('fulfilled' as const, 'rejected' as const, 'prepared' as const);
  const direction = fc.constantFrom('incoming' as const, 'outgoing' as const);
  const some = fc.array(
    fc.option(fc.record({ amount: fc.bigInt(1n, 2n ** 64n - 1n), status, direction }), {
      nil: undefined,
    }),
    { minLength: 5, maxLength: 5 },
  );
  const sums = fc.record({
    settledPaid: fc.bigInt(0n, 1000n),
    settledReceived: fc.bigInt(0n, 1000n),
    adjusted: fc.bigInt(-1000n, 1000n),
  });
  const sideOf = (
    legs: readonly (Leg | undefined)[],
    settled: Partial<LedgerState['sums']>,
  ): LedgerSide => {
    const [incomingFulfilled, outgoingFulfilled] = (['incoming', 'outgoing'] as const).map((way) =>
      legs
        .filter((each) => each?.direction === way && each.status === 'fulfilled')
        .reduce((total, each) => total + (each?.amount ?? 0n), 0n),
    );
    return side({
      incomingFulfilled: incomingFulfilled ?? 0n,
      outgoingFulfilled: outgoingFulfilled ?? 0n,
      ...settled,
    });
  };
  fc.assert(
    fc.property(some, some, sums, sums, (one, other, ourSums, theirSums) => {
      const ours = one.map((each) => each && leg(each));
      const theirs = other.map((each) => each && leg(each));
      const byTransfers = ours.reduce(
        (total, each, at) => total + (diffTransfer(TRANSFER, each, theirs[at])?.effect ?? 0n),
        0n,
      );
      const balance = diffBalances(sideOf(ours, ourSums), sideOf(theirs, theirSums), byTransfers);
      expect(balance.unexplained).toBe(0n);
      expect(balance.difference).toBe(balance.ours + balance.theirs);
    }),
  );
  expect(contributionOf(undefined)).toBe(0n);
});
