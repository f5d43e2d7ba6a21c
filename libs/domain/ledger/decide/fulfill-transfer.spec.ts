import {
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
import type { FulfillTransfer } from '../commands';
import type { LedgerEvent, TransferFulfilled } from '../events';
import type { LedgerState } from '../state';
import { decideFulfillTransfer } from './fulfill-transfer';

const transferId = aTransferId(1);
const { fulfillment } = aPreimage(1);
const wrong = aPreimage(2).fulfillment;
const reason = Buffer.from('reason');
const opened = ledgerOpened();
const shadow = ledgerOpened({ authority: 'shadow' });
const outgoing = transferPrepared(anOutgoing());
const incoming = transferPrepared(anIncoming());
const fulfilled: TransferFulfilled = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment,
  data: null,
};
const rejected: LedgerEvent = { type: 'TransferRejected', transferId, reason };
const accepted: LedgerEvent = { type: 'ProposalAccepted', transferId };
const expired: LedgerEvent = { type: 'TransferExpired', transferId, reason };

const fulfill =
  (change: Partial<FulfillTransfer> = {}) =>
  (ledger: LedgerState) =>
    decideFulfillTransfer(ledger, {
      transferId,
      fulfillment,
      data: null,
      by: 'peer',
      receivedAtMs: NOON_MS,
      ...change,
    });

describe('the preimage fulfills', () => {
  test('what we sent, from the peer', () => {
    given(opened, outgoing).when(fulfill()).thenHappens(fulfilled);
  });

  test('what the peer sent, from us', () => {
    given(opened, incoming)
      .when(fulfill({ by: 'self' }))
      .thenHappens(fulfilled);
  });

  test('together with the data that comes with it', () => {
    const data = Buffer.from('data');
    given(opened, outgoing)
      .when(fulfill({ data }))
      .thenHappens({ ...fulfilled, data });
  });

  test('up to the last millisecond', () => {
    given(opened, outgoing)
      .when(fulfill({ receivedAtMs: outgoing.expiresAtMs - 1 }))
      .thenHappens(fulfilled);
  });

  test('after the expiry, where the peer that sends it is the one who decides', () => {
    given(shadow, outgoing)
      .when(fulfill({ receivedAtMs: outgoing.expiresAtMs + 60_000 }))
      .thenHappens(fulfilled);
  });
});

describe.each(['shadow', 'validated'] as const)(
  'on a ledger that another decides (%s)',
  (authority) => {
    const copy = ledgerOpened({ authority });
    const proposed = transferProposed(anOutgoing());
    const submitted: LedgerEvent = { ...fulfilled, type: 'FulfillmentSubmitted' };

    test('what we fulfill is submitted, data and all', () => {
      const data = Buffer.from('data');
      given(copy, incoming)
        .when(fulfill({ by: 'self', data, receivedAtMs: incoming.expiresAtMs - 1 }))
        .thenHappens({ type: 'FulfillmentSubmitted', transferId, fulfillment, data });
    });

    test('what the peer fulfills is paid, accepted before or not, and at any time', () => {
      for (const story of [[proposed], [proposed, accepted], [outgoing]]) {
        given(copy, ...story)
          .when(fulfill({ receivedAtMs: outgoing.expiresAtMs + 60_000 }))
          .thenHappens(fulfilled);
      }
    });

    test('what we submitted we submit once', () => {
      given(copy, incoming, submitted)
        .when(fulfill({ by: 'self', receivedAtMs: incoming.expiresAtMs }))
        .thenIsRepeated();
      given(copy, incoming, submitted)
        .when(fulfill({ by: 'self', fulfillment: wrong }))
        .thenIsRefused({ kind: 'InvalidFulfillment', transferId });
    });

    test('AlreadyRolledBack: what we submitted and the authority took back', () => {
      given(copy, incoming, submitted, expired)
        .when(fulfill({ by: 'self' }))
        .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
    });

    test('AlreadyRolledBack: the proposal was rejected', () => {
      given(copy, proposed, rejected)
        .when(fulfill())
        .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
    });

    test('InvalidFulfillment: of a proposal', () => {
      given(copy, proposed)
        .when(fulfill({ fulfillment: wrong }))
        .thenIsRefused({ kind: 'InvalidFulfillment', transferId });
    });
  },
);

test('on a symmetric ledger what either fulfills is paid, in time', () => {
  const symmetric = ledgerOpened({ authority: 'symmetric' });
  given(symmetric, incoming)
    .when(fulfill({ by: 'self' }))
    .thenHappens(fulfilled);
  given(symmetric, outgoing).when(fulfill()).thenHappens(fulfilled);
  given(symmetric, outgoing)
    .when(fulfill({ receivedAtMs: outgoing.expiresAtMs }))
    .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
});

describe('the same preimage again is a repetition', () => {
  test('at any time and with any data', () => {
    const again = { receivedAtMs: outgoing.expiresAtMs + 1, data: Buffer.from('other') };
    given(opened, outgoing, fulfilled)
      .when(fulfill({ ...again, fulfillment: Buffer.from(fulfillment) }))
      .thenIsRepeated();
  });
});

describe('refusals, the most basic first', () => {
  test('TransferNotFound', () => {
    given(opened)
      .when(fulfill({ by: 'self', fulfillment: wrong }))
      .thenIsRefused({ kind: 'TransferNotFound', transferId });
  });

  test.each([
    ['the peer, what it sent itself', incoming, 'peer'],
    ['we, what we sent ourselves', outgoing, 'self'],
  ] as const)('WrongDirection: %s, whatever has become of it', (_who, prepared, by) => {
    for (const end of [[], [fulfilled], [rejected]]) {
      given(opened, prepared, ...end)
        .when(fulfill({ by, fulfillment: wrong }))
        .thenIsRefused({ kind: 'WrongDirection', transferId });
    }
  });

  test.each([
    ['rejected', [rejected], 0],
    ['expired', [expired], 0],
    ['due', [], 9_000],
    ['overdue', [], 9_001],
  ])('AlreadyRolledBack: it is %s, whatever the preimage', (_status, end, afterMs) => {
    for (const shown of [fulfillment, wrong]) {
      given(opened, outgoing, ...end)
        .when(fulfill({ fulfillment: shown, receivedAtMs: NOON_MS + afterMs }))
        .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
    }
  });

  test('AlreadyRolledBack: we are late on a ledger that the peer administers', () => {
    given(shadow, incoming)
      .when(fulfill({ by: 'self', receivedAtMs: incoming.expiresAtMs }))
      .thenIsRefused({ kind: 'AlreadyRolledBack', transferId });
  });

  test.each([
    ['another one', wrong],
    ['the condition itself', aPreimage(1).condition],
    ['nothing', Buffer.alloc(0)],
    ['one byte more', Buffer.concat([fulfillment, Buffer.alloc(1)])],
  ])('InvalidFulfillment: %s', (_what, shown) => {
    given(opened, outgoing)
      .when(fulfill({ fulfillment: shown }))
      .thenIsRefused({ kind: 'InvalidFulfillment', transferId });
    given(opened, outgoing, fulfilled)
      .when(fulfill({ fulfillment: shown }))
      .thenIsRefused({ kind: 'InvalidFulfillment', transferId });
  });
});
