import {
  aLedgerId,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  brokenInvariant,
  ledgerOpened,
  NOON_MS,
  transferPrepared,
  transferProposed,
} from '#testing';
import type { Authority, LedgerEvent, TransferFulfilled } from './events';
import { evolve, openLedger, replayLedger } from './evolve';
import { LedgerInvariantError } from './ledger-invariant-error';
import { balanceOf, type LedgerState, ownAddress, peerAddress } from './state';

const id = aLedgerId();
const transferId = aTransferId(1);
const reason = Buffer.from('reason');
const incoming = transferPrepared(anIncoming());
const outgoing = transferPrepared(anOutgoing());
const fulfilled: TransferFulfilled = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: Buffer.from('data'),
};
const rejected: LedgerEvent = { type: 'TransferRejected', transferId, reason };
const expired: LedgerEvent = { type: 'TransferExpired', transferId, reason };

const proposed = transferProposed(anOutgoing());
const accepted: LedgerEvent = { type: 'ProposalAccepted', transferId };
const submitted: LedgerEvent = { ...fulfilled, type: 'FulfillmentSubmitted' };
const afterOn = (authority: Authority, ...events: LedgerEvent[]): LedgerState => {
  const ledger = replayLedger(id, [ledgerOpened({ authority }), ...events]);
  if (ledger === undefined) throw new Error('there are events');
  return ledger;
};

const after = (...events: LedgerEvent[]): LedgerState => afterOn('admin', ...events);

const sums = (ledger: LedgerState): bigint[] => [
  ledger.sums.incomingFulfilled,
  ledger.sums.incomingPrepared,
  ledger.sums.outgoingFulfilled,
  ledger.sums.outgoingPrepared,
];

test('a ledger opens as it was agreed, and empty', () => {
  const opened = ledgerOpened({ limits: { maxBalance: 1n, minBalance: -1n } });
  expect({ type: 'LedgerOpened', ...openLedger(id, opened) }).toEqual({
    id,
    ...opened,
    sums: {
      incomingFulfilled: 0n,
      incomingPrepared: 0n,
      outgoingFulfilled: 0n,
      outgoingPrepared: 0n,
      settledPaid: 0n,
      settledReceived: 0n,
      adjusted: 0n,
    },
    configuredLimits: opened.limits,
    standing: 'open',
    thresholds: { low: null, high: null, settleTo: null },
    beyond: { low: false, high: false },
    difference: null,
    disputed: new Set(),
    agreedBalance: null,
    settlements: new Map(),
    transfers: new Map(),
  });
});

test('both addresses are the prefix and a name', () => {
  const ledger = after();
  expect([ownAddress(ledger), peerAddress(ledger)]).toEqual([
    'test.alice.server',
    'test.alice.client',
  ]);
});

test('limits change to what the event says', () => {
  const limits = { maxBalance: 5n, minBalance: null };
  expect(after({ type: 'LimitsChanged', limits, by: 'carol' }).limits).toEqual(limits);
});

describe('the sums of SPEC §7.3 (IF, IP, OF, OP) after', () => {
  test.each<[string, LedgerEvent[], bigint[], bigint]>([
    ['nothing', [], [0n, 0n, 0n, 0n], 0n],
    ['an incoming hold', [incoming], [0n, 100n, 0n, 0n], 0n],
    ['an outgoing hold', [outgoing], [0n, 0n, 0n, 100n], 0n],
    ['an incoming payment', [incoming, fulfilled], [100n, 0n, 0n, 0n], 100n],
    ['an outgoing payment', [outgoing, fulfilled], [0n, 0n, 100n, 0n], -100n],
    ['an incoming rejection', [incoming, rejected], [0n, 0n, 0n, 0n], 0n],
    ['an outgoing rejection', [outgoing, rejected], [0n, 0n, 0n, 0n], 0n],
    ['an incoming expiry', [incoming, expired], [0n, 0n, 0n, 0n], 0n],
    ['an outgoing expiry', [outgoing, expired], [0n, 0n, 0n, 0n], 0n],
  ])('%s', (_what, events, expected, balance) => {
    const other = { transferId: aTransferId(2), amount: 7n };
    const ledger = after(...events);
    expect(sums(ledger)).toEqual(expected);
    expect(balanceOf(ledger.sums)).toBe(balance);
    const busy = after(
      transferPrepared(anIncoming(other)),
      transferPrepared(anOutgoing({ ...other, transferId: aTransferId(3) })),
      ...events,
    );
    expect(sums(busy)).toEqual(expected.map((sum, at) => sum + [0n, 7n, 0n, 7n][at]!));
  });
});

describe('on a ledger that another decides, the sums after', () => {
  test.each<[string, LedgerEvent[], bigint[], bigint]>([
    ['a proposal', [proposed], [0n, 0n, 0n, 100n], 0n],
    ['its acceptance', [proposed, accepted], [0n, 0n, 0n, 100n], 0n],
    ['its rejection', [proposed, rejected], [0n, 0n, 0n, 0n], 0n],
    ['its expiry', [proposed, accepted, expired], [0n, 0n, 0n, 0n], 0n],
    ['its payment', [proposed, accepted, fulfilled], [0n, 0n, 100n, 0n], -100n],
    ['its payment, not yet accepted', [proposed, fulfilled], [0n, 0n, 100n, 0n], -100n],
    ['a submission', [incoming, submitted], [0n, 100n, 0n, 0n], 0n],
    ['its confirmation', [incoming, submitted, fulfilled], [100n, 0n, 0n, 0n], 100n],
    ['its end by the authority', [incoming, submitted, expired], [0n, 0n, 0n, 0n], 0n],
  ])('%s', (_what, events, expected, balance) => {
    for (const authority of ['shadow', 'validated'] as const) {
      const ledger = afterOn(authority, ...events);
      expect(sums(ledger)).toEqual(expected);
      expect(balanceOf(ledger.sums)).toBe(balance);
    }
  });
});

describe('a transfer', () => {
  const fresh = {
    status: 'prepared',
    fulfillment: null,
    fulfillmentData: null,
    reason: null,
    plan: undefined,
    cause: undefined,
  };

  test('is prepared with what the event holds, plan or cause included', () => {
    const plan = { kind: 'refuse', code: 'F02', triggeredBy: 'test.a', message: '' } as const;
    const cause = { ledgerId: aLedgerId('bob'), transferId: aTransferId(9), amount: 5n };
    for (const prepared of [
      { ...incoming, plan },
      { ...outgoing, cause },
    ]) {
      const transfer = after(prepared).transfers.get(transferId);
      expect({ type: 'TransferPrepared', transferId, ...transfer }).toEqual({
        id: transferId,
        ...fresh,
        ...prepared,
      });
    }
  });

  test.each<[LedgerEvent, object]>([
    [fulfilled, { status: 'fulfilled', fulfillment: fulfilled.fulfillment, reason: null }],
    [fulfilled, { fulfillmentData: fulfilled.data }],
    [rejected, { status: 'rejected', fulfillment: null, reason }],
    [expired, { status: 'expired', fulfillment: null, reason }],
  ])('ends as the event says: %j', (end, expected) => {
    expect(after(incoming, end).transfers.get(transferId)).toMatchObject(expected);
  });

  test('is proposed with what the event holds, and has no plan', () => {
    const cause = { ledgerId: aLedgerId('bob'), transferId: aTransferId(9), amount: 5n };
    const transfer = afterOn('shadow', { ...proposed, cause }).transfers.get(transferId);
    expect({ type: 'TransferProposed', transferId, ...transfer }).toEqual({
      id: transferId,
      ...fresh,
      ...proposed,
      cause,
      status: 'proposed',
    });
  });

  test.each<[string, LedgerEvent[], object]>([
    ['accepted', [proposed, accepted], { status: 'prepared', fulfillment: null }],
    [
      'submitted',
      [incoming, submitted],
      {
        status: 'submitted',
        fulfillment: fulfilled.fulfillment,
        fulfillmentData: fulfilled.data,
        reason: null,
      },
    ],
    [
      'confirmed',
      [incoming, submitted, fulfilled],
      { status: 'fulfilled', fulfillment: fulfilled.fulfillment, fulfillmentData: fulfilled.data },
    ],
    [
      'submitted in vain',
      [incoming, submitted, expired],
      { status: 'expired', fulfillment: null, fulfillmentData: null, reason },
    ],
  ])('is %s as the events say', (_what, events, expected) => {
    expect(afterOn('shadow', ...events).transfers.get(transferId)).toMatchObject(expected);
  });
});

test('replaying nothing is no ledger', () => {
  expect(replayLedger(id, [])).toBeUndefined();
});

describe('what cannot happen stops everything', () => {
  const ended = { transferId: aTransferId(2) };

  test.each<[string, LedgerEvent[]]>([
    ['opened-once', [ledgerOpened()]],
    ['prepared-once', [incoming, incoming]],
    ['prepared-once', [incoming, fulfilled, outgoing]],
    ['prepared-before-final', [fulfilled]],
    ['prepared-before-final', [incoming, { ...rejected, ...ended }]],
    ['final-is-final', [incoming, fulfilled, rejected]],
    ['final-is-final', [incoming, fulfilled, fulfilled]],
    ['final-is-final', [incoming, rejected, fulfilled]],
    ['final-is-final', [incoming, expired, fulfilled]],
    ['final-is-final', [incoming, rejected, expired]],
    ['amount-in-range', [{ ...incoming, amount: 0n }]],
    ['amount-in-range', [{ ...incoming, amount: 2n ** 64n }]],
    ['condition-size', [{ ...incoming, condition: Buffer.alloc(31) }]],
    ['fulfillment-size', [incoming, { ...fulfilled, fulfillment: Buffer.alloc(33) }]],
    ['expiry-is-a-time', [{ ...incoming, expiresAtMs: Number.NaN }]],
    ['expiry-is-a-time', [{ ...incoming, expiresAtMs: NOON_MS + 0.5 }]],
    [
      'plan-is-for-incoming',
      [{ ...outgoing, plan: { kind: 'refuse', code: 'F00', triggeredBy: '', message: '' } }],
    ],
    ['cause-is-for-outgoing', [{ ...incoming, cause: { ledgerId: id, transferId, amount: 1n } }]],
  ])('%s: %j', (rule, events) => {
    const ledger = after(...events.slice(0, -1));
    const happen = (): void => {
      evolve(ledger, events.at(-1)!);
    };
    expect(brokenInvariant(happen)).toBe(rule);
  });

  test.each<[string, Authority, LedgerEvent[]]>([
    ['prepared-once', 'shadow', [proposed, proposed]],
    ['prepared-once', 'shadow', [proposed, incoming]],
    ['prepared-before-final', 'shadow', [accepted]],
    ['prepared-before-final', 'shadow', [submitted]],
    ['accepted-once', 'shadow', [proposed, accepted, accepted]],
    ['accepted-once', 'shadow', [incoming, accepted]],
    ['accepted-once', 'shadow', [proposed, rejected, accepted]],
    ['submitted-once', 'shadow', [incoming, submitted, submitted]],
    ['submitted-once', 'shadow', [outgoing, submitted]],
    ['submitted-once', 'shadow', [incoming, expired, submitted]],
    ['final-is-final', 'shadow', [proposed, expired, fulfilled]],
    ['final-is-final', 'shadow', [incoming, submitted, fulfilled, expired]],
    ['amount-in-range', 'shadow', [{ ...proposed, amount: 0n }]],
    ['condition-size', 'shadow', [{ ...proposed, condition: Buffer.alloc(0) }]],
    [
      'fulfillment-size',
      'shadow',
      [incoming, { ...fulfilled, type: 'FulfillmentSubmitted', fulfillment: Buffer.alloc(31) }],
    ],
    ['fits-authority', 'admin', [proposed]],
    ['fits-authority', 'symmetric', [proposed]],
    ['fits-authority', 'admin', [outgoing, accepted]],
    ['fits-authority', 'symmetric', [incoming, submitted]],
  ])('%s (%s): %j', (rule, authority, events) => {
    const ledger = afterOn(authority, ...events.slice(0, -1));
    const happen = (): void => {
      evolve(ledger, events.at(-1)!);
    };
    expect(brokenInvariant(happen)).toBe(rule);
  });

  test('opened-first', () => {
    expect(() => replayLedger(id, [incoming])).toThrow(
      new LedgerInvariantError('opened-first', id, 'TransferPrepared'),
    );
  });

  test('sum-not-negative, if the sums were damaged', () => {
    const ledger = after(incoming);
    ledger.sums.incomingPrepared = 99n;
    expect(() => {
      evolve(ledger, rejected);
    }).toThrow(new LedgerInvariantError('sum-not-negative', id, transferId));
  });
});
