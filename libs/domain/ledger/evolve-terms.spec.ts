import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  brokenInvariant,
  ledgerOpened,
  transferPrepared,
  transferProposed,
} from '#testing';
import type {
  Authority,
  DisputeResolved,
  LedgerEvent,
  SettlementRecorded,
  SettlementReversed,
  ShadowReconciled,
  ThresholdCrossed,
  TransferFulfilled,
} from './events';
import { evolve, replayLedger } from './evolve';
import { balanceOf, type LedgerState } from './state';

const id = aLedgerId();
const transferId = aTransferId(1);
const reason = Buffer.from('reason');
const incoming = transferPrepared(anIncoming());
const fulfilled: TransferFulfilled = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
};
const rejected: LedgerEvent = { type: 'TransferRejected', transferId, reason };
const proposed = transferProposed(anOutgoing());
const submitted: LedgerEvent = { ...fulfilled, type: 'FulfillmentSubmitted' };
const order = { by: 'carol', reason: 'so' };
const closed = (balance = 0n): LedgerEvent => ({ type: 'LedgerClosed', balance, ...order });
const paid: SettlementRecorded = {
  type: 'SettlementRecorded',
  reference: 'wire 1',
  direction: 'paid',
  amount: 40n,
  by: 'carol',
};
const received: LedgerEvent = { ...paid, reference: 'wire 2', direction: 'received', amount: 25n };
const reversal: SettlementReversed = {
  type: 'SettlementReversed',
  reference: 'wire 3',
  reverses: 'wire 1',
  direction: 'paid',
  amount: 40n,
  reason: 'came back',
  by: 'carol',
};
const figures = { ours: 100n, theirs: 70n };
const disputed: LedgerEvent = {
  type: 'LedgerDisputed',
  cause: 'outcome',
  about: transferId,
  ...figures,
};
const diverged: LedgerEvent = { type: 'ShadowDiverged', ...figures };
const signed = { by: 'carol', note: '' };
const resolved: DisputeResolved = {
  type: 'DisputeResolved',
  how: 'adopted',
  ...signed,
  ...figures,
};
const reconciled: ShadowReconciled = { ...resolved, type: 'ShadowReconciled' };
const compared: LedgerEvent = { type: 'BalanceCompared', ours: 5n, theirs: 5n };

const afterOn = (authority: Authority, ...events: LedgerEvent[]): LedgerState => {
  const ledger = replayLedger(id, [ledgerOpened({ authority }), ...events]);
  if (ledger === undefined) throw new Error('there are events');
  return ledger;
};

const after = (...events: LedgerEvent[]): LedgerState => afterOn('admin', ...events);

describe('a balance moves outside of transfers', () => {
  test.each<[string, Authority, LedgerEvent[], bigint]>([
    ['up by what we paid', 'admin', [paid], 40n],
    ['down by what we received', 'admin', [received], -25n],
    ['back by a reversal', 'admin', [paid, received, reversal], -25n],
    ['by the distance that is adopted', 'symmetric', [disputed, resolved], -30n],
    ['by the distance that is adopted', 'shadow', [diverged, reconciled], -30n],
    ['up, where theirs is more', 'shadow', [diverged, { ...reconciled, theirs: 130n }], 30n],
    ['again and again', 'shadow', [diverged, reconciled, diverged, reconciled, paid], -20n],
  ])('%s (%s)', (_what, authority, events, balance) => {
    expect(balanceOf(afterOn(authority, ...events).sums)).toBe(balance);
  });

  test.each<[string, Authority, LedgerEvent[]]>([
    ['a dispute', 'symmetric', [disputed]],
    ['a divergence', 'shadow', [diverged]],
    ['a comparison', 'symmetric', [compared]],
    ['an agreement', 'symmetric', [disputed, { ...resolved, how: 'agreed' }]],
    ['an agreement', 'shadow', [diverged, { ...reconciled, how: 'agreed' }]],
  ])('never by %s (%s)', (_what, authority, events) => {
    expect(balanceOf(afterOn(authority, ...events).sums)).toBe(0n);
  });

  test('and every settlement is known by its reference', () => {
    expect([...after(paid, received, reversal).settlements]).toEqual([
      ['wire 1', { kind: 'settlement', direction: 'paid', amount: 40n, reversedBy: 'wire 3' }],
      ['wire 2', { kind: 'settlement', direction: 'received', amount: 25n, reversedBy: null }],
      ['wire 3', { kind: 'reversal', reverses: 'wire 1' }],
    ]);
  });
});

describe('two figures', () => {
  test('that differ are kept, with the transfers about which they do, until they are one', () => {
    const ledger = afterOn('symmetric', disputed);
    expect(ledger).toMatchObject({ difference: figures, agreedBalance: null });
    expect([...ledger.disputed]).toEqual([transferId]);
    evolve(ledger, { type: 'LedgerDisputed', cause: 'balance', about: null, ours: 1n, theirs: 2n });
    expect(ledger.difference).toEqual({ ours: 1n, theirs: 2n });
    expect([...ledger.disputed]).toEqual([transferId]);
    evolve(ledger, resolved);
    expect(ledger).toMatchObject({ difference: null, agreedBalance: 70n });
    expect(ledger.disputed.size).toBe(0);
  });

  test('of a copy are kept until they are one', () => {
    expect(afterOn('shadow', diverged)).toMatchObject({ difference: figures });
    const ledger = afterOn('validated', diverged, reconciled);
    expect(ledger).toMatchObject({ difference: null, agreedBalance: 70n });
  });

  test('that are one are kept', () => {
    expect(afterOn('shadow', compared).agreedBalance).toBe(5n);
  });
});

test('a ledger stands as the last order says', () => {
  const orders: [LedgerEvent, string][] = [
    [{ type: 'LedgerPaused', ...order }, 'paused'],
    [{ type: 'LedgerDraining', ...order }, 'draining'],
    [{ type: 'LedgerResumed', ...order }, 'open'],
    [closed(), 'closed'],
  ];
  const ledger = after();
  for (const [event, standing] of orders) {
    evolve(ledger, event);
    expect(ledger.standing).toBe(standing);
  }
});

test('what is open when a ledger is paused or drained goes on', () => {
  const ledger = after(incoming, { type: 'LedgerPaused', ...order }, fulfilled);
  expect(balanceOf(ledger.sums)).toBe(100n);
});

test('thresholds are what was ordered, and reached or left as was said', () => {
  const thresholds = { low: -5n, high: 5n, settleTo: 0n };
  const ledger = after({ type: 'ThresholdsChanged', thresholds, by: 'carol' });
  expect(ledger).toMatchObject({ thresholds, beyond: { low: false, high: false } });
  const crossing = { type: 'ThresholdCrossed', limit: -5n, balance: -6n } as const;
  evolve(ledger, { ...crossing, threshold: 'low', change: 'reached' });
  evolve(ledger, { type: 'SettlementRequested', direction: 'pay', amount: 6n, balance: -6n });
  expect(ledger.beyond).toEqual({ low: true, high: false });
  evolve(ledger, { ...crossing, threshold: 'low', change: 'left' });
  evolve(ledger, { ...crossing, threshold: 'high', change: 'reached' });
  expect(ledger.beyond).toEqual({ low: false, high: true });
});

test('limits of the configuration are remembered apart from those of an order', () => {
  const [configured, ordered] = [
    { maxBalance: 5n, minBalance: null },
    { maxBalance: 6n, minBalance: null },
  ];
  const ledger = after(
    { type: 'LimitsChanged', limits: configured, by: 'configuration' },
    { type: 'LimitsChanged', limits: ordered, by: 'carol' },
  );
  expect(ledger).toMatchObject({ limits: ordered, configuredLimits: configured });
});

describe('what cannot happen stops everything', () => {
  const crossing: ThresholdCrossed = {
    type: 'ThresholdCrossed',
    threshold: 'low',
    change: 'reached',
    limit: 0n,
    balance: 0n,
  };
  const paused: LedgerEvent = { type: 'LedgerPaused', ...order };
  const other = aTransferId(2);

  test.each<[string, Authority, LedgerEvent[]]>([
    ['fits-authority', 'admin', [compared]],
    ['fits-authority', 'admin', [disputed]],
    ['fits-authority', 'shadow', [disputed]],
    ['fits-authority', 'symmetric', [diverged]],
    ['fits-authority', 'shadow', [diverged, resolved]],
    ['fits-authority', 'symmetric', [disputed, reconciled]],
    ['differed-before-agreed', 'symmetric', [resolved]],
    ['differed-before-agreed', 'shadow', [diverged, reconciled, reconciled]],
    ['prepared-while-open', 'admin', [paused, incoming]],
    ['prepared-while-open', 'shadow', [{ type: 'LedgerDraining', ...order }, proposed]],
    ['standing-changes', 'admin', [paused, paused]],
    ['standing-changes', 'admin', [{ type: 'LedgerResumed', ...order }]],
    ['closed-is-empty', 'admin', [incoming, closed()]],
    ['closed-is-empty', 'shadow', [proposed, closed()]],
    ['closed-is-empty', 'shadow', [incoming, submitted, closed()]],
    ['closed-at-balance', 'admin', [paid, closed()]],
    ['closed-is-over', 'admin', [closed(), closed()]],
    ['closed-is-over', 'admin', [paid, closed(40n), reversal]],
    ['closed-is-over', 'admin', [incoming, rejected, closed(), { ...incoming, transferId: other }]],
    ['closed-is-over', 'symmetric', [closed(), compared]],
    ['closed-is-over', 'admin', [closed(), { type: 'LedgerResumed', ...order }]],
    ['crossed-in-turn', 'admin', [crossing, crossing]],
    ['crossed-in-turn', 'admin', [{ ...crossing, change: 'left' }]],
    ['settled-once', 'admin', [paid, paid]],
    ['settled-once', 'admin', [paid, received, { ...reversal, reference: 'wire 2' }]],
    ['settled-once', 'admin', [paid, reversal, { ...paid, reference: 'wire 3' }]],
    ['reversed-once', 'admin', [reversal]],
    ['reversed-once', 'admin', [paid, reversal, { ...reversal, reference: 'wire 4' }]],
    ['reversed-once', 'admin', [paid, reversal, { ...reversal, reverses: 'wire 3' }]],
    ['reversed-as-recorded', 'admin', [paid, { ...reversal, amount: 39n }]],
    ['reversed-as-recorded', 'admin', [paid, { ...reversal, direction: 'received' }]],
  ])('%s (%s): %j', (rule, authority, events) => {
    const ledger = afterOn(authority, ...events.slice(0, -1));
    const happen = (): void => {
      evolve(ledger, events.at(-1)!);
    };
    expect(brokenInvariant(happen)).toBe(rule);
  });
});
