import {
  aLedgerId,
  anIlpPayment,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  given,
  ledgerOpened,
  NOON_MS,
  transferPrepared,
  transferProposed,
} from '#testing';
import type { PrepareTransfer } from '../commands';
import { AUTHORITIES, type LedgerEvent } from '../events';
import { openLedger } from '../evolve';
import { MAX_AMOUNT, MAX_SUM } from '../headroom';
import { PRUNED_PACKET } from '../pruned-packet';
import type { LedgerState } from '../state';
import { decidePrepareTransfer } from './prepare-transfer';

const reason = Buffer.from('reason');
const transferId = aTransferId(1);
const fulfilled: LedgerEvent = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
};
const rejected: LedgerEvent = { type: 'TransferRejected', transferId, reason };
const expired: LedgerEvent = { type: 'TransferExpired', transferId, reason };

const prepare = (command: PrepareTransfer) => (ledger: LedgerState) =>
  decidePrepareTransfer(ledger, command);

/** IF, IP, OF and OP of SPEC §7.3, brought about by transfers 101 to 104. */
const sums = (
  fulfilledIn: bigint,
  preparedIn: bigint,
  fulfilledOut: bigint,
  preparedOut: bigint,
) => {
  const story: LedgerEvent[] = [];
  const add = (
    id: number,
    amount: bigint,
    command: PrepareTransfer,
    isFulfilled: boolean,
  ): void => {
    if (amount === 0n) return;
    story.push(transferPrepared({ ...command, transferId: aTransferId(id), amount }));
    if (isFulfilled) story.push({ ...fulfilled, transferId: aTransferId(id) });
  };
  add(101, fulfilledIn, anIncoming(), true);
  add(102, preparedIn, anIncoming(), false);
  add(103, fulfilledOut, anOutgoing(), true);
  add(104, preparedOut, anOutgoing(), false);
  return story;
};

describe('what comes in', () => {
  const limited = ledgerOpened({ limits: { maxBalance: 1000n, minBalance: 0n } });

  test.each<[string, LedgerEvent[], bigint]>([
    ['all of an unused limit', sums(0n, 0n, 0n, 0n), 1000n],
    ['what is not fulfilled yet of it', sums(400n, 0n, 0n, 0n), 600n],
    ['what is not on hold of it', sums(0n, 400n, 0n, 0n), 600n],
    ['more by what we paid', sums(400n, 0n, 300n, 0n), 900n],
    ['not more by what we only hold for the peer', sums(400n, 0n, 0n, 300n), 600n],
    ['nothing of a limit that is used up', sums(700n, 300n, 0n, 0n), 0n],
  ])('may be %s', (_what, story, available) => {
    const history = given(limited, ...story);
    if (available > 0n) {
      const most = anIncoming({ amount: available });
      history.when(prepare(most)).thenHappens(transferPrepared(most));
    }
    const required = available + 1n;
    history
      .when(prepare(anIncoming({ amount: required })))
      .thenIsRefused({ kind: 'InsufficientBalance', required, available });
  });

  test('is not limited where there is no limit', () => {
    const most = anIncoming({ amount: MAX_AMOUNT });
    given(ledgerOpened(), ...sums(MAX_AMOUNT, MAX_AMOUNT, 0n, 0n))
      .when(prepare(most))
      .thenHappens(transferPrepared(most));
  });

  test('is all refused while a limit was lowered below what is used', () => {
    given(ledgerOpened(), ...sums(500n, 0n, 0n, 0n), {
      type: 'LimitsChanged',
      limits: { maxBalance: 300n, minBalance: null },
      by: 'carol',
    })
      .when(prepare(anIncoming({ amount: 1n })))
      .thenIsRefused({ kind: 'InsufficientBalance', required: 1n, available: -200n });
  });

  test('needs prepayment where the limit is below zero', () => {
    const prepaid = ledgerOpened({ limits: { maxBalance: -100n, minBalance: -1000n } });
    given(prepaid)
      .when(prepare(anIncoming({ amount: 1n })))
      .thenIsRefused({ kind: 'InsufficientBalance', required: 1n, available: -100n });
    const most = anIncoming({ amount: 200n });
    given(prepaid, ...sums(0n, 0n, 300n, 0n))
      .when(prepare(most))
      .thenHappens(transferPrepared(most));
  });
});

describe('what goes out', () => {
  const limited = ledgerOpened({ limits: { maxBalance: 0n, minBalance: -1000n } });

  test.each<[string, LedgerEvent[], bigint]>([
    ['all of an unused limit', sums(0n, 0n, 0n, 0n), 1000n],
    ['what is not fulfilled yet of it', sums(0n, 0n, 400n, 0n), 600n],
    ['what is not on hold of it', sums(0n, 0n, 0n, 400n), 600n],
    ['more by what the peer paid', sums(300n, 0n, 400n, 0n), 900n],
    ['not more by what the peer only holds for us', sums(0n, 300n, 400n, 0n), 600n],
    ['nothing of a limit that is used up', sums(0n, 0n, 700n, 300n), 0n],
  ])('may be %s', (_what, story, available) => {
    const history = given(limited, ...story);
    if (available > 0n) {
      const most = anOutgoing({ amount: available });
      history.when(prepare(most)).thenHappens(transferPrepared(most));
    }
    const required = available + 1n;
    history
      .when(prepare(anOutgoing({ amount: required })))
      .thenIsRefused({ kind: 'InsufficientBalance', required, available });
  });
});

describe('refusals, the most basic first', () => {
  const cramped = ledgerOpened({ limits: { maxBalance: 100n, minBalance: 0n } });
  const other = { condition: aPreimage(2).condition };

  test.each([0n, -1n, MAX_AMOUNT + 1n])('AmountOutOfRange: %s, even of a known id', (amount) => {
    given(cramped, transferPrepared(anIncoming()))
      .when(prepare(anIncoming({ amount })))
      .thenIsRefused({ kind: 'AmountOutOfRange', amount, maximum: MAX_AMOUNT });
  });

  test.each([
    ['prepared', []],
    ['fulfilled', [fulfilled]],
    ['rejected', [rejected]],
    ['expired', [expired]],
  ])('DuplicateId: other content of a %s one, even beyond the limit', (_status, story) => {
    given(cramped, transferPrepared(anIncoming()), ...story)
      .when(prepare(anIncoming(other)))
      .thenIsRefused({ kind: 'DuplicateId', transferId });
  });

  test('AlreadyFulfilled: the same content, even beyond the limit', () => {
    given(cramped, transferPrepared(anIncoming()), fulfilled)
      .when(prepare(anIncoming()))
      .thenIsRefused({ kind: 'AlreadyFulfilled', transferId });
  });

  test.each([
    ['rejected', rejected],
    ['expired', expired],
  ])('AlreadyRolledBack: the same content of a %s one', (_status, end) => {
    given(cramped, transferPrepared(anIncoming()), end)
      .when(prepare(anIncoming()))
      .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
  });

  const standings: LedgerEvent[] = [
    { type: 'LedgerPaused', by: 'carol', reason: 'so' },
    { type: 'LedgerDraining', by: 'carol', reason: 'so' },
    { type: 'LedgerClosed', by: 'carol', reason: 'so', balance: 0n },
  ];

  test.each(standings)('LedgerNotOpen: $type, even beyond the limit', (event) => {
    const standing = event.type.slice('Ledger'.length).toLowerCase() as 'paused';
    for (const command of [anIncoming({ amount: 101n }), anOutgoing({ amount: 101n })]) {
      given(cramped, event)
        .when(prepare(command))
        .thenIsRefused({ kind: 'LedgerNotOpen', ledgerId: 'alice', standing });
    }
  });

  test('a known id is answered whether or not new ones are taken', () => {
    const [paused] = standings as [LedgerEvent];
    given(cramped, transferPrepared(anIncoming()), paused)
      .when(prepare(anIncoming()))
      .thenIsRepeated();
    given(cramped, transferPrepared(anIncoming()), rejected, paused)
      .when(prepare(anIncoming()))
      .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
  });

  test.each([
    ['incoming', 'incomingFulfilled', 'incomingPrepared'],
    ['outgoing', 'outgoingFulfilled', 'outgoingPrepared'],
  ] as const)('SumOutOfRange: of what is %s, even within the limit', (direction, paid, held) => {
    const limits = { maxBalance: 0n, minBalance: 0n };
    const ledger = openLedger(aLedgerId(), ledgerOpened({ limits }));
    ledger.sums[paid] = MAX_SUM - 110n;
    ledger.sums[held] = 11n;
    expect(prepare(anIncoming({ direction }))(ledger)).toEqual({
      refusal: { kind: 'SumOutOfRange', sum: MAX_SUM + 1n, maximum: MAX_SUM },
    });
    const other = prepare(anIncoming({ direction, amount: 99n }))(ledger);
    expect(other).not.toMatchObject({ refusal: { kind: 'SumOutOfRange' } });
  });

  test('InsufficientBalance: a new id', () => {
    given(cramped, transferPrepared(anIncoming()))
      .when(prepare(anIncoming({ transferId: aTransferId(2) })))
      .thenIsRefused({ kind: 'InsufficientBalance', required: 100n, available: 0n });
  });
});

describe('a Prepare of a known id is the same if all that travels is the same', () => {
  const digest = Buffer.alloc(32, 1);
  const first = anIncoming({ sideDataDigest: digest });
  const known = given(ledgerOpened(), transferPrepared(first));

  test('byte by byte, not buffer by buffer', () => {
    const again = {
      ...first,
      condition: Buffer.from(first.condition),
      packet: Buffer.from(first.packet),
      sideDataDigest: Buffer.from(digest),
    };
    known.when(prepare(again)).thenIsRepeated();
  });

  test('whatever plan comes with it', () => {
    const plan = { kind: 'refuse', code: 'F02', triggeredBy: 'test.a', message: '' } as const;
    known.when(prepare({ ...first, plan })).thenIsRepeated();
  });

  test('even if there is no room any more', () => {
    given(ledgerOpened(), transferPrepared(first), {
      type: 'LimitsChanged',
      limits: { maxBalance: 0n, minBalance: 0n },
      by: 'carol',
    })
      .when(prepare(first))
      .thenIsRepeated();
  });

  test.each<[string, Partial<PrepareTransfer>]>([
    ['direction', { direction: 'outgoing' }],
    ['amount', { amount: 101n }],
    ['condition', { condition: aPreimage(2).condition }],
    ['expiry', { expiresAtMs: NOON_MS + 10_001 }],
    ['packet', { packet: anIlpPayment(101n) }],
    ['absent packet', { packet: Buffer.alloc(0) }],
    ['side data', { sideDataDigest: Buffer.alloc(32, 2) }],
    ['absent side data', { sideDataDigest: null }],
  ])('other %s: DuplicateId', (_member, change) => {
    known.when(prepare({ ...first, ...change })).thenIsRefused({ kind: 'DuplicateId', transferId });
  });

  test('a pruned packet is compared with nothing, an empty one with every packet', () => {
    given(ledgerOpened(), transferPrepared({ ...first, packet: PRUNED_PACKET }), rejected)
      .when(prepare(first))
      .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
    given(ledgerOpened(), transferPrepared({ ...first, packet: Buffer.alloc(0) }), rejected)
      .when(prepare(first))
      .thenIsRefused({ kind: 'DuplicateId', transferId });
  });
});

describe('on a ledger that another decides', () => {
  const cause = { ledgerId: aLedgerId('bob'), transferId: aTransferId(9), amount: 101n };

  test.each(['shadow', 'validated'] as const)('(%s) what we send is proposed', (authority) => {
    const command = anOutgoing({ cause });
    const start = ledgerOpened({ authority });
    given(start).when(prepare(command)).thenHappens(transferProposed(command));
    given(start).when(prepare(anOutgoing())).thenHappens(transferProposed(anOutgoing()));
    given(start).when(prepare(anIncoming())).thenHappens(transferPrepared(anIncoming()));
  });

  test.each(['admin', 'symmetric'] as const)('only: not on ours (%s)', (authority) => {
    const command = anOutgoing({ cause });
    given(ledgerOpened({ authority }))
      .when(prepare(command))
      .thenHappens(transferPrepared(command));
  });

  test('what is proposed is on hold, and known, as what is prepared', () => {
    const start = ledgerOpened({
      authority: 'shadow',
      limits: { maxBalance: null, minBalance: -150n },
    });
    const proposed = transferProposed(anOutgoing());
    given(start, proposed).when(prepare(anOutgoing())).thenIsRepeated();
    given(start, proposed)
      .when(prepare(anOutgoing({ transferId: aTransferId(2) })))
      .thenIsRefused({ kind: 'InsufficientBalance', required: 100n, available: 50n });
    given(start, proposed, rejected)
      .when(prepare(anOutgoing()))
      .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
  });

  test('what is submitted is known as what is prepared', () => {
    const { fulfillment } = aPreimage(1);
    given(ledgerOpened({ authority: 'shadow' }), transferPrepared(anIncoming()), {
      type: 'FulfillmentSubmitted',
      transferId,
      fulfillment,
      data: null,
    })
      .when(prepare(anIncoming()))
      .thenIsRepeated();
  });
});

describe('money that moved outside counts like what was paid inside', () => {
  const settled = (direction: 'paid' | 'received'): LedgerEvent => ({
    type: 'SettlementRecorded',
    reference: 'wire',
    direction,
    amount: 40n,
    by: 'carol',
  });

  test.each([
    ['incoming', 'paid', 60n],
    ['incoming', 'received', 140n],
    ['outgoing', 'paid', 140n],
    ['outgoing', 'received', 60n],
  ] as const)('%s, after 40 were %s: %s', (direction, how, available) => {
    for (const authority of AUTHORITIES) {
      const limits = { maxBalance: 100n, minBalance: -100n };
      given(ledgerOpened({ authority, limits }), settled(how))
        .when(prepare(anIncoming({ direction, amount: 141n })))
        .thenIsRefused({ kind: 'InsufficientBalance', required: 141n, available });
    }
  });
});

test('an expiry that is past is no reason to refuse', () => {
  const late = anIncoming({ expiresAtMs: 0 });
  given(ledgerOpened()).when(prepare(late)).thenHappens(transferPrepared(late));
});

test('an event holds what the command holds and nothing that merely lay beside it', () => {
  const wider = { ...anOutgoing(), nowMs: 1 };
  given(ledgerOpened()).when(prepare(wider)).thenHappens(transferPrepared(anOutgoing()));
});

test('nothing that merely lay beside it gets into a proposal either', () => {
  const plan = { kind: 'refuse', code: 'F02', triggeredBy: 'test.a', message: '' } as const;
  const wider = { ...anOutgoing(), nowMs: 1, plan };
  given(ledgerOpened({ authority: 'shadow' }))
    .when(prepare(wider))
    .thenHappens(transferProposed(anOutgoing()));
});
