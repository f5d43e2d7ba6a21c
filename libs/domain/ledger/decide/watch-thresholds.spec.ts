import { aLedgerId, given, ledgerOpened } from '#testing';
import type { LedgerEvent, Thresholds } from '../events';
import { evolve, openLedger } from '../evolve';
import { MAX_SUM } from '../headroom';
import type { LedgerState } from '../state';
import { MAX_ORDER_TEXT } from './order-text';
import { decideChangeThresholds, watchThresholds } from './watch-thresholds';

const opened = ledgerOpened();
const NONE: Thresholds = { low: null, high: null, settleTo: null };
const changed = (thresholds: Partial<Thresholds>): LedgerEvent & { type: 'ThresholdsChanged' } => ({
  type: 'ThresholdsChanged',
  thresholds: { ...NONE, ...thresholds },
  by: 'carol',
});
const closed: LedgerEvent = { type: 'LedgerClosed', balance: 0n, by: 'carol', reason: 'over' };
let references = 0;
/** Moves the balance by so much. */
const moved = (by: bigint): LedgerEvent => ({
  type: 'SettlementRecorded',
  reference: `wire ${(references += 1)}`,
  direction: by > 0n ? 'paid' : 'received',
  amount: by > 0n ? by : -by,
  by: 'carol',
});
const crossed = (
  threshold: 'low' | 'high',
  change: 'reached' | 'left',
  [limit, balance]: [bigint, bigint],
) => ({ type: 'ThresholdCrossed', threshold, change, limit, balance }) as const;

const change =
  (thresholds: Partial<Thresholds>, by = 'carol') =>
  (ledger: LedgerState) =>
    decideChangeThresholds(ledger, { thresholds: { ...NONE, ...thresholds }, by });

describe('thresholds change', () => {
  test.each<Partial<Thresholds>>([
    { low: -10n },
    { high: 10n },
    { low: -10n, high: 10n, settleTo: 0n },
    { low: -10n, settleTo: -9n },
    { high: 10n, settleTo: 9n },
    { low: -1n, high: 0n },
    { low: 5n, high: 6n },
    { settleTo: 3n },
    { low: -MAX_SUM, high: MAX_SUM },
  ])('to %o', (thresholds) => {
    given(opened).when(change(thresholds)).thenHappens(changed(thresholds));
    given(opened, changed(thresholds)).when(change(NONE)).thenHappens(changed(NONE));
  });

  test('not to what they are, whoever says so', () => {
    given(opened).when(change(NONE)).thenIsRepeated();
    given(opened, changed({ low: 1n, high: 5n, settleTo: 2n }))
      .when(change({ low: 1n, high: 5n, settleTo: 2n }, 'dave'))
      .thenIsRepeated();
  });
});

describe('refusals, the most basic first', () => {
  test('InvalidText', () => {
    given(opened, closed)
      .when(change({ low: 2n, high: 1n }, ''))
      .thenIsRefused({
        kind: 'InvalidText',
        field: 'by',
        rule: 'must-not-be-empty',
        length: 0,
        maximum: MAX_ORDER_TEXT,
      });
  });

  test.each<[Partial<Thresholds>, keyof Thresholds, string, bigint, bigint]>([
    [{ low: MAX_SUM + 1n, high: 0n }, 'low', 'out-of-range', MAX_SUM + 1n, MAX_SUM],
    [{ high: -MAX_SUM - 1n, low: 0n }, 'high', 'out-of-range', -MAX_SUM - 1n, -MAX_SUM],
    [{ settleTo: MAX_SUM + 1n }, 'settleTo', 'out-of-range', MAX_SUM + 1n, MAX_SUM],
    [{ low: 1n, high: 1n, settleTo: 1n }, 'low', 'must-be-below-high', 1n, 1n],
    [{ low: 2n, high: 1n }, 'low', 'must-be-below-high', 2n, 1n],
    [{ low: -5n, high: 5n, settleTo: -5n }, 'settleTo', 'must-lie-between', -5n, -5n],
    [{ low: -5n, high: 5n, settleTo: 5n }, 'settleTo', 'must-lie-between', 5n, 5n],
    [{ low: -5n, settleTo: -6n }, 'settleTo', 'must-lie-between', -6n, -5n],
    [{ high: 5n, settleTo: 6n }, 'settleTo', 'must-lie-between', 6n, 5n],
  ])('InvalidThresholds %o, even on a closed ledger', (thresholds, field, rule, value, bound) => {
    for (const story of [[], [closed]]) {
      given(opened, ...story)
        .when(change(thresholds))
        .thenIsRefused({
          kind: 'InvalidThresholds',
          field,
          rule: rule as 'out-of-range',
          value,
          bound,
        });
    }
  });

  test('LedgerClosed, even for what they are', () => {
    for (const thresholds of [NONE, { low: 1n }]) {
      given(opened, closed)
        .when(change(thresholds))
        .thenIsRefused({ kind: 'LedgerClosed', ledgerId: 'alice' });
    }
  });
});

describe('a threshold', () => {
  const both = changed({ low: -10n, high: 10n });

  test.each<[bigint, 'low' | 'high']>([
    [-10n, 'low'],
    [-11n, 'low'],
    [10n, 'high'],
    [11n, 'high'],
  ])('is reached at a balance of %s', (balance, threshold) => {
    const limit = threshold === 'low' ? -10n : 10n;
    given(opened, both, moved(balance))
      .whenSeen(watchThresholds)
      .thenHappen(crossed(threshold, 'reached', [limit, balance]));
  });

  test.each([-9n, 9n])('is not reached at a balance of %s', (balance) => {
    given(opened, both, moved(balance)).whenSeen(watchThresholds).thenNothingHappens();
  });

  test('is reached once, however far the balance goes, and left once', () => {
    const reached = crossed('low', 'reached', [-10n, -10n]);
    const story = [both, moved(-10n), reached];
    given(opened, ...story)
      .whenSeen(watchThresholds)
      .thenNothingHappens();
    given(opened, ...story, moved(-5n))
      .whenSeen(watchThresholds)
      .thenNothingHappens();
    const left = crossed('low', 'left', [-10n, -9n]);
    given(opened, ...story, moved(1n))
      .whenSeen(watchThresholds)
      .thenHappen(left);
    given(opened, ...story, moved(1n), left)
      .whenSeen(watchThresholds)
      .thenNothingHappens();
  });

  test('is left before the other one is reached', () => {
    given(opened, both, moved(-10n), crossed('low', 'reached', [-10n, -10n]), moved(20n))
      .whenSeen(watchThresholds)
      .thenHappen(crossed('low', 'left', [-10n, 10n]), crossed('high', 'reached', [10n, 10n]));
    given(opened, both, moved(10n), crossed('high', 'reached', [10n, 10n]), moved(-20n))
      .whenSeen(watchThresholds)
      .thenHappen(crossed('high', 'left', [10n, -10n]), crossed('low', 'reached', [-10n, -10n]));
  });

  test('that is moved while the balance is beyond it is left, or stays reached', () => {
    const story = [both, moved(15n), crossed('high', 'reached', [10n, 15n])];
    given(opened, ...story, changed({ high: 20n }))
      .whenSeen(watchThresholds)
      .thenHappen(crossed('high', 'left', [20n, 15n]));
    given(opened, ...story, changed({ high: 15n, settleTo: 0n }))
      .whenSeen(watchThresholds)
      .thenNothingHappens();
  });

  test('that is set where the balance is already is reached at once', () => {
    given(opened, moved(15n), both)
      .whenSeen(watchThresholds)
      .thenHappen(crossed('high', 'reached', [10n, 15n]));
  });

  test('that is taken away is left at the balance that there is', () => {
    given(opened, both, moved(15n), crossed('high', 'reached', [10n, 15n]), changed(NONE))
      .whenSeen(watchThresholds)
      .thenHappen(crossed('high', 'left', [15n, 15n]));
  });

  test('is not watched on a closed ledger', () => {
    given(opened, both, moved(15n), {
      type: 'LedgerClosed',
      balance: 15n,
      by: 'carol',
      reason: 'over',
    })
      .whenSeen(watchThresholds)
      .thenNothingHappens();
  });
});

describe('a settlement', () => {
  const settling = changed({ low: -10n, high: 10n, settleTo: 2n });

  test.each<[bigint, 'low' | 'high', 'pay' | 'collect', bigint]>([
    [-15n, 'low', 'pay', 17n],
    [15n, 'high', 'collect', 13n],
  ])(
    'is asked for at %s, up or down to what is wanted',
    (balance, threshold, direction, amount) => {
      const limit = threshold === 'low' ? -10n : 10n;
      given(opened, settling, moved(balance))
        .whenSeen(watchThresholds)
        .thenHappen(crossed(threshold, 'reached', [limit, balance]), {
          type: 'SettlementRequested',
          direction,
          amount,
          balance,
        });
    },
  );

  test('of what is asked for brings the balance to what is wanted, and the threshold is left', () => {
    const ledger = openLedger(aLedgerId(), opened);
    for (const event of [settling, moved(-15n)]) evolve(ledger, event);
    for (const event of watchThresholds(ledger)) evolve(ledger, event);
    evolve(ledger, moved(17n));
    expect(watchThresholds(ledger)).toEqual([crossed('low', 'left', [-10n, 2n])]);
  });

  test('is not asked for when a threshold is left', () => {
    given(opened, settling, moved(-15n), crossed('low', 'reached', [-10n, -15n]), moved(10n))
      .whenSeen(watchThresholds)
      .thenHappen(crossed('low', 'left', [-10n, -5n]));
  });
});
