import {
  anIlpPayment,
  anIncoming,
  anOutgoing,
  aPreimage,
  aTransferId,
  given,
  ledgerOpened,
  NOON_MS,
  transferPrepared,
} from '#testing';
import type { PrepareTransfer } from '../commands';
import type { LedgerEvent } from '../events';
import { MAX_AMOUNT } from '../headroom';
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

test('an expiry that is past is no reason to refuse', () => {
  const late = anIncoming({ expiresAtMs: 0 });
  given(ledgerOpened()).when(prepare(late)).thenHappens(transferPrepared(late));
});

test('an event holds what the command holds and nothing that merely lay beside it', () => {
  const wider = { ...anOutgoing(), nowMs: 1 };
  given(ledgerOpened()).when(prepare(wider)).thenHappens(transferPrepared(anOutgoing()));
});
