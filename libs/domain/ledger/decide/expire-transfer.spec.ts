import { decodeIlp } from '#protocol';
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
import type { LedgerEvent } from '../events';
import type { LedgerState } from '../state';
import { timedOutReason } from '../timed-out';
import { decideExpireTransfer } from './expire-transfer';

const transferId = aTransferId(1);
const prepared = transferPrepared(anOutgoing());
const { expiresAtMs } = prepared;
const reason = Buffer.from('reason');
const opened = ledgerOpened();
const shadow = ledgerOpened({ authority: 'shadow' });
const rejected: LedgerEvent = { type: 'TransferRejected', transferId, reason };
const fulfilled: LedgerEvent & { type: 'TransferFulfilled' } = {
  type: 'TransferFulfilled',
  transferId,
  fulfillment: aPreimage(1).fulfillment,
  data: null,
};

const expire = (nowMs: number) => (ledger: LedgerState) =>
  decideExpireTransfer(ledger, { transferId, nowMs, graceMs: 500 });

const expired = (nowMs: number): LedgerEvent & { type: 'TransferExpired' } => ({
  type: 'TransferExpired',
  transferId,
  reason: timedOutReason('test.alice.server', nowMs),
});

test('a transfer expires at its expiry, where our clock decides', () => {
  given(opened, prepared).when(expire(expiresAtMs)).thenHappens(expired(expiresAtMs));
});

test('a transfer expires after the grace, where the peer has the first word', () => {
  given(shadow, prepared)
    .when(expire(expiresAtMs + 500))
    .thenHappens(expired(expiresAtMs + 500));
});

test.each(['shadow', 'validated'] as const)(
  'a proposal expires after the grace (%s)',
  (authority) => {
    given(ledgerOpened({ authority }), transferProposed(anOutgoing()))
      .when(expire(expiresAtMs + 500))
      .thenHappens(expired(expiresAtMs + 500));
  },
);

test('on a symmetric ledger our clock decides without a grace', () => {
  given(ledgerOpened({ authority: 'symmetric' }), prepared)
    .when(expire(expiresAtMs))
    .thenHappens(expired(expiresAtMs));
});

test('what is rolled back already is a repetition, due or not', () => {
  for (const nowMs of [NOON_MS, expiresAtMs]) {
    given(opened, prepared, rejected).when(expire(nowMs)).thenIsRepeated();
    given(opened, prepared, expired(nowMs)).when(expire(nowMs)).thenIsRepeated();
  }
});

test('the reason is the error that peers have always sent, from our account', () => {
  expect(decodeIlp(expired(expiresAtMs).reason)).toEqual({
    type: 'error',
    code: 'R00',
    name: 'Transfer Timed Out',
    triggeredBy: 'test.alice.server',
    forwardedBy: [],
    triggeredAtMs: expiresAtMs,
    data: Buffer.from('expired'),
  });
});

describe('refusals, the most basic first', () => {
  test('TransferNotFound', () => {
    given(opened).when(expire(expiresAtMs)).thenIsRefused({ kind: 'TransferNotFound', transferId });
  });

  test.each([NOON_MS, expiresAtMs])('AlreadyFulfilled, due or not', (nowMs) => {
    given(opened, prepared, fulfilled)
      .when(expire(nowMs))
      .thenIsRefused({ kind: 'AlreadyFulfilled', transferId });
  });

  test.each([NOON_MS, expiresAtMs + 100_000])('AwaitsAuthority, due or not', (nowMs) => {
    given(shadow, transferPrepared(anIncoming()), { ...fulfilled, type: 'FulfillmentSubmitted' })
      .when(expire(nowMs))
      .thenIsRefused({ kind: 'AwaitsAuthority', transferId });
  });

  test('NotYetExpired: a proposal', () => {
    given(shadow, transferProposed(anOutgoing()))
      .when(expire(expiresAtMs + 499))
      .thenIsRefused({
        kind: 'NotYetExpired',
        nowMs: expiresAtMs + 499,
        expiresAtMs: expiresAtMs + 500,
      });
  });

  test.each([
    ['our', opened, 0],
    ['the peer’s', shadow, 500],
  ])('NotYetExpired by %s clock', (_whose, ledger, graceMs) => {
    const dueMs = expiresAtMs + graceMs;
    given(ledger, prepared)
      .when(expire(dueMs - 1))
      .thenIsRefused({ kind: 'NotYetExpired', nowMs: dueMs - 1, expiresAtMs: dueMs });
  });
});
