import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  ledgerOpened,
  transferPrepared,
} from '#testing';
import type { LedgerEvent } from './events';
import { evolve, replayLedger } from './evolve';
import { forgetTransfer } from './forget-transfer';
import { ledgerId } from './identifiers';
import { type AuditScope, ledgerViolations } from './invariants';
import { PRUNED_PACKET } from './pruned-packet';
import type { LedgerState, Transfer } from './state';

const SCOPE: AuditScope = { history: 'complete', limits: 'kept' };
const [held, paid, sent, back] = [1, 2, 3, 4].map(aTransferId) as [
  Transfer['id'],
  Transfer['id'],
  Transfer['id'],
  Transfer['id'],
];
const { fulfillment } = aPreimage(1);
const SHADOW = { authority: 'shadow' } as const;

/** 10 on hold and 20 paid by the peer, 3 paid to it and 4 given back by it; 35 and −10 at most. */
const aLedger = (): LedgerState => {
  const ledger = replayLedger(aLedgerId(), [
    ledgerOpened({ limits: { maxBalance: 35n, minBalance: -10n } }),
    transferPrepared(anIncoming({ transferId: held, amount: 10n })),
    transferPrepared(anIncoming({ transferId: paid, amount: 20n })),
    transferPrepared(anOutgoing({ transferId: sent, amount: 3n })),
    transferPrepared(anOutgoing({ transferId: back, amount: 4n })),
    { type: 'TransferFulfilled', transferId: paid, fulfillment, data: null },
    { type: 'TransferFulfilled', transferId: sent, fulfillment, data: null },
    { type: 'TransferRejected', transferId: back, reason: Buffer.from('reason') },
  ]);
  if (ledger === undefined) throw new Error('there are events');
  return ledger;
};

const damaged = (id: Transfer['id'], change: Partial<Transfer>) => (ledger: LedgerState) => {
  const transfer = ledger.transfers.get(id);
  if (transfer !== undefined) ledger.transfers.set(id, { ...transfer, ...change });
};

const found = (damage: (ledger: LedgerState) => void, scope = SCOPE): string[] => {
  const ledger = aLedger();
  damage(ledger);
  return ledgerViolations(ledger, scope).map(
    ({ rule, transferId }) => `${rule} ${transferId ?? 'ledger'}`,
  );
};

test('a ledger as it should be has none', () => {
  expect(ledgerViolations(aLedger(), SCOPE)).toEqual([]);
});

test('a violation says where, what was expected and what was found', () => {
  const ledger = aLedger();
  ledger.sums.incomingPrepared = 11n;
  expect(ledgerViolations(ledger, SCOPE)).toEqual([
    {
      ledgerId: 'alice',
      rule: 'incomingPrepared',
      transferId: null,
      expected: '10',
      found: '11',
    },
  ]);
});

test.each<[keyof LedgerState['sums'], bigint]>([
  ['incomingFulfilled', 19n],
  ['incomingFulfilled', 21n],
  ['incomingPrepared', 9n],
  ['incomingPrepared', -10n],
  ['outgoingFulfilled', 2n],
  ['outgoingFulfilled', 4n],
  ['outgoingPrepared', 1n],
  ['settledPaid', 1n],
  ['settledPaid', -1n],
  ['settledReceived', 1n],
])('%s of %s is found', (sum, amount) => {
  const scope: AuditScope = { ...SCOPE, limits: 'lowered' };
  expect(found((ledger) => (ledger.sums[sum] = amount), scope)).toEqual([`${sum} ledger`]);
});

test('sums may be greater, never less, where transfers were forgotten', () => {
  const scope: AuditScope = { history: 'partial', limits: 'lowered' };
  const forget = (ledger: LedgerState): void => {
    forgetTransfer(ledger, paid);
    forgetTransfer(ledger, sent);
  };
  expect(found(forget, scope)).toEqual([]);
  expect(found(forget)).toEqual(['incomingFulfilled ledger', 'outgoingFulfilled ledger']);
  const lessen = (ledger: LedgerState): void => {
    ledger.sums.incomingFulfilled -= 1n;
    ledger.sums.outgoingFulfilled -= 1n;
    ledger.sums.outgoingPrepared += 1n;
  };
  expect(found(lessen, scope)).toEqual([
    'outgoingPrepared ledger',
    'incomingFulfilled ledger',
    'outgoingFulfilled ledger',
  ]);
});

describe('limits', () => {
  // IF + IP − OF = 27 and OF + OP − IF = −17.
  test.each<[bigint | null, bigint | null, string[]]>([
    [27n, 17n, []],
    [26n, 17n, ['max-balance ledger']],
    [27n, 18n, ['min-balance ledger']],
    [null, null, []],
  ])('of %s and %s', (maxBalance, minBalance, violations) => {
    const limit = (ledger: LedgerState): void => {
      ledger.limits = { maxBalance, minBalance };
    };
    expect(found(limit)).toEqual(violations);
    expect(found(limit, { ...SCOPE, limits: 'lowered' })).toEqual([]);
  });
});

test.each<[string, (ledger: LedgerState) => void]>([
  [`id ${held}`, damaged(held, { id: aTransferId(9) })],
  [`condition ${held}`, damaged(held, { condition: Buffer.alloc(31) })],
  [`expiry ${held}`, damaged(held, { expiresAtMs: 0.5 })],
  [
    `plan ${back}`,
    damaged(back, { plan: { kind: 'refuse', code: 'F00', triggeredBy: '', message: '' } }),
  ],
  [
    `cause ${held}`,
    damaged(held, { cause: { ledgerId: ledgerId('bob'), transferId: sent, amount: 1n } }),
  ],
  [`packet ${held}`, damaged(held, { packet: PRUNED_PACKET })],
  [`fulfillment ${held}`, damaged(held, { fulfillment })],
  [`fulfillment ${paid}`, damaged(paid, { fulfillment: null })],
  [`fulfillment ${paid}`, damaged(paid, { fulfillment: aPreimage(2).fulfillment })],
  [`fulfillment ${back}`, damaged(back, { fulfillment })],
  [`reason ${held}`, damaged(held, { reason: Buffer.alloc(0) })],
  [`reason ${paid}`, damaged(paid, { reason: Buffer.alloc(0) })],
  [`reason ${back}`, damaged(back, { reason: null })],
])('%s is found', (violation, damage) => {
  expect(found(damage)).toEqual([violation]);
});

test('an amount out of range is found, and no sum makes up for it', () => {
  for (const amount of [0n, 2n ** 64n]) {
    const scope: AuditScope = { ...SCOPE, limits: 'lowered' };
    expect(found(damaged(back, { amount }), scope)).toEqual([`amount ${back}`]);
    expect(found(damaged(held, { amount }), scope)).toEqual([
      `amount ${held}`,
      'incomingPrepared ledger',
    ]);
  }
});

describe('what was settled outside', () => {
  const settled: LedgerEvent[] = [
    { type: 'SettlementRecorded', reference: 'a', direction: 'paid', amount: 5n, by: 'carol' },
    { type: 'SettlementRecorded', reference: 'b', direction: 'received', amount: 7n, by: 'carol' },
    {
      type: 'SettlementReversed',
      reference: 'c',
      reverses: 'a',
      direction: 'paid',
      amount: 5n,
      reason: 'so',
      by: 'carol',
    },
  ];
  const violations = (damage: (ledger: LedgerState) => void): string[] => {
    const ledger = aLedger();
    for (const event of settled) evolve(ledger, event);
    damage(ledger);
    return ledgerViolations(ledger, { history: 'partial', limits: 'lowered' }).map(
      ({ rule, expected, found: actual }) => `${rule}: ${expected}, not ${actual}`,
    );
  };

  test('is counted, what was taken back is not, and may be over the limits', () => {
    expect(violations(() => undefined)).toEqual([]);
  });

  test.each<[string, (ledger: LedgerState) => void]>([
    ['settledPaid: 0, not 5', (ledger) => (ledger.sums.settledPaid = 5n)],
    ['settledReceived: 7, not 6', (ledger) => (ledger.sums.settledReceived = 6n)],
    ['settledReceived: 0, not 7', (ledger) => ledger.settlements.delete('b')],
    [
      'settlement: a and c to name each other, not none',
      (ledger) => ledger.settlements.delete('c'),
    ],
    [
      'settlement: c and a to name each other, not none',
      (ledger) => ledger.settlements.delete('a'),
    ],
    [
      'settlement: d and a to name each other, not settlement',
      (ledger) => ledger.settlements.set('d', { kind: 'reversal', reverses: 'a' }),
    ],
    [
      'settlement: d and d to name each other, not reversal',
      (ledger) => ledger.settlements.set('d', { kind: 'reversal', reverses: 'd' }),
    ],
  ])('%s', (expected, damage) => {
    expect(violations(damage)).toEqual([expected]);
  });
});

test.each<[string, Partial<Transfer>, Partial<LedgerState>]>([
  [`status ${held}`, { status: 'proposed' }, {}],
  [`status ${held}`, { status: 'submitted', fulfillment }, {}],
  [`status ${held}`, { status: 'submitted', fulfillment }, { authority: 'symmetric' }],
  [`status ${held}`, { status: 'proposed' }, { authority: 'shadow' }],
  [`status ${held}`, { status: 'submitted', fulfillment, direction: 'outgoing' }, SHADOW],
  [`fulfillment ${held}`, { status: 'submitted' }, SHADOW],
  [`standing ${held}`, {}, { standing: 'closed' }],
])('%s is found: %j on %j', (violation, change, ledgerChange) => {
  const ledger = { ...aLedger(), ...ledgerChange };
  damaged(held, change)(ledger);
  const faults = ledgerViolations(ledger, { history: 'partial', limits: 'lowered' });
  const transferFaults = faults.filter(({ transferId }) => transferId !== null);
  expect(transferFaults.map(({ rule, transferId }) => `${rule} ${transferId ?? ''}`)).toEqual([
    violation,
  ]);
});

test('what is provisional is right where another decides', () => {
  for (const change of [
    { status: 'submitted', fulfillment } as const,
    { status: 'proposed', direction: 'outgoing' } as const,
  ]) {
    const ledger: LedgerState = { ...aLedger(), authority: 'validated' };
    damaged(held, change)(ledger);
    const isOutgoing = 'direction' in change;
    if (isOutgoing) {
      ledger.sums.incomingPrepared -= 10n;
      ledger.sums.outgoingPrepared += 10n;
    }
    expect(ledgerViolations(ledger, { history: 'complete', limits: 'lowered' })).toEqual([]);
  }
});

test('a pruned packet of a final transfer is no violation', () => {
  expect(found(damaged(paid, { packet: PRUNED_PACKET }))).toEqual([]);
});
