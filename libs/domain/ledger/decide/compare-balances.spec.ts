import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  given,
  ledgerOpened,
  transferPrepared,
} from '#testing';
import type { CompareBalances, ReconcileLedger } from '../commands';
import type { LedgerEvent } from '../events';
import { replayLedger } from '../evolve';
import { MAX_SUM } from '../headroom';
import { balanceOf, type LedgerState } from '../state';
import { decideCompareBalances, decideDisputeTransfer, decideReconcile } from './compare-balances';
import { MAX_ORDER_TEXT } from './order-text';

const [first, second] = [aTransferId(1), aTransferId(2)];
const opened = ledgerOpened();
const symmetric = ledgerOpened({ authority: 'symmetric' });
const shadow = ledgerOpened({ authority: 'shadow' });
const fulfilled = (transferId = first): LedgerEvent => ({
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
});
/** The peer owes us 100. */
const owed: LedgerEvent[] = [transferPrepared(anIncoming()), fulfilled()];
/** The peer owes us 30 more. */
const more: LedgerEvent[] = [
  transferPrepared(anIncoming({ transferId: second, amount: 30n })),
  fulfilled(second),
];
const closed: LedgerEvent = { type: 'LedgerClosed', balance: 100n, by: 'carol', reason: 'over' };

const disputed = (ours: bigint, theirs: bigint) =>
  ({ type: 'LedgerDisputed', cause: 'balance', about: null, ours, theirs }) as const;
const diverged = (ours: bigint, theirs: bigint) =>
  ({ type: 'ShadowDiverged', ours, theirs }) as const;
const resolved = (how: 'agreed' | 'adopted', ours: bigint, theirs: bigint) =>
  ({ type: 'DisputeResolved', how, by: 'peer', note: '', ours, theirs }) as const;
const reconciled = (how: 'agreed' | 'adopted', ours: bigint, theirs: bigint) =>
  ({ type: 'ShadowReconciled', how, by: 'authority', note: '', ours, theirs }) as const;

/** Nothing moves, at a balance of 100, unless told otherwise. */
const compare =
  (theirs: bigint, change: Partial<CompareBalances> = {}) =>
  (ledger: LedgerState) =>
    decideCompareBalances(ledger, {
      theirs,
      lowest: 100n,
      highest: 100n,
      adopts: false,
      ...change,
    });

const balanceAfter = (...events: LedgerEvent[]): bigint | undefined => {
  const ledger = replayLedger(aLedgerId(), events);
  return ledger && balanceOf(ledger.sums);
};

describe.each([symmetric, shadow])('two figures on a ledger that $authority says', (start) => {
  const agreed = { type: 'BalanceCompared', ours: 100n, theirs: 100n } as const;

  test('that are one are put on record, once per figure', () => {
    given(start, ...owed)
      .whenSeen(compare(100n))
      .thenHappen(agreed);
    given(start, ...owed, agreed)
      .whenSeen(compare(100n))
      .thenNothingHappens();
    given(start, ...owed, agreed, ...more)
      .whenSeen(compare(130n, { lowest: 130n, highest: 130n }))
      .thenHappen({ type: 'BalanceCompared', ours: 130n, theirs: 130n });
  });

  test.each([60n, 80n, 100n, 150n])('that movements explain say nothing: %s', (theirs) => {
    given(start, ...owed)
      .whenSeen(compare(theirs, { lowest: 60n, highest: 150n, adopts: true }))
      .thenNothingHappens();
  });

  test.each([
    [101n, 200n],
    [0n, 99n],
  ])('say nothing once our balance has moved out of %s to %s', (lowest, highest) => {
    for (const theirs of [100n, 500n]) {
      given(start, ...owed)
        .whenSeen(compare(theirs, { lowest, highest, adopts: true }))
        .thenNothingHappens();
    }
  });

  test.each([MAX_SUM + 1n, -MAX_SUM - 1n])(
    'say nothing beyond what a ledger can hold: %s',
    (far) => {
      given(start, ...owed)
        .whenSeen(compare(far, { adopts: true }))
        .thenNothingHappens();
    },
  );

  test('say nothing on a closed ledger', () => {
    for (const theirs of [100n, 99n]) {
      given(start, ...owed, closed)
        .whenSeen(compare(theirs, { adopts: true }))
        .thenNothingHappens();
    }
  });
});

test('an administrator compares with nobody', () => {
  for (const theirs of [100n, 99n]) {
    given(opened, ...owed)
      .whenSeen(compare(theirs, { adopts: true }))
      .thenNothingHappens();
  }
});

describe('a symmetric ledger on which they differ', () => {
  test('is disputed and never adjusted, not even if a shadow would adopt', () => {
    for (const theirs of [99n, 101n, MAX_SUM, -MAX_SUM]) {
      given(symmetric, ...owed)
        .whenSeen(compare(theirs, { adopts: true }))
        .thenHappen(disputed(100n, theirs));
    }
    expect(balanceAfter(symmetric, ...owed, disputed(100n, 99n))).toBe(100n);
  });

  test('is disputed by as much as no movement explains', () => {
    const range = { lowest: 60n, highest: 150n };
    given(symmetric, ...owed)
      .whenSeen(compare(59n, range))
      .thenHappen(disputed(60n, 59n));
    given(symmetric, ...owed)
      .whenSeen(compare(151n, range))
      .thenHappen(disputed(150n, 151n));
  });

  test('is disputed once, however far both figures move since', () => {
    given(symmetric, ...owed, disputed(100n, 80n))
      .whenSeen(compare(80n))
      .thenNothingHappens();
    given(symmetric, ...owed, disputed(100n, 80n), ...more)
      .whenSeen(compare(110n, { lowest: 130n, highest: 130n }))
      .thenNothingHappens();
    for (const theirs of [70n, 71n, 89n]) {
      given(symmetric, ...owed, disputed(100n, 80n))
        .whenSeen(compare(theirs, { lowest: 90n, highest: 109n }))
        .thenNothingHappens();
    }
    given(symmetric, ...owed, disputed(100n, 80n))
      .whenSeen(compare(69n, { lowest: 90n, highest: 109n }))
      .thenHappen(disputed(90n, 69n));
  });

  test('is disputed anew by another distance', () => {
    given(symmetric, ...owed, disputed(100n, 80n))
      .whenSeen(compare(81n))
      .thenHappen(disputed(100n, 81n));
    given(symmetric, ...owed, disputed(100n, 80n))
      .whenSeen(compare(120n))
      .thenHappen(disputed(100n, 120n));
  });

  test('is so no more when the figures are one, but not while movements may explain it', () => {
    given(symmetric, ...owed, disputed(100n, 80n))
      .whenSeen(compare(100n))
      .thenHappen(resolved('agreed', 100n, 100n));
    given(symmetric, ...owed, disputed(100n, 80n))
      .whenSeen(compare(100n, { lowest: 99n }))
      .thenNothingHappens();
    expect(
      balanceAfter(symmetric, ...owed, disputed(100n, 80n), resolved('agreed', 100n, 100n)),
    ).toBe(100n);
  });
});

describe.each(['shadow', 'validated'] as const)('a copy (%s) that differs', (authority) => {
  const copy = ledgerOpened({ authority });

  test('has diverged, once', () => {
    given(copy, ...owed)
      .whenSeen(compare(80n))
      .thenHappen(diverged(100n, 80n));
    given(copy, ...owed, diverged(100n, 80n))
      .whenSeen(compare(80n))
      .thenNothingHappens();
    given(copy, ...owed, diverged(100n, 80n))
      .whenSeen(compare(81n))
      .thenHappen(diverged(100n, 81n));
  });

  test.each([80n, 130n, -5n])('adopts the figure, if it may: %s', (theirs) => {
    const events = [diverged(100n, theirs), reconciled('adopted', 100n, theirs)] as const;
    given(copy, ...owed)
      .whenSeen(compare(theirs, { adopts: true }))
      .thenHappen(...events);
    expect(balanceAfter(copy, ...owed, ...events)).toBe(theirs);
  });

  test('adopts also what it had only put on record before', () => {
    given(copy, ...owed, diverged(100n, 80n))
      .whenSeen(compare(80n, { adopts: true }))
      .thenHappen(reconciled('adopted', 100n, 80n));
  });

  test('adopts nothing twice', () => {
    const events = [diverged(100n, 80n), reconciled('adopted', 100n, 80n)] as const;
    given(copy, ...owed, ...events)
      .whenSeen(compare(80n, { adopts: true }))
      .thenNothingHappens();
  });

  test('adopts nothing while something moves', () => {
    given(copy, ...owed)
      .whenSeen(compare(80n, { lowest: 90n, highest: 120n, adopts: true }))
      .thenHappen(diverged(90n, 80n));
    given(copy, ...owed, diverged(90n, 80n))
      .whenSeen(compare(80n, { lowest: 90n, highest: 120n, adopts: true }))
      .thenNothingHappens();
  });

  test('is reconciled when the figures are one by themselves', () => {
    given(copy, ...owed, diverged(100n, 80n))
      .whenSeen(compare(100n))
      .thenHappen(reconciled('agreed', 100n, 100n));
  });
});

describe('a transfer that the two sides of a symmetric ledger did not end alike', () => {
  const dispute =
    (transferId = first) =>
    (ledger: LedgerState) =>
      decideDisputeTransfer(ledger, { transferId });
  const about = (theirs: bigint, ours = 0n, transferId = first) =>
    ({ type: 'LedgerDisputed', cause: 'outcome', about: transferId, ours, theirs }) as const;
  const incoming = transferPrepared(anIncoming());
  const outgoing = transferPrepared(anOutgoing());
  const rejected: LedgerEvent = {
    type: 'TransferRejected',
    transferId: first,
    reason: Buffer.from('reason'),
  };

  test.each<[string, LedgerEvent[], bigint, bigint]>([
    ['they have not paid what we count', [incoming, fulfilled()], 100n, 0n],
    ['they have not got what we paid', [outgoing, fulfilled()], -100n, 0n],
    ['they count what we rolled back, to our good', [incoming, rejected], 0n, 100n],
    ['they count what we rolled back, to theirs', [outgoing, rejected], 0n, -100n],
  ])('is disputed by its amount: %s', (_what, story, ours, theirs) => {
    given(symmetric, ...story)
      .whenSeen(dispute())
      .thenHappen(about(theirs, ours));
  });

  test('is disputed once', () => {
    given(symmetric, ...owed, about(0n, 100n))
      .whenSeen(dispute())
      .thenNothingHappens();
  });

  test('is disputed on top of what is disputed already, and each still once', () => {
    const both = [...owed, ...more];
    const events = [about(30n, 130n), about(0n, 130n, second)] as const;
    given(symmetric, ...both)
      .whenSeen(dispute())
      .thenHappen(events[0]);
    given(symmetric, ...both, events[0])
      .whenSeen(dispute(second))
      .thenHappen(events[1]);
    for (const id of [first, second]) {
      given(symmetric, ...both, ...events)
        .whenSeen(dispute(id))
        .thenNothingHappens();
    }
  });

  test('is not disputed by a comparison that says the same', () => {
    given(symmetric, ...owed, about(0n, 100n))
      .whenSeen(compare(0n))
      .thenNothingHappens();
  });

  test('says nothing while it is open, where it is not known, and once it is closed', () => {
    given(symmetric, incoming).whenSeen(dispute()).thenNothingHappens();
    given(symmetric).whenSeen(dispute()).thenNothingHappens();
    given(symmetric, ...owed, closed)
      .whenSeen(dispute())
      .thenNothingHappens();
  });

  test.each(['admin', 'shadow', 'validated'] as const)(
    'says nothing on a ledger: %s',
    (authority) => {
      given(ledgerOpened({ authority }), ...owed)
        .whenSeen(dispute())
        .thenNothingHappens();
    },
  );
});

describe('an operator', () => {
  const reconcile =
    (theirs: bigint, change: Partial<ReconcileLedger> = {}) =>
    (ledger: LedgerState) =>
      decideReconcile(ledger, { by: 'carol', note: 'by phone', theirs, ...change });
  const own = { by: 'carol', note: 'by phone' };

  test('adopts the figure of the other side of a symmetric ledger', () => {
    const event = { ...resolved('adopted', 100n, 80n), ...own };
    given(symmetric, ...owed, disputed(100n, 80n))
      .when(reconcile(80n))
      .thenHappens(event);
    expect(balanceAfter(symmetric, ...owed, disputed(100n, 80n), event)).toBe(80n);
  });

  test('adopts the figure of an authority, without a note if he likes', () => {
    const event = { ...reconciled('adopted', 100n, 130n), by: 'carol' };
    given(shadow, ...owed, diverged(100n, 130n))
      .when(reconcile(130n, { note: '' }))
      .thenHappens(event);
    expect(balanceAfter(shadow, ...owed, diverged(100n, 130n), event)).toBe(130n);
  });

  test.each([80n, 110n])('adopts the distance, whichever figure he read: %s', (read) => {
    const event = { ...resolved('adopted', 130n, 110n), ...own };
    const story = [...owed, disputed(100n, 80n), ...more];
    given(symmetric, ...story)
      .when(reconcile(read))
      .thenHappens(event);
    expect(balanceAfter(symmetric, ...story, event)).toBe(110n);
  });

  test('ends the dispute: a comparison then agrees, and a transfer may be disputed again', () => {
    const event = { ...resolved('adopted', 100n, 80n), ...own };
    given(symmetric, ...owed, disputed(100n, 80n), event)
      .whenSeen(compare(80n, { lowest: 80n, highest: 80n }))
      .thenNothingHappens();
  });

  test.each([
    ['by', { by: '' }, 'must-not-be-empty', 0],
    ['note', { note: ' ' }, 'must-not-be-empty', 1],
    ['note', { note: 'x'.repeat(501) }, 'too-long', 501],
  ] as const)('is refused InvalidText first: %s', (field, change, rule, length) => {
    given(symmetric, ...owed, closed)
      .when(reconcile(0n, change))
      .thenIsRefused({ kind: 'InvalidText', field, rule, length, maximum: MAX_ORDER_TEXT });
  });

  test('is refused LedgerClosed: a closed ledger keeps its balance', () => {
    given(symmetric, ...owed, disputed(100n, 80n), closed)
      .when(reconcile(80n))
      .thenIsRefused({ kind: 'LedgerClosed', ledgerId: 'alice' });
  });

  test('is refused NothingToReconcile: before, and when it is over', () => {
    const refusal = { kind: 'NothingToReconcile', ledgerId: 'alice' } as const;
    given(symmetric, ...owed)
      .when(reconcile(100n))
      .thenIsRefused(refusal);
    given(symmetric, ...owed, disputed(100n, 80n), resolved('adopted', 100n, 80n))
      .when(reconcile(80n))
      .thenIsRefused(refusal);
  });

  test('is refused BalanceMoved: neither figure is the one that he read', () => {
    given(symmetric, ...owed, disputed(100n, 80n), ...more)
      .when(reconcile(100n))
      .thenIsRefused({ kind: 'BalanceMoved', read: 100n, now: 110n });
  });
});
