import { encodeIlp, ilpError } from '#protocol';
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
import type { RejectTransfer } from '../commands';
import type { LedgerEvent } from '../events';
import type { LedgerState } from '../state';
import { timedOutReason } from '../timed-out';
import { decideRejectTransfer } from './reject-transfer';

const transferId = aTransferId(1);
const reason = encodeIlp(
  ilpError({ code: 'F99', triggeredBy: 'test.bob', triggeredAtMs: NOON_MS, data: 'no thanks' }),
);
const timedOut = timedOutReason('test.alice.client', NOON_MS);
const opened = ledgerOpened();
const shadow = ledgerOpened({ authority: 'shadow' });
const outgoing = transferPrepared(anOutgoing());
const incoming = transferPrepared(anIncoming());
const fulfilled: LedgerEvent = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
};
const rejected: LedgerEvent = { type: 'TransferRejected', transferId, reason };
const expired: LedgerEvent & { type: 'TransferExpired' } = {
  type: 'TransferExpired',
  transferId,
  reason: timedOut,
};

const reject =
  (change: Partial<RejectTransfer> = {}) =>
  (ledger: LedgerState) =>
    decideRejectTransfer(ledger, {
      transferId,
      reason,
      by: 'peer',
      receivedAtMs: NOON_MS,
      ...change,
    });

describe('the receiver rejects', () => {
  test.each([
    ['the peer, what we sent', outgoing, 'peer'],
    ['we, what the peer sent', incoming, 'self'],
  ] as const)('%s, before and after the expiry', (_who, prepared, by) => {
    for (const receivedAtMs of [NOON_MS, prepared.expiresAtMs + 1]) {
      given(opened, prepared).when(reject({ by, receivedAtMs })).thenHappens(rejected);
    }
  });

  test('again, with whatever reason: the first one stays', () => {
    for (const end of [rejected, expired]) {
      given(opened, outgoing, end)
        .when(reject({ reason: Buffer.from('other') }))
        .thenIsRepeated();
    }
  });
});

describe('the peer ends what it sent', () => {
  test('once its time is over, in our words', () => {
    const receivedAtMs = incoming.expiresAtMs;
    given(opened, incoming)
      .when(reject({ receivedAtMs }))
      .thenHappens({
        type: 'TransferExpired',
        transferId,
        reason: timedOutReason('test.alice.server', receivedAtMs),
      });
  });

  test('not a millisecond earlier', () => {
    given(opened, incoming)
      .when(reject({ receivedAtMs: incoming.expiresAtMs - 1, reason: timedOut }))
      .thenIsRefused({ kind: 'WrongDirection', transferId });
  });
});

describe('the peer that administers the ledger', () => {
  test.each([
    ['incoming', incoming],
    ['outgoing', outgoing],
  ])('expires an %s transfer by its own clock', (_direction, prepared) => {
    given(shadow, prepared)
      .when(reject({ reason: timedOut }))
      .thenHappens({ type: 'TransferExpired', transferId, reason: timedOut });
  });

  test('cannot end early what it sent, but by expiry', () => {
    for (const other of [reason, Buffer.alloc(0), Buffer.from('R00')]) {
      given(shadow, incoming)
        .when(reject({ reason: other }))
        .thenIsRefused({ kind: 'WrongDirection', transferId });
    }
  });

  test('rejects what we sent like any receiver', () => {
    given(shadow, outgoing).when(reject()).thenHappens(rejected);
  });
});

describe.each(['shadow', 'validated'] as const)(
  'on a ledger that another decides (%s)',
  (authority) => {
    const copy = ledgerOpened({ authority });
    const submitted: LedgerEvent = {
      type: 'FulfillmentSubmitted',
      transferId,
      fulfillment: aPreimage(1).fulfillment,
      data: null,
    };

    test('the authority rejects what we proposed', () => {
      given(copy, transferProposed(anOutgoing())).when(reject()).thenHappens(rejected);
    });

    test('the authority takes back what we submitted, by its clock and by its word', () => {
      given(copy, incoming, submitted)
        .when(reject({ reason: timedOut }))
        .thenHappens(expired);
      const receivedAtMs = incoming.expiresAtMs;
      given(copy, incoming, submitted)
        .when(reject({ receivedAtMs }))
        .thenHappens({ ...expired, reason: timedOutReason('test.alice.server', receivedAtMs) });
    });

    test('we reject what the peer sent', () => {
      given(copy, incoming)
        .when(reject({ by: 'self' }))
        .thenHappens(rejected);
    });

    test('AlreadyFulfilled: we, what we have submitted', () => {
      given(copy, incoming, submitted)
        .when(reject({ by: 'self' }))
        .thenIsRefused({ kind: 'AlreadyFulfilled', transferId });
    });

    test('WrongDirection: we, what we proposed', () => {
      given(copy, transferProposed(anOutgoing()))
        .when(reject({ by: 'self', reason: timedOut }))
        .thenIsRefused({ kind: 'WrongDirection', transferId });
    });
  },
);

test('on a symmetric ledger the word of the peer’s clock counts once ours agrees', () => {
  const symmetric = ledgerOpened({ authority: 'symmetric' });
  given(symmetric, incoming)
    .when(reject({ reason: timedOut }))
    .thenIsRefused({ kind: 'WrongDirection', transferId });
  const receivedAtMs = incoming.expiresAtMs;
  given(symmetric, incoming)
    .when(reject({ reason: timedOut, receivedAtMs }))
    .thenHappens({ ...expired, reason: timedOutReason('test.alice.server', receivedAtMs) });
});

describe('refusals, the most basic first', () => {
  test('TransferNotFound', () => {
    given(opened)
      .when(reject({ by: 'self' }))
      .thenIsRefused({ kind: 'TransferNotFound', transferId });
  });

  test.each([
    ['the peer, what it sent', incoming, 'peer', NOON_MS],
    ['we, what we sent, at any time', outgoing, 'self', outgoing.expiresAtMs + 1],
  ] as const)(
    'WrongDirection: %s, whatever has become of it',
    (_who, prepared, by, receivedAtMs) => {
      for (const end of [[], [fulfilled], [rejected]]) {
        given(opened, prepared, ...end)
          .when(reject({ by, receivedAtMs }))
          .thenIsRefused({ kind: 'WrongDirection', transferId });
      }
    },
  );

  test('AlreadyFulfilled: by either side, even past the expiry', () => {
    given(opened, outgoing, fulfilled)
      .when(reject())
      .thenIsRefused({ kind: 'AlreadyFulfilled', transferId });
    given(opened, incoming, fulfilled)
      .when(reject({ receivedAtMs: incoming.expiresAtMs }))
      .thenIsRefused({ kind: 'AlreadyFulfilled', transferId });
    given(shadow, incoming, fulfilled)
      .when(reject({ reason: timedOut }))
      .thenIsRefused({ kind: 'AlreadyFulfilled', transferId });
  });
});
