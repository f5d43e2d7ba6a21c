import { aLedgerId, given, ledgerOpened } from '#testing';
import type { RecordSettlement, ReverseSettlement } from '../commands';
import type { LedgerEvent } from '../events';
import { openLedger, replayLedger } from '../evolve';
import { MAX_AMOUNT, MAX_SUM } from '../headroom';
import { balanceOf, type LedgerState } from '../state';
import { MAX_ORDER_TEXT } from './order-text';
import { decideRecordSettlement, decideReverseSettlement } from './settle-balance';

const opened = ledgerOpened({ limits: { maxBalance: 0n, minBalance: 0n } });
const paid = {
  type: 'SettlementRecorded',
  reference: 'wire 1',
  direction: 'paid',
  amount: 100n,
  by: 'carol',
} as const;
const received = { ...paid, reference: 'wire 2', direction: 'received' } as const;
const reversal = {
  type: 'SettlementReversed',
  reference: 'wire 3',
  reverses: 'wire 1',
  direction: 'paid',
  amount: 100n,
  reason: 'came back',
  by: 'carol',
} as const;
const closed = (balance: bigint): LedgerEvent => ({
  type: 'LedgerClosed',
  balance,
  by: 'carol',
  reason: 'over',
});

const record =
  (change: Partial<RecordSettlement> = {}) =>
  (ledger: LedgerState) =>
    decideRecordSettlement(ledger, { ...paid, ...change });

const reverse =
  (change: Partial<ReverseSettlement> = {}) =>
  (ledger: LedgerState) =>
    decideReverseSettlement(ledger, { ...reversal, ...change });

const invalid = (field: string, length = 0) =>
  ({
    kind: 'InvalidText',
    field: field as 'by',
    rule: length === 0 ? 'must-not-be-empty' : 'too-long',
    length,
    maximum: MAX_ORDER_TEXT,
  }) as const;

describe('money that changed hands outside', () => {
  test('is recorded, whatever the limits and whether new transfers are taken', () => {
    const paused: LedgerEvent = { type: 'LedgerPaused', by: 'carol', reason: 'so' };
    given(opened).when(record()).thenHappens(paid);
    given(opened, paused)
      .when(record({ ...received, amount: MAX_AMOUNT }))
      .thenHappens({ ...received, amount: MAX_AMOUNT });
  });

  test.each<[LedgerEvent[], bigint]>([
    [[paid], 100n],
    [[received], -100n],
    [[paid, received], 0n],
    [[paid, reversal], 0n],
    [[paid, received, reversal], -100n],
  ])('moves the balance: %j', (story, balance) => {
    const ledger = replayLedger(aLedgerId(), [opened, ...story]);
    expect(ledger && balanceOf(ledger.sums)).toBe(balance);
  });

  test('is recorded once, whoever says it again and whatever became of it since', () => {
    for (const story of [[], [reversal], [reversal, closed(0n)]]) {
      given(opened, paid, ...story)
        .when(record({ by: 'dave' }))
        .thenIsRepeated();
    }
  });

  test('holds what the command holds and nothing that lay beside it', () => {
    const wider = { ...paid, nowMs: 1 };
    given(opened).when(record(wider)).thenHappens(paid);
  });
});

describe('recording is refused, the most basic first', () => {
  test.each(['reference', 'by'])('InvalidText: %s, whatever the amount', (field) => {
    given(opened, paid)
      .when(record({ amount: 0n, [field]: '' }))
      .thenIsRefused(invalid(field));
    given(opened, paid)
      .when(record({ amount: 0n, [field]: 'x'.repeat(501) }))
      .thenIsRefused(invalid(field, 501));
  });

  test.each([0n, -1n, MAX_AMOUNT + 1n])('AmountOutOfRange: %s, even of a known one', (amount) => {
    given(opened, paid)
      .when(record({ amount }))
      .thenIsRefused({ kind: 'AmountOutOfRange', amount, maximum: MAX_AMOUNT });
  });

  test.each<[string, Partial<RecordSettlement>]>([
    ['another amount', { amount: 101n }],
    ['another direction', { direction: 'received' }],
    ['a reversal', { reference: 'wire 3' }],
  ])('ReferenceInUse: by %s, even once it is closed', (_what, change) => {
    const { reference = 'wire 1' } = change;
    for (const story of [[], [closed(0n)]]) {
      given(opened, paid, reversal, ...story)
        .when(record(change))
        .thenIsRefused({ kind: 'ReferenceInUse', reference });
    }
  });

  test('LedgerClosed', () => {
    given(opened, closed(0n))
      .when(record())
      .thenIsRefused({ kind: 'LedgerClosed', ledgerId: 'alice' });
  });

  test.each([
    ['paid', 'settledPaid'],
    ['received', 'settledReceived'],
  ] as const)('SumOutOfRange: of what was %s', (direction, sum) => {
    const ledger = openLedger(aLedgerId(), opened);
    ledger.sums[sum] = MAX_SUM - 100n;
    expect(record({ direction })(ledger)).toHaveProperty('event');
    expect(record({ direction, amount: 101n })(ledger)).toEqual({
      refusal: { kind: 'SumOutOfRange', sum: MAX_SUM + 1n, maximum: MAX_SUM },
    });
  });
});

describe('a settlement is taken back', () => {
  test('by an event that says what it was', () => {
    given(opened, paid).when(reverse()).thenHappens(reversal);
    given(opened, received)
      .when(reverse({ reverses: 'wire 2' }))
      .thenHappens({ ...reversal, reverses: 'wire 2', direction: 'received' });
  });

  test('once, whoever says so again and why', () => {
    given(opened, paid, reversal)
      .when(reverse({ by: 'dave', reason: 'other' }))
      .thenIsRepeated();
    given(opened, paid, reversal, closed(0n)).when(reverse()).thenIsRepeated();
  });

  test('and recorded anew under a new reference', () => {
    given(opened, paid, reversal)
      .when(record({ reference: 'wire 4' }))
      .thenHappens({ ...paid, reference: 'wire 4' });
  });
});

describe('taking back is refused, the most basic first', () => {
  test.each(['reference', 'reverses', 'reason', 'by'])('InvalidText: %s', (field) => {
    given(opened)
      .when(reverse({ [field]: '' }))
      .thenIsRefused(invalid(field));
  });

  test.each<[string, Partial<ReverseSettlement>]>([
    ['the settlement itself', { reference: 'wire 1' }],
    ['another settlement', { reference: 'wire 2', reverses: 'none' }],
    ['another reversal', { reverses: 'wire 2' }],
  ])('ReferenceInUse: by %s', (_what, change) => {
    const { reference = 'wire 3' } = change;
    given(opened, paid, received, reversal)
      .when(reverse(change))
      .thenIsRefused({ kind: 'ReferenceInUse', reference });
  });

  test('SettlementNotFound: unknown, or a reversal', () => {
    for (const reverses of ['none', 'wire 3']) {
      given(opened, paid, reversal)
        .when(reverse({ reference: 'wire 4', reverses }))
        .thenIsRefused({ kind: 'SettlementNotFound', reference: reverses });
    }
  });

  test('AlreadyReversed: by what, even once it is closed', () => {
    for (const story of [[], [closed(0n)]]) {
      given(opened, paid, reversal, ...story)
        .when(reverse({ reference: 'wire 4' }))
        .thenIsRefused({ kind: 'AlreadyReversed', reference: 'wire 1', by: 'wire 3' });
    }
  });

  test('LedgerClosed', () => {
    given(opened, paid, closed(100n))
      .when(reverse())
      .thenIsRefused({ kind: 'LedgerClosed', ledgerId: 'alice' });
  });
});
